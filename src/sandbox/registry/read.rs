//! Reads: one registry, lists, usages, and the check of a name.

use serde_json::{Value, json};

use super::fields::{differs, is_name, is_reserved};
use super::lookup::{find, key, named, row};
use super::network_rules::SUBNET_RULE_LIMIT;
use super::projection::project;
use super::sub_resources::replications;
use crate::sandbox::forms::api_versions::{Row, Shown};
use crate::sandbox::forms::json_type::check_object;
use crate::sandbox::forms::registry_types::NAME_CHECK;
use crate::sandbox::forms::types::REGISTRIES;
use crate::sandbox::governance;
use crate::sandbox::protocol::call::Call;
use crate::sandbox::protocol::json::{list, text, text_under};
use crate::sandbox::protocol::path::PathValues;
use crate::sandbox::protocol::response::{Answer, Answered};
use crate::sandbox::protocol::{errors, paging};
use crate::sandbox::state::store::group_key;

/// Versions whose name check answers with the login server (recorded at 2026-01-01-preview; the first version is that
/// of the property in the SDK).
const LABELS: Shown = Shown::From("2024-11-01-preview", "2025-11-01");

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

/// Answers whether a registry name is free in the whole cloud, and at newer versions with its login server.
///
/// The answer has no `api-supported-versions` (recorded: azure-powershell TestCreateWithNetworkRuleSet, 2020-10, and
/// azure-cli test_check_name_availability, 2026-09).
pub(crate) fn check_name(call: &mut Call<'_>, _: &PathValues<'_>) -> Answered {
    let row = row(call)?;
    let body = call.request.json()?;
    check_object(&body, NAME_CHECK, "").map_err(differs)?;
    let name = text_under(&body, "name");
    if !text_under(&body, "type").eq_ignore_ascii_case(REGISTRIES) {
        return Err(errors::not_established(
            "a name check of another type than registries",
        ));
    }
    if !is_name(name) {
        return Err(errors::not_established(
            "a name check of an invalid registry name",
        ));
    }
    // The login server of another scope is not recorded.
    let scope = text_under(&body, "autoGeneratedDomainNameLabelScope");
    let other = !scope.eq_ignore_ascii_case("Unsecure") || !row.shows(LABELS);
    if !scope.is_empty() && other {
        return Err(errors::not_established(
            "the login server of another label scope than Unsecure",
        ));
    }
    let answer = if is_reserved(name) {
        // Recorded for `Microsoft`: azure-sdk-for-net CheckNameAvailability, 2022-08.
        let message = "The specified resource name is disallowed.";
        json!({"nameAvailable": false, "reason": "Invalid", "message": message})
    } else if named(call, name).is_some() {
        let message = format!("The registry {name} is already in use.");
        json!({"nameAvailable": false, "reason": "AlreadyExists", "message": message})
    } else if row.shows(LABELS) {
        let server = format!("{}.azurecr.io", name.to_ascii_lowercase());
        json!({"availableLoginServerName": server, "nameAvailable": true})
    } else {
        json!({"nameAvailable": true})
    };
    Ok(Answer::ok(answer))
}
