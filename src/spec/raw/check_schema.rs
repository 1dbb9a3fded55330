//! Holds a tree against the generated schema, and says every deviation where it is.
//!
//! The schema is the only description of the format: what it does not know here, an editor does not know either.
//! What deviates is taken out of the tree, so that the checks after this one still see the rest.

use serde_json::{Map, Value};

use super::schema;
use crate::spec::diagnostic::{Diagnostic, Severity};
use crate::spec::loading::Loading;
use crate::spec::suggest;
use crate::spec::yaml::node::{At, YamlNode, YamlValue, short};

/// Takes out of `root` what the schema does not allow, and says what that was.
pub(crate) fn fit(root: &mut YamlNode, loading: &mut Loading) {
    let mut checker = SchemaChecker {
        root: &schema::CACHED,
        loading,
    };
    checker.fit(root, checker.root, "the file");
}

struct SchemaChecker<'s, 'c> {
    root: &'s Value,
    loading: &'c mut Loading,
}

impl<'s> SchemaChecker<'s, '_> {
    /// Whether `node`, cleaned, can be used. `what` names it for messages.
    fn fit(&mut self, node: &mut YamlNode, schema: &'s Value, what: &str) -> bool {
        let Some(schema) = self.choose(node, schema) else {
            self.wrong_type(node, schema, what);
            return false;
        };
        match &mut node.value {
            YamlValue::List(items) => {
                let Some(inner) = schema.get("items") else {
                    return true;
                };
                let what = format!("an entry of {what}");
                items.retain_mut(|item| self.fit(item, inner, &what));
                true
            }
            YamlValue::Map(_) => self.fit_mapping(node, schema, what),
            YamlValue::Text(_) => self.fit_word(node, schema, what),
            YamlValue::Int(value) => {
                let value = *value;
                self.fit_number(node.at, value, schema, what)
            }
            YamlValue::Null | YamlValue::Bool(_) | YamlValue::Number => true,
        }
    }

    /// The schema that describes a value of this type: references followed, the right one of `anyOf` taken.
    fn choose(&self, node: &YamlNode, schema: &'s Value) -> Option<&'s Map<String, Value>> {
        self.branches(schema).into_iter().find(|branch| {
            branch
                .get("type")
                .and_then(Value::as_str)
                .is_none_or(|name| is_type(node, name))
        })
    }

    /// The alternatives of a schema, references followed. Schemas of schemars nest no deeper than this.
    fn branches(&self, schema: &'s Value) -> Vec<&'s Map<String, Value>> {
        let Some(object) = schema.as_object() else {
            return Vec::new();
        };
        if let Some(target) = object.get("$ref").and_then(Value::as_str) {
            let pointer = target.trim_start_matches('#');
            return self
                .root
                .pointer(pointer)
                .map(|target| self.branches(target))
                .unwrap_or_default();
        }
        for key in ["anyOf", "allOf"] {
            if let Some(inner) = object.get(key).and_then(Value::as_array) {
                return inner.iter().flat_map(|branch| self.branches(branch)).collect();
            }
        }
        vec![object]
    }

    fn fit_mapping(&mut self, node: &mut YamlNode, schema: &'s Map<String, Value>, what: &str) -> bool {
        let YamlValue::Map(entries) = &mut node.value else {
            return true;
        };
        let properties = schema.get("properties").and_then(Value::as_object);
        let others = schema
            .get("additionalProperties")
            .filter(|value| value.is_object());
        let missing = missing(entries, schema);
        entries.retain_mut(|(key, value)| {
            let name = key.text().unwrap_or_default();
            match properties.and_then(|known| known.get(name)).or(others) {
                Some(inner) => self.fit(value, inner, &format!("`{}`", short(name))),
                None => {
                    self.unknown_key(key, properties);
                    false
                }
            }
        });
        for name in &missing {
            let message = format!("{what} lacks the key `{name}`");
            let help = match *name {
                "version" => "write `version: 1` on a line of its own".to_owned(),
                name => format!("add `{name}`"),
            };
            self.say(node.at, "missing-key", message, Some(help));
        }
        missing.is_empty()
    }

    fn fit_word(&mut self, node: &YamlNode, schema: &Map<String, Value>, what: &str) -> bool {
        let Some(Value::Array(words)) = schema.get("enum") else {
            return true;
        };
        let words: Vec<&str> = words.iter().filter_map(Value::as_str).collect();
        let text = node.text().unwrap_or_default();
        if words.contains(&text) {
            return true;
        }
        let message = format!("`{}` is no value of {what}", short(text));
        self.say(
            node.at,
            "unknown-value",
            message,
            Some(suggest::among(text, &words)),
        );
        false
    }

    fn fit_number(&mut self, at: At, value: i64, schema: &Map<String, Value>, what: &str) -> bool {
        if let Some(only) = schema
            .get("const")
            .and_then(Value::as_i64)
            .filter(|only| *only != value)
        {
            let message = format!("{what} is `{value}`, which this version of ringfence does not know");
            self.say(
                at,
                "unsupported-version",
                message,
                Some(format!("write `version: {only}`")),
            );
            return false;
        }
        let bound = |key: &str| schema.get(key).and_then(Value::as_i64);
        let (least, most) = (
            bound("minimum").unwrap_or(i64::MIN),
            bound("maximum").unwrap_or(i64::MAX),
        );
        if (least..=most).contains(&value) {
            return true;
        }
        let help = format!("write a number from {least} to {most}");
        self.say(
            at,
            "out-of-range",
            format!("{what} cannot be `{value}`"),
            Some(help),
        );
        false
    }

    fn wrong_type(&mut self, node: &YamlNode, schema: &'s Value, what: &str) {
        if self.only_counted() {
            return;
        }
        let branches = self.branches(schema);
        let wanted: Vec<&str> = branches
            .iter()
            .filter_map(|branch| branch.get("type")?.as_str())
            .collect();
        let nouns: Vec<&str> = wanted.iter().map(|name| noun(name)).collect();
        let message = format!("{what} must be {}, found {}", nouns.join(" or "), node.noun());
        let help =
            type_help(node, &wanted).unwrap_or_else(|| format!("write {} here", nouns.join(" or ")));
        self.say(node.at, "wrong-type", message, Some(help));
    }

    fn say(&mut self, at: At, code: &'static str, message: String, help: Option<String>) {
        let place = self.loading.files.place(at);
        let found = Diagnostic {
            help,
            ..Diagnostic::error(code, message)
        };
        self.loading.diagnostics.push(found.at(place));
    }

    /// Whether another error would only be counted. Then it is, and its words need not be made.
    fn only_counted(&mut self) -> bool {
        let full = self.loading.diagnostics.full(Severity::Error);
        if full {
            self.loading.diagnostics.count(Severity::Error, 1);
        }
        full
    }

    fn unknown_key(&mut self, key: &YamlNode, properties: Option<&Map<String, Value>>) {
        if self.only_counted() {
            return;
        }
        let name = key.text().unwrap_or_default();
        let known: Vec<&str> = properties
            .into_iter()
            .flat_map(|known| known.keys().map(String::as_str))
            .collect();
        let message = format!("there is no key `{}` here", short(name));
        self.say(key.at, "unknown-key", message, Some(suggest::among(name, &known)));
    }
}

fn is_type(node: &YamlNode, name: &str) -> bool {
    match &node.value {
        YamlValue::Null => name == "null",
        YamlValue::Bool(_) => name == "boolean",
        YamlValue::Int(_) => name == "integer",
        YamlValue::Number => name == "number",
        YamlValue::Text(_) => name == "string",
        YamlValue::List(_) => name == "array",
        YamlValue::Map(_) => name == "object",
    }
}

fn noun(name: &str) -> &'static str {
    match name {
        "boolean" => "`true` or `false`",
        "integer" => "a whole number",
        "string" => "a text",
        "array" => "a list",
        _ => "a mapping",
    }
}

