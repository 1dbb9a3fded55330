//! Facts of recordings that are not there request by request, played step by step.
//!
//! The files are not in the repository. They are in the folder beside the recordings whose name ends in `-more`.
//! A file is `{"evidence": …, "steps": [{method, uri, body, status, setup?, expect?}]}`. A step with `setup` makes what
//! the recording presupposes, `{"poll": true}` follows the last operation to its end, and the keys of `expect` are those
//! of [`differences`]. What of a file the sandbox answers otherwise is in [`KNOWN`], with the reason.

use std::collections::BTreeSet;
use std::path::Path;

use reqwest::Method;
use ringfence::sandbox::{Completion, Options, State};
use serde_json::{Value, json};

use crate::recording_files::{folder, json_files};
use crate::sandbox_client::{Arm, Reply};

/// Differences that are right: file, number of the step, difference.
const KNOWN: &[(&str, usize, &str)] = &[
    // Gone from this version by 2025-11 (azure-service-operator, in another file).
    ("aso_replication_with_own_name_2023-07-01.json", 0, "policyKeys"),
    ("aso_replication_with_own_name_2023-07-01.json", 1, "policyKeys"),
    // Recorded in 2023-02. The sandbox shows the same policies at all stable versions.
    ("net_registry_stable_2022-12-01.json", 0, "policyKeys"),
];

#[tokio::test]
async fn recorded_steps_play_as_recorded() {
    let Some(folder) = folder() else {
        return;
    };
    let mut name = folder.into_os_string();
    name.push("-more");
    let files = json_files(Path::new(&name));
    assert!(!files.is_empty(), "{} has no recorded steps", name.display());
    let mut found = Vec::new();
    for file in &files {
        found.extend(play(file).await);
    }
    let mut known: Vec<String> = Vec::new();
    for (file, step, difference) in KNOWN {
        known.push(format!("{file} #{step}: {difference}"));
    }
    assert_eq!(found, known);
}

/// Plays a file. Returns its differences, each as `FILE #STEP: KEY`.
async fn play(file: &Path) -> Vec<String> {
    let name = file.file_name().unwrap().to_string_lossy().into_owned();
    let read: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    let steps = read["steps"].as_array().unwrap();
    let arm = Arm::with(seed(steps)).await;
    let (mut found, mut operation) = (Vec::new(), String::new());
    for (at, step) in steps.iter().enumerate() {
        if step["poll"] == true {
            finish(&arm, &operation).await;
            continue;
        }
        let reply = send(&arm, step).await;
        for header in ["location", "azure-asyncoperation"] {
            if let Some(url) = reply.header(header) {
                operation = url.to_owned();
            }
        }
        for difference in differences(step, &reply) {
            found.push(format!("{name} #{at}: {difference}"));
        }
    }
    found
}

/// Returns the state that all paths presuppose: their group.
fn seed(steps: &[Value]) -> State {
    let mut ids = BTreeSet::new();
    for step in steps {
        let path = text(step, "uri").split('?').next().unwrap_or_default();
        let segments: Vec<&str> = path.split('/').collect();
        if let ["", subscriptions, subscription, groups, group, ..] = segments.as_slice()
            && groups.eq_ignore_ascii_case("resourceGroups")
        {
            ids.insert(format!("/{subscriptions}/{subscription}/resourceGroups/{group}"));
        }
    }
    let mut state =
        json!({"subscriptions": [{"id": "00000000-0000-0000-0000-000000000000"}], "resources": []});
    for id in ids {
        let group = json!({
            "id": id, "name": id.rsplit('/').next(), "type": "Microsoft.Resources/resourceGroups", "location": "westus",
            "properties": {"provisioningState": "Succeeded"},
        });
        state["resources"].as_array_mut().unwrap().push(group);
    }
    serde_json::from_value(state).unwrap()
}

async fn send(arm: &Arm, step: &Value) -> Reply {
    // Azure makes a registry at once or by an operation. The recording decides.
    let creation = match step["status"].as_u64() {
        Some(200) => Completion::AtOnce,
        _ => Completion::Operation,
    };
    arm.sandbox
        .change(|options: &mut Options| options.conditions.creation = creation);
    let method: Method = text(step, "method").parse().unwrap();
    let body = Some(&step["body"]).filter(|body| !body.is_null());
    arm.send(method, text(step, "uri"), body, &[]).await
}

/// Polls an operation to its end. One poll is enough, because operations of this sandbox take none.
async fn finish(arm: &Arm, operation: &str) {
    let reply = arm.send(Method::GET, operation, None, &[]).await;
    let status = reply.body["status"].as_str().unwrap_or("Succeeded");
    assert_eq!(
        (reply.status.is_success(), status),
        (true, "Succeeded"),
        "{operation}"
    );
}

/// Returns the keys of `expect` that an answer does not fulfil.
fn differences(step: &Value, reply: &Reply) -> Vec<String> {
    let mut found = Vec::new();
    let status = reply.status.as_u16();
    let is_setup = step["setup"] == true && reply.status.is_success();
    if !is_setup && step["status"] != status {
        found.push(format!("status {status} {}", reply.body));
    }
    let properties = &reply.body["properties"];
    for (key, expected) in step["expect"].as_object().into_iter().flatten() {
        let holds = match key.as_str() {
            // Some properties and some top-level keys of the answer.
            "shown" => has_all(properties, expected),
            "top" => has_all(&reply.body, expected),
            "hidden" => keys(properties).is_disjoint(&words(expected)),
            // The keys of an object, completely.
            "ruleKeys" => keys(&properties["networkRuleSet"]) == words(expected),
            "policyKeys" => keys(&properties["policies"]) == words(expected),
            // The items of a list: their names in order, and the limits of usages.
            "names" => column(&reply.body, "name") == *expected,
            "limits" => {
                column(&reply.body, "limit")
                    == json!(expected.as_object().unwrap().values().collect::<Vec<_>>())
            }
            "error" => reply.body["error"]["code"] == *expected,
            "headers" => has_headers(reply, expected),
            other => panic!("unknown expectation `{other}`"),
        };
        if !holds {
            found.push(key.clone());
        }
    }
    found
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

fn has_all(body: &Value, expected: &Value) -> bool {
    let mut pairs = expected.as_object().into_iter().flatten();
    pairs.all(|(key, value)| body[key] == *value)
}

fn keys(object: &Value) -> BTreeSet<String> {
    object
        .as_object()
        .into_iter()
        .flatten()
        .map(|(key, _)| key.clone())
        .collect()
}

fn words(list: &Value) -> BTreeSet<String> {
    let words = list.as_array().into_iter().flatten();
    words
        .map(|word| word.as_str().unwrap_or_default().to_owned())
        .collect()
}

/// Returns the values of one key of each item of a list.
fn column(body: &Value, key: &str) -> Value {
    let items = body["value"].as_array().into_iter().flatten();
    items.map(|item| item[key].clone()).collect()
}

/// Compares headers: `true` is any value, `null` is none.
fn has_headers(reply: &Reply, expected: &Value) -> bool {
    let mut pairs = expected.as_object().into_iter().flatten();
    pairs.all(|(name, value)| match value {
        Value::Null => reply.header(name).is_none(),
        Value::String(text) => reply.header(name) == Some(text),
        _ => reply.header(name).is_some(),
    })
}
