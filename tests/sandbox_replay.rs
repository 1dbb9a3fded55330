//! Replays public recordings of Azure's traffic against the sandbox, request by request.
//!
//! The recordings are not in the repository: they are looked for in `$RINGFENCE_RECORDINGS`, then in
//! `../shared/wire`. What the sandbox does not serve (creations, deletions, resource groups) is left out; what
//! a creation answered seeds the state.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod sandbox_support;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use reqwest::{Method, Url};
use ringfence::sandbox::{Options, State};
use serde_json::{Value, json};

use sandbox_support::Arm;

/// Recording, and how many of its interactions the sandbox serves.
const RECORDINGS: &[(&str, usize)] = &[
    ("acr_network_rule_2019-12-01-preview.json", 17),
    ("acr_network_rule_2020-11-01-preview.json", 17),
    ("acr_network_rule_powershell_2019-05-01_full_headers.json", 3),
    ("acr_patch_iprules_powershell_2022-02-01-preview.json", 1),
    ("acr_public_network_access_bypass_2020-11-01-preview.json", 6),
    ("acr_create_and_400_2026-09-01-preview.json", 2),
];

struct Interaction {
    method: Method,
    url: Url,
    request: Option<Value>,
    status: u64,
    headers: BTreeMap<String, String>,
    response: Value,
}

#[tokio::test]
async fn answers_recorded_requests_as_azure_did() {
    let folder = folder();
    for (name, served) in RECORDINGS {
        let path = folder.join(name);
        if !path.exists() {
            // Not `eprintln!`: the test harness would swallow it.
            let skipped = format!(
                "SKIPPED: recording `{}` is not there; set RINGFENCE_RECORDINGS to its folder",
                path.display()
            );
            writeln!(std::io::stderr(), "{skipped}").unwrap();
            continue;
        }
        let interactions = load(&path);
        let arm = Arm::start(Options {
            seed: seed(&interactions),
            ..Options::default()
        })
        .await;
        let played = replay(&arm, name, &interactions).await;
        assert_eq!(played, *served, "{name}: interactions played");
    }
}

fn folder() -> PathBuf {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/wire");
    std::env::var_os("RINGFENCE_RECORDINGS").map_or(beside, PathBuf::from)
}

fn load(path: &Path) -> Vec<Interaction> {
    let recording: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    recording["interactions"]
        .as_array()
        .unwrap()
        .iter()
        .map(interaction)
        .collect()
}

fn interaction(value: &Value) -> Interaction {
    let headers = value["headers"].as_object().unwrap().iter();
    Interaction {
        method: value["method"].as_str().unwrap().parse().unwrap(),
        url: value["uri"].as_str().unwrap().parse().unwrap(),
        request: body(&value["request_body"]),
        status: value["status"].as_u64().unwrap(),
        headers: headers
            .map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned()))
            .collect(),
        response: value["response_body"].clone(),
    }
}

/// Some bodies were recorded as the text of a Python bytes literal: `b'{…}'`.
fn body(recorded: &Value) -> Option<Value> {
    match recorded {
        Value::Null => None,
        Value::String(text) => {
            let json = text
                .strip_prefix("b'")
                .and_then(|rest| rest.strip_suffix('\''))
                .unwrap_or(text);
            Some(serde_json::from_str(json).unwrap())
        }
        other => Some(other.clone()),
    }
}

/// The last segment of a resource's collection, such as `registries`, and what follows its name.
fn kind(url: &Url) -> (&'static str, bool) {
    let path = url.path().to_ascii_lowercase();
    let parts: Vec<&str> = path.split('/').skip(1).collect();
    match parts.as_slice() {
        [
            _,
            _,
            "resourcegroups",
            _,
            _,
            "microsoft.containerregistry",
            "registries",
            _,
        ] => ("registry", true),
        [
            _,
            _,
            "resourcegroups",
            _,
            _,
            "microsoft.containerregistry",
            "registries",
            _,
            "listusages",
        ] => ("usages", false),
        [
            _,
            _,
            "resourcegroups",
            _,
            _,
            "microsoft.network",
            "virtualnetworks",
            _,
        ] => ("network", true),
        [
            _,
            _,
            "resourcegroups",
            _,
            _,
            "microsoft.network",
            "virtualnetworks",
            _,
            "subnets",
            _,
        ] => ("subnet", true),
        [_, _, _, "microsoft.network", "locations", _, "operations", _] => ("operation", false),
        _ => ("other", false),
    }
}

