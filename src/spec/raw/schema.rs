//! The JSON Schema of a spec, made from the shapes that the loader reads.

use std::sync::LazyLock;

use schemars::Schema;
use schemars::generate::SchemaSettings;
use schemars::transform::{Transform, transform_subschemas};
use serde_json::Value;

use super::RawFile;

/// The schema (JSON Schema draft-07, the draft that YAML editors read).
///
/// Texts are checked further by the loader: that a range has no host bits, that a name is known.
pub fn schema() -> Value {
    CACHED.clone()
}

pub(crate) static CACHED: LazyLock<Value> = LazyLock::new(generate);

fn generate() -> Value {
    let settings = SchemaSettings::draft07().with_transform(NoNull);
    let mut schema = settings.into_generator().into_root_schema_for::<RawFile>();
    tidy(&mut schema);
    schema.to_value()
}

/// Takes `null` out: a key is there with a value, or it is left out.
#[derive(Clone, Debug)]
struct NoNull;

impl Transform for NoNull {
    fn transform(&mut self, schema: &mut Schema) {
        transform_subschemas(self, schema);
        let Some(object) = schema.as_object_mut() else {
            return;
        };
        object.retain(|key, value| key != "default" || !value.is_null());
        if let Some(Value::Array(types)) = object.get_mut("type") {
            types.retain(|name| name != "null");
            if let [only] = types.as_slice() {
                let only = only.clone();
                object.insert("type".into(), only);
            }
        }
        let Some(Value::Array(branches)) = object.get_mut("anyOf") else {
            return;
        };
        branches.retain(|branch| branch.get("type").is_none_or(|name| name != "null"));
        if let [only] = branches.as_slice() {
            let only = only.clone();
            object.remove("anyOf");
            object.insert("allOf".into(), Value::Array(vec![only]));
        }
    }
}

/// Names definitions as users know them, without our `Raw`.
fn tidy(schema: &mut Schema) {
    fn walk(value: &mut Value) {
        match value {
            Value::Object(object) => {
                if let Some(Value::String(text)) = object.get_mut("description") {
                    *text = text.replace('\n', " ");
                }
                if let Some(Value::String(target)) = object.get_mut("$ref") {
                    *target = target.replace("/Raw", "/");
                }
                object.values_mut().for_each(walk);
            }
            Value::Array(items) => items.iter_mut().for_each(walk),
            _ => {}
        }
    }
    for value in schema.ensure_object().values_mut() {
        walk(value);
    }
    if let Some(Value::Object(definitions)) = schema.get_mut("definitions") {
        let named = std::mem::take(definitions).into_iter();
        let mut renamed: Vec<(String, Value)> = named
            .map(|(name, value)| (name.trim_start_matches("Raw").to_owned(), value))
            .collect();
        renamed.sort_by(|a, b| a.0.cmp(&b.0));
        definitions.extend(renamed);
    }
}