/// The likely slip behind a value of the wrong type.
fn type_help(node: &YamlNode, wanted: &[&str]) -> Option<String> {
    let takes = |name: &str| wanted.contains(&name);
    match &node.value {
        YamlValue::Null if takes("array") => {
            Some("`[]` is managed and empty; leave the key out and it is unmanaged".into())
        }
        YamlValue::Null => Some("give it a value, or leave the key out".into()),
        YamlValue::Int(_) | YamlValue::Number | YamlValue::Bool(_) if takes("string") => {
            Some("put it in quotes".into())
        }
        YamlValue::Text(text) if takes("boolean") => {
            let yes = matches!(
                text.to_ascii_lowercase().as_str(),
                "yes" | "on" | "y" | "true" | "enabled"
            );
            let no = matches!(
                text.to_ascii_lowercase().as_str(),
                "no" | "off" | "n" | "false" | "disabled"
            );
            (yes || no).then(|| format!("write `{yes}`, without quotes"))
        }
        YamlValue::Text(text) if takes("integer") && text.parse::<i64>().is_ok() => {
            Some("remove the quotes".into())
        }
        YamlValue::Text(text) if takes("array") => Some(format!("write `[{}]`", short(text))),
        _ => None,
    }
}

/// The required keys that are not there. A key with a bad value is there.
fn missing<'s>(entries: &[(YamlNode, YamlNode)], schema: &'s Map<String, Value>) -> Vec<&'s str> {
    let required = schema.get("required").and_then(Value::as_array);
    let names = required.into_iter().flatten().filter_map(Value::as_str);
    names
        .filter(|name| !entries.iter().any(|(key, _)| key.text() == Some(name)))
        .collect()
}
