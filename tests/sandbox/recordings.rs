//! Every public recording of Azure's traffic that concerns the sandbox, replayed request by request.
//!
//! The recordings are not in the repository. `RINGFENCE_RECORDINGS` names their folder; without it a loud line says that
//! none was read. `tests/sandbox/replay/expected.txt` has the expected result: how many interactions of a file pass,
//! which are skipped and why, and each difference with its reason. The test fails on any change of the result.

use std::collections::BTreeMap;

use crate::recording_files::recording_files;
use crate::replay::{Line, Outcome};
use serde_json::{Value, json};

const EXPECTED: &str = include_str!("replay/expected.txt");

#[tokio::test]
async fn recordings_replay_as_the_table_says() {
    let Some(files) = recording_files() else {
        return;
    };
    let mut table = expected();
    for file in files {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let found = summary(&name, &crate::replay::run(&file).await.unwrap());
        let lines = found[1..].join("\n");
        match table.remove(&name) {
            Some(known) => assert_eq!(
                found, known,
                "the table says otherwise; now:\n{}\n{lines}\n",
                found[0]
            ),
            // A recording without an entry in the table must pass completely.
            None => assert!(
                !lines.contains("differs #"),
                "{name} is not in the table:\n{lines}"
            ),
        }
    }
    let missing: Vec<&String> = table.keys().collect();
    assert!(missing.is_empty(), "the folder lacks {missing:?}");
}

/// The lines of the table for each file.
fn expected() -> BTreeMap<String, Vec<String>> {
    let mut table: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut file = String::new();
    for line in EXPECTED.lines().filter(|line| !line.starts_with('#')) {
        if !line.starts_with(' ') {
            file = line.split(':').next().unwrap_or_default().to_owned();
        }
        table
            .entry(file.clone())
            .or_default()
            .push(without_reason(line).to_owned());
    }
    table
}

/// A line of counts, one for each reason to skip, one for each difference.
fn summary(name: &str, lines: &[Line]) -> Vec<String> {
    let mut skipped: BTreeMap<&str, usize> = BTreeMap::new();
    let (mut passed, mut failed) = (0, Vec::new());
    for line in lines {
        match &line.outcome {
            Outcome::Same => passed += 1,
            Outcome::Skipped(reason) => *skipped.entry(reason).or_default() += 1,
            Outcome::Different(found) => {
                failed.extend(
                    found
                        .iter()
                        .map(|difference| format!("  differs #{} {difference}", line.index)),
                );
            }
        }
    }
    let skipped = skipped
        .into_iter()
        .map(|(reason, count)| format!("  skipped {count}: {reason}"));
    [format!("{name}: {passed} passed")]
        .into_iter()
        .chain(skipped)
        .chain(failed)
        .collect()
}

/// Removes the ` | reason` that follows a difference in the table.
fn without_reason(line: &str) -> &str {
    let Some((difference, reason)) = line.split_once(" | ") else {
        assert!(!line.contains("differs #"), "no reason is given: {line}");
        return line;
    };
    assert!(!reason.trim().is_empty(), "no reason is given: {line}");
    difference
}

const REGISTRY: &str = "https://management.azure.com/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/contoso";

/// A small recording of the same format: a creation with its operation, and a PATCH of the public access.
fn recording() -> Value {
    let status = format!("{REGISTRY}/operationStatuses/registries-1?api-version=2019-05-01");
    let registry = |state: &str| {
        json!({
            "sku": {"name": "Basic", "tier": "Basic"}, "type": "Microsoft.ContainerRegistry/registries",
            "id": &REGISTRY["https://management.azure.com".len()..], "name": "contoso", "location": "westus", "tags": {},
            "properties": {
                "loginServer": "contoso.azurecr.io", "creationDate": "then", "provisioningState": state,
                "adminUserEnabled": true,
                "policies": {
                    "quarantinePolicy": {"status": "disabled"},
                    "trustPolicy": {"type": "Notary", "status": "disabled"},
                    "retentionPolicy": {"days": 7, "lastUpdatedTime": "then", "status": "disabled"},
                },
            },
        })
    };
    let body = json!({"location": "West US", "sku": {"name": "Basic"}, "properties": {"adminUserEnabled": true}});
    let uri = format!("{REGISTRY}?api-version=2019-05-01");
    let get = |uri: &str, headers: Value, response: Value| json!({"method": "GET", "uri": uri, "request_body": null, "status": 200, "headers": headers, "response_body": response});
    json!({"source": {}, "interactions": [
        {
            "method": "PUT", "uri": uri, "request_body": body, "status": 201,
            "headers": {"Azure-AsyncOperation": status}, "response_body": registry("Creating"),
        },
        get(&status, json!({"Azure-AsyncOperation": status}), json!({"status": "Creating"})),
        get(&status, json!({"Azure-AsyncOperation": status}), json!({"status": "Succeeded"})),
        get(&uri, json!({}), registry("Succeeded")),
        {
            "method": "GET", "uri": "https://vault.azure.net/keys?api-version=7.0", "request_body": null, "status": 200,
            "headers": {}, "response_body": {},
        },
    ]})
}