/// What creations answered; for a recording without one, what the first answer showed before its rules came.
fn seed(interactions: &[Interaction]) -> State {
    let mut resources: Vec<Value> = Vec::new();
    for interaction in interactions {
        let created = interaction.method == Method::PUT
            && matches!(kind(&interaction.url).0, "registry" | "network");
        let fits = created || (interactions.len() == 1 && interaction.method == Method::PATCH);
        if fits && interaction.status < 300 {
            let mut resource = interaction.response.clone();
            resource["properties"]["provisioningState"] = "Succeeded".into();
            if !created {
                resource["properties"]["networkRuleSet"]["ipRules"] = json!([]);
            }
            resources.push(resource);
        }
    }
    State {
        resources,
        ..State::empty()
    }
}

/// Plays what the sandbox serves and gives its number.
async fn replay(arm: &Arm, name: &str, interactions: &[Interaction]) -> usize {
    let mut operations: BTreeMap<String, String> = BTreeMap::new();
    let mut played = 0;
    for (index, interaction) in interactions.iter().enumerate() {
        let Some(target) = target(interaction, &operations) else {
            continue;
        };
        let reply = arm
            .send(
                interaction.method.clone(),
                &target,
                interaction.request.as_ref(),
                &[],
            )
            .await;
        let place = format!(
            "{name} #{index}: {} {}",
            interaction.method,
            interaction.url.path()
        );
        assert_eq!(
            u64::from(reply.status.as_u16()),
            interaction.status,
            "{place}: {}",
            reply.body
        );
        assert_eq!(masked(&reply.body), masked(&interaction.response), "{place}");
        let recorded = interaction.headers.get("azure-asyncoperation");
        let answered = reply.header("azure-asyncoperation");
        assert_eq!(
            answered.is_some(),
            recorded.is_some(),
            "{place}: asynchronous or not"
        );
        if let (Some(recorded), Some(answered)) = (recorded, answered) {
            operations.insert(recorded.clone(), answered.to_owned());
        }
        played += 1;
    }
    played
}

/// Where to send an interaction: operations under the sandbox's id, the rest as recorded; `None` for what is
/// not served.
fn target(interaction: &Interaction, operations: &BTreeMap<String, String>) -> Option<String> {
    let served = match (kind(&interaction.url).0, &interaction.method) {
        ("operation", _) => return operations.get(interaction.url.as_str()).cloned(),
        // A 404 was recorded before the creation that now seeds the state.
        ("registry" | "usages" | "network" | "subnet", &Method::GET) => interaction.status != 404,
        ("registry", &Method::PATCH) | ("subnet", &Method::PUT) => true,
        _ => false,
    };
    served.then(|| {
        format!(
            "{}?{}",
            interaction.url.path(),
            interaction.url.query().unwrap_or_default()
        )
    })
}

/// Without what differs from run to run: ETags, and who changed a registry when.
fn masked(body: &Value) -> Value {
    let mut body = body.clone();
    if let Some(map) = body.as_object_mut() {
        map.remove("systemData");
    }
    mask_etags(&mut body);
    body
}

fn mask_etags(value: &mut Value) {
    match value {
        Value::Object(map) => {
            if let Some(etag) = map.get_mut("etag") {
                *etag = "W/\"…\"".into();
            }
            map.values_mut().for_each(mask_etags);
        }
        Value::Array(items) => items.iter_mut().for_each(mask_etags),
        _ => {}
    }
}
