//! GET of registries: one registry, lists, and usages.

use serde_json::{Value, json};

use super::lookup::{find, key, row};
use super::network_rules::SUBNET_RULE_LIMIT;
use super::projection::project;
use super::replications;
use crate::sandbox::forms::api_versions::Row;
use crate::sandbox::forms::types::REGISTRIES;
use crate::sandbox::governance;
use crate::sandbox::protocol::call::Call;
use crate::sandbox::protocol::json::{list, text};
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

/// Answers the quotas of a registry and their use.
pub(crate) fn usages(call: &mut Call<'_>, at: &PathValues<'_>) -> Answered {
    let registry = find(call, at.get("group"), at.get("registry"))?;
    Ok(usages_of(call, registry, row(call)?))
}

/// Answers a list in the order of ids. Azure promises no order.
fn list_under(call: &Call<'_>, prefix: &str) -> Answered {
    let row = row(call)?;
    paging::unfiltered(call)?;
    let registries = governance::readable(call, prefix, REGISTRIES);
    paging::answer(call, &registries, |registry| project(registry, row, call.options))
}

/// Returns the body of the usages.
///
/// `Size` and `Webhooks` alone are recorded at old versions (azure-powershell TestCreateWithNetworkRuleSet, 2020-10), all
/// eight at 2023-01-01-preview (azure-powershell Get-AzContainerRegistryUsage, 2025-09, Premium). The first version
/// with eight is not known, nor are those of other SKUs.
fn usages_of(call: &Call<'_>, registry: &Value, row: &Row) -> Answer {
    let set = &registry["properties"]["networkRuleSet"];
    let (size, webhooks) = quotas(text(registry, "/sku/name"));
    let mut value = vec![
        json!({"name": "Size", "limit": size, "currentValue": 0, "unit": "Bytes"}),
        count("Webhooks", webhooks, 0),
    ];
    // Registries below Premium have no rule set.
    if row.version >= "2022-01-01" && !set.is_null() {
        let connections = list(&registry["properties"], "privateEndpointConnections").len();
        let (addresses, subnets) = (list(set, "ipRules"), list(set, "virtualNetworkRules"));
        let replications = replications::count(call.store, registry);
        // Azure's -1 means that there is no limit.
        value.push(json!({"name": "Geo-replications", "limit": -1, "currentValue": replications, "unit": "Count"}));
        value.push(count("IPRules", call.options.ip_rule_limit, addresses.len()));
        value.push(count("VNetRules", SUBNET_RULE_LIMIT, subnets.len()));
        value.push(count("PrivateEndpointConnections", 200, connections));
        value.push(count("ScopeMaps", 50_000, 0));
        value.push(count("Tokens", 50_000, 0));
    }
    Answer::ok(json!({ "value": value }))
}

fn count(name: &str, limit: usize, current: usize) -> Value {
    json!({"name": name, "limit": limit, "currentValue": current, "unit": "Count"})
}

/// Returns the bytes of storage and the number of webhooks that a SKU allows: Premium recorded, the others documented
/// (container-registry-skus).
fn quotas(sku: &str) -> (u64, usize) {
    match sku.to_ascii_lowercase().as_str() {
        "premium" => (536_870_912_000, 500),
        "standard" => (107_374_182_400, 10),
        _ => (10_737_418_240, 2),
    }
}
