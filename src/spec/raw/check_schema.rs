//! Checks a tree against the generated schema and reports every deviation with its place.
//!
//! The schema is the only description of the format, so the loader and an editor accept the same keys. A part that
//! deviates is removed from the tree. The later steps then still check the rest.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::{foreign_keys, schema};
use crate::spec::diagnostic_code::{DiagnosticCode, Severity};
use crate::spec::help::{Help, Replacement};
use crate::spec::loading::Loading;
use crate::spec::resolve::values::LONGEST_ID;
use crate::spec::suggest;
use crate::spec::yaml::node::{YamlNode, YamlValue, short};
use crate::spec::yaml::place::At;

/// Reports what the schema does not allow in `root`, and removes it.
pub(crate) fn fit(root: &mut YamlNode, loading: &mut Loading) {
    SchemaChecker { loading }.fit(root, &schema::CACHED, "the file");
}

/// Dashes and bullets that a text editor writes in the place of a hyphen.
const DASHES: [char; 5] = ['\u{2010}', '\u{2013}', '\u{2014}', '\u{2212}', '\u{2022}'];

struct SchemaChecker<'c> {
    loading: &'c mut Loading,
}

impl SchemaChecker<'_> {
    /// Returns true if `node` can be used, after parts that deviate were removed from it. `what` names the node in
    /// messages.
    fn fit(&mut self, node: &mut YamlNode, schema: &Value, what: &str) -> bool {
        let Some(schema) = choose(node, schema) else {
            self.wrong_type(node, schema, what);
            return false;
        };
        // Patterns are not checked: the loader checks strings with code that gives better messages.
        match &mut node.value {
            YamlValue::List(items) => {
                if let Some(inner) = schema.get("items") {
                    let what = format!("an entry of {what}");
                    items.retain_mut(|item| self.fit(item, inner, &what));
                }
                true
            }
            YamlValue::Map(entries) => self.fit_mapping(node.at, entries, schema, what),
            YamlValue::Text(text) => self.fit_word(node.at, text, schema, what),
            YamlValue::Int(value) => self.fit_number(node.at, *value, schema, what),
            YamlValue::Null | YamlValue::Bool(_) | YamlValue::Number => true,
        }
    }

    fn fit_mapping(
        &mut self,
        at: At,
        entries: &mut Vec<(YamlNode, YamlNode)>,
        schema: &Map<String, Value>,
        what: &str,
    ) -> bool {
        // The required keys are looked up first, because a key with an invalid value is not missing.
        let missing = missing(entries, schema);
        let properties = schema.get("properties").and_then(Value::as_object);
        let patterns = schema.get("patternProperties");
        // A mapping with fixed keys has `properties`; a mapping of names has `additionalProperties`.
        let others = schema
            .get("additionalProperties")
            .filter(|value| value.is_object());
        // Most mappings have no unknown key, and need no list of what they have.
        let mut present = BTreeSet::new();
        if others.is_none() && !entries.iter().all(|(key, _)| has(properties, key)) {
            present.extend(
                entries
                    .iter()
                    .filter_map(|(key, _)| key.text().map(str::to_owned)),
            );
        }
        entries.retain_mut(|(key, value)| {
            let name = key.text().unwrap_or_default();
            match properties.and_then(|known| known.get(name)).or(others) {
                Some(inner) => self.fit(value, inner, &format!("`{}`", short(name))),
                // Such a key of the file holds anchors, and nothing is read from it.
                None if patterns.is_some_and(|_| name.starts_with("x-")) => false,
                None => {
                    self.unknown_key(key, properties, &present);
                    false
                }
            }
        });
        for name in &missing {
            let message = format!("missing key `{name}` in {what}");
            let help = match *name {
                "version" => "write `version: 1` on a line of its own".to_owned(),
                name => format!("add `{name}`"),
            };
            self.loading.report(at, DiagnosticCode::MissingKey, message, help);
        }
        missing.is_empty()
    }

    fn fit_word(&mut self, at: At, text: &str, schema: &Map<String, Value>, what: &str) -> bool {
        let Some(Value::Array(words)) = schema.get("enum") else {
            return true;
        };
        let words: Vec<&str> = words.iter().filter_map(Value::as_str).collect();
        if words.contains(&text) {
            return true;
        }
        // The message names the values, and the help line the most likely one.
        let expected = suggest::one_of(&words);
        let message = format!("invalid value `{}` for {what}: expected {expected}", short(text));
        // Quotes of a text editor are part of the value.
        let plain = text.trim_matches(|c: char| matches!(c, '\'' | '"' | '\u{2018}'..='\u{201f}'));
        let help = match suggest::nearest(plain, &words) {
            Some(word) if plain == word => {
                Help::correcting(format!("write `{word}`, without the quotes"), word)
            }
            // Another number is another name, such as the id of another rule. It is not a misspelling.
            Some(word) if digits(word) == digits(plain) => Help::did_you_mean(word),
            _ => format!("write {expected}").into(),
        };
        self.loading
            .report(at, DiagnosticCode::UnknownValue, message, help);
        false
    }

    fn fit_number(&mut self, at: At, value: i64, schema: &Map<String, Value>, what: &str) -> bool {
        // The version is the only number with a `const`.
        if let Some(only) = limit(schema, "const")
            && only != value
        {
            let message = format!(
                "invalid value `{value}` for {what}: this version of ringfence supports `{only}`"
            );
            let help = format!("write `version: {only}`");
            self.loading
                .report(at, DiagnosticCode::UnsupportedVersion, message, help);
            return false;
        }
        let least = limit(schema, "minimum").unwrap_or(i64::MIN);
        let most = limit(schema, "maximum").unwrap_or(i64::MAX);
        if (least..=most).contains(&value) {
            return true;
        }
        let message = format!("invalid value `{value}` for {what}: out of range");
        let help = format!("write a number from {least} to {most}");
        self.loading.report(at, DiagnosticCode::OutOfRange, message, help);
        false
    }

    fn wrong_type(&mut self, node: &YamlNode, schema: &Value, what: &str) {
        if self.loading.diagnostics.only_counts(Severity::Error) {
            return;
        }
        // The message lists every type that the schema allows here.
        let mut types = Vec::new();
        for branch in branches(schema) {
            types.extend(branch.get("type").and_then(Value::as_str));
        }
        let nouns: Vec<&str> = types.iter().map(|name| noun(name)).collect();
        let expected = nouns.join(" or ");
        let message = format!(
            "wrong type for {what}: expected {expected}, found {}",
            node.noun()
        );
        let help = match words(schema) {
            Some(words) => format!("write {}", suggest::one_of(&words)).into(),
            None => {
                type_help(node, &types, what).unwrap_or_else(|| format!("write {expected} here").into())
            }
        };
        self.loading
            .report(node.at, DiagnosticCode::WrongType, message, help);
    }

    fn unknown_key(
        &mut self,
        key: &YamlNode,
        properties: Option<&Map<String, Value>>,
        present: &BTreeSet<String>,
    ) {
        if self.loading.diagnostics.only_counts(Severity::Error) {
            return;
        }
        let name = key.text().unwrap_or_default();
        let mut known: Vec<&str> = Vec::new();
        if let Some(properties) = properties {
            known.extend(properties.keys().map(String::as_str));
        }
        let message = format!("unknown key `{}`", short(name));
        let mut help = foreign_keys::help(name, &known).unwrap_or_else(|| suggest::help(name, &known));
        // A second key of the same name would be the next mistake.
        if let Some(Replacement::Text(key)) = &help.correction
            && present.contains(key)
        {
            help = format!("`{key}` is there already: keep one of the two").into();
        }
        self.loading
            .report(key.at, DiagnosticCode::UnknownKey, message, help);
    }
}

