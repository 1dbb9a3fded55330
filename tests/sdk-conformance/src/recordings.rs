//! Recorded traffic of Azure, which is kept outside of this repository.

use serde_json::Value;

use crate::recording_files::recording_files;

/// A resource in an answer: the recording, the api-version that was asked for, the JSON.
pub struct Recorded {
    pub recording: String,
    pub api_version: String,
    pub body: Value,
}

/// Returns every resource of type `kind` in successful answers, at any depth. Prints a line and returns `None` if there
/// are no recordings.
pub fn resources(kind: &str) -> Option<Vec<Recorded>> {
    let wanted = |body: &Value| is(body, kind);
    collect(&wanted)
}

/// Every answer of `listUsages`.
pub fn usages() -> Option<Vec<Recorded>> {
    let wanted = |body: &Value| body["value"][0]["currentValue"].is_number();
    collect(&wanted)
}

fn is(body: &Value, kind: &str) -> bool {
    let found = body["type"].as_str().unwrap_or_default();
    found.eq_ignore_ascii_case(kind) && body["properties"].is_object()
}

fn collect(wanted: &dyn Fn(&Value) -> bool) -> Option<Vec<Recorded>> {
    let mut found = Vec::new();
    for path in recording_files()? {
        let text = std::fs::read_to_string(&path).expect("the recording can be read");
        let file: Value = serde_json::from_str(&text).expect("the recording is JSON");
        let recording = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        for interaction in file["interactions"].as_array().into_iter().flatten() {
            if interaction["status"].as_u64().is_none_or(|status| status >= 300) {
                continue;
            }
            let uri = interaction["uri"].as_str().unwrap_or_default();
            let api_version = uri.split("api-version=").nth(1).unwrap_or_default().to_owned();
            let mut bodies = Vec::new();
            search(&interaction["response_body"], wanted, &mut bodies);
            found.extend(bodies.into_iter().map(|body| Recorded {
                recording: recording.clone(),
                api_version: api_version.clone(),
                body: body.clone(),
            }));
        }
    }
    Some(found)
}

fn search<'a>(value: &'a Value, wanted: &dyn Fn(&Value) -> bool, found: &mut Vec<&'a Value>) {
    if wanted(value) {
        found.push(value);
    }
    match value {
        Value::Object(object) => object.values().for_each(|value| search(value, wanted, found)),
        Value::Array(list) => list.iter().for_each(|value| search(value, wanted, found)),
        _ => {}
    }
}
