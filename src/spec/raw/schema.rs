//! Generates the JSON Schema of a spec from the types that the loader reads.

use std::sync::LazyLock;

use schemars::Schema;
use schemars::generate::SchemaSettings;
use schemars::transform::{Transform, transform_subschemas};
use serde_json::Value;

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
    let settings = SchemaSettings::draft07().with_transform(NoNull);
    let mut schema = settings.into_generator().into_root_schema_for::<RawFile>();
    tidy(&mut schema);
    schema.to_value()
}

/// Removes `null`: a key has a value, or it is left out.
#[derive(Clone, Debug)]
struct NoNull;

impl Transform for NoNull {
    fn transform(&mut self, schema: &mut Schema) {
        transform_subschemas(self, schema);
        let Some(object) = schema.as_object_mut() else {
            return;
        };
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
        let Some(Value::Array(branches)) = object.get_mut("anyOf") else {
            return;
        };
        branches.retain(|branch| branch.get("type").is_none_or(|name| name != "null"));
        // One alternative is left for most keys. `allOf` keeps the description beside a `$ref`.
        if let [only] = branches.as_slice() {
            let only = only.clone();
            object.remove("anyOf");
            object.insert("allOf".into(), Value::Array(vec![only]));
        }
    }
}

/// Renames the definitions to the names that users know, without our `Raw`, and puts descriptions on one line.
fn tidy(schema: &mut Schema) {
    for value in schema.ensure_object().values_mut() {
        tidy_value(value);
    }
    if let Some(Value::Object(definitions)) = schema.get_mut("definitions") {
        let mut renamed = Vec::new();
        for (name, value) in std::mem::take(definitions) {
            renamed.push((name.trim_start_matches("Raw").to_owned(), value));
        }
        renamed.sort_by(|a, b| a.0.cmp(&b.0));
        definitions.extend(renamed);
    }
}

fn tidy_value(value: &mut Value) {
    match value {
        Value::Object(object) => {
            if let Some(Value::String(text)) = object.get_mut("description") {
                *text = text.replace('\n', " ");
            }
            // References follow the renamed definitions.
            if let Some(Value::String(target)) = object.get_mut("$ref") {
                *target = target.replace("/Raw", "/");
            }
            object.values_mut().for_each(tidy_value);
        }
        Value::Array(items) => items.iter_mut().for_each(tidy_value),
        _ => {}
    }
}