/// Returns the digits of a word.
fn digits(word: &str) -> String {
    word.matches(|c: char| c.is_ascii_digit()).collect()
}

/// Returns the part of the schema that describes a value of this type.
fn choose<'s>(node: &YamlNode, schema: &'s Value) -> Option<&'s Map<String, Value>> {
    for branch in branches(schema) {
        match branch.get("type").and_then(Value::as_str) {
            Some(name) if !is_type(node, name) => {}
            _ => return Some(branch),
        }
    }
    None
}

/// Returns true if a mapping with these properties may have a key.
fn has(properties: Option<&Map<String, Value>>, key: &YamlNode) -> bool {
    match (properties, key.text()) {
        (Some(properties), Some(name)) => properties.contains_key(name),
        _ => false,
    }
}

/// Returns the words of an enumeration.
fn words(schema: &Value) -> Option<Vec<&str>> {
    for branch in branches(schema) {
        if let Some(Value::Array(words)) = branch.get("enum") {
            return Some(words.iter().filter_map(Value::as_str).collect());
        }
    }
    None
}

/// Returns the alternatives of a schema.
fn branches(schema: &Value) -> Vec<&Map<String, Value>> {
    match schema.get("anyOf").and_then(Value::as_array) {
        Some(inner) => inner.iter().filter_map(Value::as_object).collect(),
        None => schema.as_object().into_iter().collect(),
    }
}

