//! GET of registries: one, lists, and usages.

use serde_json::{Value, json};

use super::lookup::{find, key, row};
use super::network_rules::SUBNET_RULE_LIMIT;
use super::projection::project;
use crate::sandbox::forms::api_versions::Row;
use crate::sandbox::forms::types::REGISTRIES;
use crate::sandbox::governance;
use crate::sandbox::protocol::call::Call;
use crate::sandbox::protocol::json::{is, list, text};
use crate::sandbox::protocol::paging;
use crate::sandbox::protocol::path::PathValues;
use crate::sandbox::protocol::response::{Answer, Answered};
use crate::sandbox::state::store::group_key;

/// Answers the registries of a resource group.
pub(crate) fn list_group(call: &mut Call<'_>, at: &PathValues<'_>) -> Answered {
    list_under(call, &key(call.subscription, at.get("group"), ""))
}

/// Answers the registries of a subscription. ARM asks every region, hence the header (recorded: azure-cli
/// acr list, 2019-02).
pub(crate) fn list_subscription(call: &mut Call<'_>, _: &PathValues<'_>) -> Answered {
    let prefix = group_key(call.subscription, "");
    let answer = list_under(call, &prefix)?;
    Ok(answer
        .with("x-ms-original-request-ids", ", ")
        .with("api-supported-versions", call.version))
}

/// Answers one registry.
pub(crate) fn get(call: &mut Call<'_>, at: &PathValues<'_>) -> Answered {
    let registry = find(call, at.get("group"), at.get("registry"))?;
    project(registry, row(call)?, call.options).map(Answer::ok)
}

/// Answers the quotas of a registry and what is used of them.
pub(crate) fn usages(call: &mut Call<'_>, at: &PathValues<'_>) -> Answered {
    let registry = find(call, at.get("group"), at.get("registry"))?;
    Ok(usages_of(call, registry, row(call)?))
}

/// In the order of ids, which nothing promises.
fn list_under(call: &Call<'_>, prefix: &str) -> Answered {
    let row = row(call)?;
    paging::unfiltered(call)?;
    let registries = call.store.under(prefix).map(|(_, resource)| resource);
    let registries: Vec<&Value> = registries
        .filter(|resource| {
            is(resource, "/type", REGISTRIES) && governance::may_read(&call.options.conditions, resource)
        })
        .collect();
    let show = |registry: &&Value| project(registry, row, call.options);
    paging::answer(call, &registries, show)
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
        value.push(count("VNetRules", SUBNET_RULE_LIMIT, used("virtualNetworkRules")));
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
