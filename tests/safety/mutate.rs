//! Mutations of files, by accident or by an attacker.

use serde_json::{Map, Value, json};

use crate::chance::Chance;

/// Texts that act on a terminal, a shell, a path, a parser or a runner.
pub(crate) const HOSTILE: [&str; 12] = [
    "\u{1b}[2J\u{1b}]0;owned\u{7}",
    "\u{202e}gpj.exe",
    "a\nb\r\n::error::x",
    "##vso[task.setvariable variable=x]y",
    "../../../../etc/passwd",
    "<script>alert(1)</script>",
    "'; rm -rf / #",
    "0.0.0.0/0",
    "\u{0}",
    "🦀\u{feff}",
    "Allow\u{a0}",
    "/subscriptions/x/resourceGroups/../providers/Microsoft.ContainerRegistry/registries/contoso",
];

/// Returns the text with one to three faults in its bytes.
pub(crate) fn bytes(text: &str, chance: &mut Chance) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    for _ in 0..=chance.below(3) {
        let at = chance.below(bytes.len());
        let length = chance.below(40).min(bytes.len() - at);
        match chance.below(6) {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(at..at + length)),
            2 => bytes.extend_from_within(at..at + length),
            3 => drop(bytes.splice(at..at, chance.pick(&HOSTILE).bytes())),
            4 => bytes.insert(at, b"\"{}[],:0"[chance.below(8)]),
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << chance.below(8);
                }
            }
        }
    }
    bytes
}

/// Returns the document with one to three values replaced, dropped or added.
pub(crate) fn values(document: &Value, chance: &mut Chance) -> Value {
    let mut document = document.clone();
    for _ in 0..=chance.below(3) {
        let mut places = Vec::new();
        pointers(&document, String::new(), &mut places);
        let place = chance.pick(places.as_slice()).clone();
        let other = document
            .pointer(&places[chance.below(places.len())])
            .cloned()
            .unwrap_or_default();
        if let Some(value) = document.pointer_mut(&place) {
            *value = replacement(value, other, chance);
        }
    }
    document
}

/// Plausible texts and lists, as an author who knows the format would write them.
const PLAUSIBLE: [&str; 10] = [
    "Allow",
    "Deny",
    "Enabled",
    "Disabled",
    "8.8.8.8",
    "0.0.0.0/0",
    "203.0.113.1",
    "AzureServices",
    "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/fabrikam",
    "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/evil/subnets/evil",
];

/// Returns the document with one value replaced by another of the same type.
pub(crate) fn plausible(document: &Value, chance: &mut Chance) -> Value {
    let mut document = document.clone();
    let mut places = Vec::new();
    pointers(&document, String::new(), &mut places);
    let place = &places[chance.below(places.len())];
    match document.pointer_mut(place) {
        Some(Value::String(text)) if chance.below(3) == 0 => *text = chance.pick(&HOSTILE).to_string(),
        Some(Value::String(text)) => *text = chance.pick(&PLAUSIBLE).to_string(),
        Some(Value::Bool(flag)) => *flag = !*flag,
        Some(Value::Array(list)) => drop(list.pop()),
        Some(value @ Value::Number(_)) => *value = json!(chance.below(1000)),
        _ => {}
    }
    document
}

fn pointers(value: &Value, at: String, found: &mut Vec<String>) {
    match value {
        Value::Object(object) => object.iter().for_each(|(key, inner)| {
            pointers(
                inner,
                format!("{at}/{}", key.replace('~', "~0").replace('/', "~1")),
                found,
            )
        }),
        Value::Array(list) => {
            list.iter()
                .enumerate()
                .for_each(|(n, inner)| pointers(inner, format!("{at}/{n}"), found));
        }
        _ => {}
    }
    found.push(at);
}

fn replacement(old: &Value, other: Value, chance: &mut Chance) -> Value {
    match chance.below(11) {
        0 => Value::Null,
        1 => json!(true),
        2 => serde_json::from_str("1e999999999").unwrap_or_default(),
        3 => serde_json::from_str(&"9".repeat(400)).unwrap_or_default(),
        4 => json!(-1),
        5 => json!(chance.pick(&HOSTILE)),
        6 => json!("x".repeat(100_000)),
        7 => (0..60).fold(old.clone(), |inner, _| json!([inner])),
        8 => json!([old, old]),
        9 => Value::Object(Map::from_iter([(chance.pick(&HOSTILE).to_string(), old.clone())])),
        _ => other,
    }
}

/// Returns the text of an object with a duplicate key: a hostile value first, then its own.
pub(crate) fn duplicated(document: &Value, chance: &mut Chance) -> String {
    let keys: Vec<&String> = document.as_object().expect("an object").keys().collect();
    let key = chance.pick(&keys);
    let first = json!({ key.as_str(): chance.pick(&HOSTILE) }).to_string();
    let rest = document.to_string();
    format!("{},{}", first.trim_end_matches('}'), rest.trim_start_matches('{'))
}

/// Returns a document that is nested far deeper than any of ours.
pub(crate) fn deep() -> String {
    format!("{}1{}", "{\"registries\":[".repeat(50_000), "]}".repeat(50_000))
}