async fn run(recording: &Value) -> Vec<Line> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), recording.to_string()).unwrap();
    crate::replay::run(file.path()).await.unwrap()
}

#[tokio::test]
async fn recording_passes_and_skips_foreign_requests() {
    let lines = run(&recording()).await;
    assert_eq!(
        summary("made up", &lines),
        ["made up: 4 passed", "  skipped 1: host vault.azure.net"]
    );
}

/// Each change of a recorded answer gives exactly one difference.
#[tokio::test]
async fn any_change_to_a_recorded_answer_is_detected() {
    let rows = [
        ("/interactions/3/status", json!(404), "status 404 became 200"),
        (
            "/interactions/0/headers",
            json!({}),
            "header azure-asyncoperation is extra",
        ),
        (
            "/interactions/0/response_body/location",
            json!("eastus"),
            "/location",
        ),
        (
            "/interactions/1/response_body/status",
            json!("Updating"),
            "/status",
        ),
        (
            "/interactions/2/headers",
            json!({"Location": "x"}),
            "header location is missing",
        ),
        (
            "/interactions/3/response_body/properties/loginServer",
            json!("other.azurecr.io"),
            "/properties/loginServer",
        ),
        (
            "/interactions/3/response_body/properties/policies",
            json!({}),
            "/properties/policies/quarantinePolicy is extra",
        ),
        (
            "/interactions/3/response_body/properties/new",
            json!(1),
            "/properties/new is missing",
        ),
        (
            "/interactions/3/headers",
            json!({"x-ms-failure-cause": "gateway"}),
            "x-ms-failure-cause is missing",
        ),
        (
            "/interactions/3/headers",
            json!({"ETag": "x"}),
            "header etag is missing",
        ),
        (
            "/interactions/3/headers",
            json!({"api-supported-versions": "1999-01-01"}),
            "api-supported-versions differs",
        ),
        (
            "/interactions/3/headers",
            json!({"Content-Type": "text/plain"}),
            "content-type differs",
        ),
    ];
    for (pointer, value, difference) in rows {
        let mut changed = recording();
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        changed.pointer_mut(parent).unwrap()[key] = value;
        let lines = run(&changed).await;
        let found: Vec<&String> = lines
            .iter()
            .filter_map(|line| match &line.outcome {
                Outcome::Different(found) => Some(found),
                _ => None,
            })
            .flatten()
            .collect();
        assert!(
            found.iter().any(|found| found.contains(difference)),
            "{pointer}: {found:?}"
        );
    }
}

/// The seed comes from the recording's own answers, so a recording may start anywhere.
#[tokio::test]
async fn recording_that_starts_in_the_middle_passes() {
    for dropped in 1..4 {
        let mut rest = recording();
        rest["interactions"].as_array_mut().unwrap().drain(..dropped);
        let lines = run(&rest).await;
        assert!(
            summary("rest", &lines)
                .iter()
                .all(|line| !line.contains("differs")),
            "without {dropped}"
        );
    }
    let subnet = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/v/subnets/s";
    let mut registry = recording()["interactions"][3]["response_body"].clone();
    registry["sku"] = json!({"name": "Premium", "tier": "Premium"});
    let rule = json!({"action": "Allow", "id": subnet});
    let set = json!({"defaultAction": "Deny", "virtualNetworkRules": [rule], "ipRules": []});
    registry["properties"]["networkRuleSet"] = set.clone();
    let patch = json!({
        "method": "PATCH", "uri": format!("{REGISTRY}?api-version=2019-05-01"), "status": 200, "headers": {},
        "request_body": {"properties": {"networkRuleSet": set}}, "response_body": registry,
    });
    let lines = run(&json!({"source": {}, "interactions": [patch]})).await;
    assert_eq!(summary("patch", &lines), ["patch: 1 passed"]);
}
