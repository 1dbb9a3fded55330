//! Generates the JSON Schema of a spec from the types that the loader reads.

use std::sync::LazyLock;

use schemars::Schema;
use schemars::generate::SchemaSettings;
use schemars::transform::{Transform, transform_subschemas};
use serde_json::{Map, Value};

use super::RawFile;

/// Returns the schema of a spec, in the draft that YAML editors read (JSON Schema draft-07).
///
/// The loader checks strings further, for example that a range has no host bits and that a name is defined.
pub fn schema() -> Value {
    CACHED.clone()
}

/// The schema, generated once.
pub(crate) static CACHED: LazyLock<Value> = LazyLock::new(generate);

fn generate() -> Value {
    let mut settings = SchemaSettings::draft07().with_transform(Tidy);
    // An editor completes a key with its colon only where the type stands beside the key.
    settings.inline_subschemas = true;
    let schema = settings.into_generator().into_root_schema_for::<RawFile>();
    schema.to_value()
}

/// Writes each part of the schema in the one form that editors and the loader read.
#[derive(Clone, Debug)]
struct Tidy;

impl Transform for Tidy {
    fn transform(&mut self, schema: &mut Schema) {
        transform_subschemas(self, schema);
        let Some(object) = schema.as_object_mut() else {
            return;
        };
        remove_null(object);
        merge_only_branch(object);
        list_words(object);
        // A doc comment is wrapped at the width of our code.
        if let Some(Value::String(text)) = object.get_mut("description") {
            *text = text.replace('\n', " ");
        }
    }
}

/// Removes `null`: a key has a value, or it is left out.
fn remove_null(object: &mut Map<String, Value>) {
    // Optional fields get `default: null`, which says nothing.
    object.retain(|key, value| key != "default" || !value.is_null());
    if let Some(Value::Array(types)) = object.get_mut("type") {
        types.retain(|name| name != "null");
        // A list of one type is written as that type.
        if let [only] = types.as_slice() {
            let only = only.clone();
            object.insert("type".into(), only);
        }
    }
    if let Some(Value::Array(branches)) = object.get_mut("anyOf") {
        branches.retain(|branch| branch.get("type").is_none_or(|name| name != "null"));
    }
}

/// Puts the only alternative in the place of the alternatives. What is said of the key goes before what is said of its
/// type.
fn merge_only_branch(object: &mut Map<String, Value>) {
    let Some(Value::Array(branches)) = object.get("anyOf") else {
        return;
    };
    let [Value::Object(only)] = branches.as_slice() else {
        return;
    };
    let only = only.clone();
    object.remove("anyOf");
    for (key, value) in only {
        object.entry(key).or_insert(value);
    }
}

/// Turns the alternatives of an enumeration into a list of words and a list of what they mean.
fn list_words(object: &mut Map<String, Value>) {
    let Some(Value::Array(branches)) = object.get("oneOf") else {
        return;
    };
    let (mut words, mut meanings) = (Vec::new(), Vec::new());
    for branch in branches {
        let (Some(word), Some(meaning)) = (branch.get("const"), branch.get("description")) else {
            return;
        };
        words.push(word.clone());
        meanings.push(meaning.clone());
    }
    object.remove("oneOf");
    object.insert("type".into(), "string".into());
    object.insert("enum".into(), Value::Array(words));
    object.insert("enumDescriptions".into(), Value::Array(meanings));
}