/// Returns a number that the schema has under `key`.
fn limit(schema: &Map<String, Value>, key: &str) -> Option<i64> {
    schema.get(key)?.as_i64()
}

/// Returns true if `name` is the JSON Schema type of a value.
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

/// Describes a JSON Schema type for a message.
fn noun(name: &str) -> &'static str {
    match name {
        "boolean" => "`true` or `false`",
        "integer" => "a whole number",
        "string" => "a string",
        "array" => "a list",
        _ => "a mapping",
    }
}

/// Returns the correction of a common mistake in the type of a value.
fn type_help(node: &YamlNode, types: &[&str], what: &str) -> Option<Help> {
    let (list, string) = (types.contains(&"array"), types.contains(&"string"));
    match &node.value {
        YamlValue::Null if list => {
            Some("write `[]` for a managed, empty list, or remove the key to leave it unmanaged".into())
        }
        YamlValue::Null => Some("give it a value, or remove the key".into()),
        YamlValue::Int(prefix) if what == "`widestRule`" => {
            let correct = format!("/{prefix}");
            Some(Help::of_type(format!("write `{correct}`"), correct))
        }
        YamlValue::Int(_) | YamlValue::Number | YamlValue::Bool(_) if string => {
            Some("put it in quotes".into())
        }
        YamlValue::Text(text) if types.contains(&"boolean") => {
            let value = boolean_word(text)?;
            let words = format!("write `{value}`, without quotes");
            Some(Help::of_type(words, value))
        }
        YamlValue::Text(text) if types.contains(&"integer") && text.parse::<i64>().is_ok() => {
            Some(Help::of_type("remove the quotes", text))
        }
        YamlValue::Text(text) if types.contains(&"integer") => {
            let number = text.strip_suffix('%')?.trim().parse::<u32>().ok()?;
            let words = format!("write `{number}`, without the sign");
            Some(Help::of_type(words, number))
        }
        YamlValue::Text(text) if text.starts_with("/subscriptions/") && types == ["object"] => {
            // An id that is cut could not be copied.
            (text.len() <= LONGEST_ID).then(|| format!("write `id: {text}`").into())
        }
        YamlValue::Text(text) if list => match text.strip_prefix(DASHES) {
            Some(entry) => {
                Some(format!("write `- {}`, with a hyphen", short(entry.trim_start())).into())
            }
            None => Some(format!("write `[{}]`", short(text)).into()),
        },
        _ => None,
    }
}

/// Reads the words that people write for a boolean.
fn boolean_word(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "yes" | "on" | "y" | "true" | "enabled" => Some(true),
        "no" | "off" | "n" | "false" | "disabled" => Some(false),
        _ => None,
    }
}

/// Returns the required keys that a mapping does not have.
fn missing<'s>(entries: &[(YamlNode, YamlNode)], schema: &'s Map<String, Value>) -> Vec<&'s str> {
    let mut missing = Vec::new();
    let required = schema.get("required").and_then(Value::as_array);
    for name in required.into_iter().flatten().filter_map(Value::as_str) {
        if !entries.iter().any(|(key, _)| key.text() == Some(name)) {
            missing.push(name);
        }
    }
    missing
}
