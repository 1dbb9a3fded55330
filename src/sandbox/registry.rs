//! `Microsoft.ContainerRegistry/registries`: GET, lists, usages and PATCH.

use axum::http::Method;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::answer::{Answer, Answered};
use super::arm::Call;
use super::body::{list, text, timestamp};
use super::projection::project;
use super::version_matrix::{self, ROWS, Row};
use super::{errors, registry_patch};

const NAMESPACE: &str = "Microsoft.ContainerRegistry";
const REGISTRIES: &str = "Microsoft.ContainerRegistry/registries";

/// Answers for what comes after `…/registries` in a resource group.
pub(super) fn answer(call: &mut Call<'_>, group: &str, rest: &[&str]) -> Answered {
    let row = row(call)?;
    call.require_registered(NAMESPACE)?;
    call.require_group(group)?;
    let answered = match (&call.request.method, rest) {
        (&Method::GET, []) => list_under(call, &key(call.subscription, group, ""), row),
        (&Method::GET, [name]) => get(call, group, name, row),
        (&Method::PATCH, [name]) => patch(call, group, name, row),
        (&Method::GET, [name, usages]) if usages.eq_ignore_ascii_case("listUsages") => {
            Ok(usages_of(call, find(call, group, name)?, row))
        }
        (method, rest) => Err(errors::not_served(&format!(
            "{method} of `{REGISTRIES}/{}`",
            rest.join("/")
        ))),
    };
    version_header(answered, call)
}

/// All registries of a subscription. ARM asks every region, hence the header (recorded: azure-cli
/// acr list, 2019-02).
pub(super) fn list_subscription(call: &mut Call<'_>) -> Answered {
    let row = row(call)?;
    call.require_registered(NAMESPACE)?;
    if call.request.method != Method::GET {
        return Err(errors::not_served(&format!(
            "{} of the registry list",
            call.request.method
        )));
    }
    let prefix = format!("/subscriptions/{}/resourcegroups/", call.subscription).to_ascii_lowercase();
    let answered =
        list_under(call, &prefix, row).map(|answer| answer.with("x-ms-original-request-ids", ", "));
    version_header(answered, call)
}

fn row(call: &Call<'_>) -> Result<&'static Row, Answer> {
    let versions: Vec<&str> = ROWS.iter().rev().map(|row| row.version).collect();
    call.offered(REGISTRIES, &versions)?;
    version_matrix::find(call.version)
        .ok_or_else(|| errors::internal("the version matrix has no such row"))
}

/// The provider names the version that it answered at (recorded since about 2022), on errors too; the
/// front door's own errors carry none.
fn version_header(answered: Answered, call: &Call<'_>) -> Answered {
    let add = |answer: Answer| {
        if answer.headers.contains_key("x-ms-failure-cause") {
            return answer;
        }
        answer.with("api-supported-versions", call.version)
    };
    answered.map(add).map_err(add)
}

fn key(subscription: &str, group: &str, name: &str) -> String {
    format!("/subscriptions/{subscription}/resourceGroups/{group}/providers/{REGISTRIES}/{name}")
        .to_ascii_lowercase()
}

fn find<'a>(call: &'a Call<'_>, group: &str, name: &str) -> Result<&'a Value, Answer> {
    let found = call.store.resources.get(&key(call.subscription, group, name));
    found.ok_or_else(|| errors::resource_not_found(REGISTRIES, name, group))
}

fn get(call: &Call<'_>, group: &str, name: &str, row: &Row) -> Answered {
    let registry = find(call, group, name)?;
    project(registry, row, call.options).map(Answer::ok)
}

/// One page without `nextLink`: the real page size is not known.
fn list_under(call: &Call<'_>, prefix: &str, row: &Row) -> Answered {
    let registries = call.store.under(prefix).map(|(_, resource)| resource);
    let registries = registries.filter(|resource| super::body::is(resource, "/type", REGISTRIES));
    let shown = registries.map(|registry| project(registry, row, call.options));
    let shown = shown.collect::<Result<Vec<_>, _>>()?;
    Ok(Answer::ok(json!({ "value": shown })))
}

/// 200 with the changed registry, at once (recorded for network settings, 2019 to 2025).
fn patch(call: &mut Call<'_>, group: &str, name: &str, row: &Row) -> Answered {
    let stored = find(call, group, name)?;
    let body = call.request.json()?;
    let mut changed = registry_patch::merge(call, stored, row, &body)?;
    changed["systemData"]["lastModifiedBy"] = call.caller.into();
    changed["systemData"]["lastModifiedByType"] = "Application".into();
    changed["systemData"]["lastModifiedAt"] = timestamp(Timestamp::now()).into();
    let shown = project(&changed, row, call.options)?;
    call.store
        .resources
        .insert(key(call.subscription, group, name), changed);
    call.store.dirty = true;
    Ok(Answer::ok(shown))
}

/// `Size` and `Webhooks` are recorded (azure-powershell TestCreateWithNetworkRuleSet, 2020-10); the network
/// quotas are documented for newer versions (Get-AzContainerRegistryUsage), from which on is not.
fn usages_of(call: &Call<'_>, registry: &Value, row: &Row) -> Answer {
    let set = &registry["properties"]["networkRuleSet"];
    let used = |key: &str| list(set, key).len();
    let (size, webhooks) = quotas(text(registry, "/sku/name"));
    let mut value = vec![
        json!({"name": "Size", "limit": size, "currentValue": 0, "unit": "Bytes"}),
        json!({"name": "Webhooks", "limit": webhooks, "currentValue": 0, "unit": "Count"}),
    ];
    if row.version >= "2022-01-01" && !set.is_null() {
        let connections = list(&registry["properties"], "privateEndpointConnections").len();
        let count = |name: &str, limit: usize, current: usize| json!({"name": name, "limit": limit, "currentValue": current, "unit": "Count"});
        value.push(count("IPRules", call.options.ip_rule_limit, used("ipRules")));
        value.push(count(
            "VNetRules",
            super::registry_rules::SUBNET_RULE_LIMIT,
            used("virtualNetworkRules"),
        ));
        value.push(count("PrivateEndpointConnections", 200, connections));
    }
    Answer::ok(json!({ "value": value }))
}

/// Bytes of storage and number of webhooks: Premium recorded, the others documented (container-registry-skus).
fn quotas(sku: &str) -> (u64, u32) {
    match sku.to_ascii_lowercase().as_str() {
        "premium" => (536_870_912_000, 500),
        "standard" => (107_374_182_400, 10),
        _ => (10_737_418_240, 2),
    }
}
