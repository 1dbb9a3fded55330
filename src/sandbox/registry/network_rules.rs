//! `networkRuleSet` of a PATCH: each list that is sent replaces the stored one; a list that is omitted stays.
//!
//! Both lists omitted keeps both, hidden ones included (recorded: azure-cli test_acr_network_rule, 2021 to
//! 2023). One omitted keeps it too: inferred from that.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use serde_json::{Map, Value, json};

use super::projection::{NEW_KEY, OLD_KEY, subnet_key};
use super::rule_fields::{check_action, check_known, required};
use crate::model::{Cidr, SubnetId};
use crate::sandbox::forms::api_versions::{Row, SubnetRules};
use crate::sandbox::protocol::errors;
use crate::sandbox::protocol::json::{is, list, text};
use crate::sandbox::protocol::response::Answer;
use crate::sandbox::routes::Call;

/// Subnet rules that a registry may have (container-registry-vnet; container-registry-skus).
pub(crate) const SUBNET_RULE_LIMIT: usize = 100;
const SERVICE: &str = "Microsoft.ContainerRegistry";

/// Merges a sent `networkRuleSet` into the registry.
pub(crate) fn merge(
    call: &Call<'_>,
    registry: &mut Value,
    row: &Row,
    sent: &Value,
) -> Result<(), Answer> {
    let Value::Object(sent) = sent else {
        return Err(errors::own_bad_request("`networkRuleSet` must be an object"));
    };
    if !is(registry, "/sku/name", "Premium") {
        return below_premium(text(registry, "/sku/name"), sent);
    }
    let set = &registry["properties"]["networkRuleSet"];
    check_hidden(call, row, set, sent)?;
    let mut merged = set.clone();
    merged["defaultAction"] = default_action(set, sent)?;
    for (key, value) in sent {
        match key.as_str() {
            "defaultAction" => {}
            "ipRules" => merged["ipRules"] = ip_rules(call, value)?,
            "virtualNetworkRules" if row.rules == SubnetRules::WritesIgnored => {}
            "virtualNetworkRules" => merged["virtualNetworkRules"] = subnet_rules(call, row, value)?,
            other => {
                return Err(errors::not_established(&format!(
                    "a write with `networkRuleSet.{other}`"
                )));
            }
        }
    }
    if call.options.omitted_lists_clear {
        clear_omitted(&mut merged, sent);
    }
    registry["properties"]["networkRuleSet"] = merged;
    Ok(())
}

/// IP rules sent at a version that hides subnet rules, where there are some: what becomes of those is not recorded
/// at any version, unless an option says.
fn check_hidden(
    call: &Call<'_>,
    row: &Row,
    stored: &Value,
    sent: &Map<String, Value>,
) -> Result<(), Answer> {
    let blind = subnet_key(row, call.options).is_none() && !call.options.omitted_lists_clear;
    if blind && sent.contains_key("ipRules") && !list(stored, "virtualNetworkRules").is_empty() {
        let version = row.version;
        return Err(errors::not_established(&format!(
            "a write of IP rules at `{version}`, which hides this registry's subnet rules"
        )));
    }
    Ok(())
}

/// `Allow` alone passes; anything else is refused, even `Deny` without a rule (deployment logs).
fn below_premium(sku: &str, sent: &Map<String, Value>) -> Result<(), Answer> {
    let rules = ["ipRules", "virtualNetworkRules"].iter().any(|key| {
        sent.get(*key)
            .and_then(Value::as_array)
            .is_some_and(|rules| !rules.is_empty())
    });
    let denies = sent
        .get("defaultAction")
        .and_then(Value::as_str)
        .is_some_and(|action| !action.eq_ignore_ascii_case("Allow"));
    if !rules && !denies {
        return Ok(());
    }
    let message =
        format!("The requested feature virtual network rule is not supported for the SKU {sku}.");
    Err(errors::bad_request("NetworkRuleNotSupported", &message))
}

/// Required by the schema. Without it a registry that allows is recorded to go on allowing (azure-powershell
/// Update-AzContainerRegistry, 2023-01); what becomes of `Deny` is not known.
fn default_action(stored: &Value, sent: &Map<String, Value>) -> Result<Value, Answer> {
    let Some(action) = sent.get("defaultAction").filter(|action| !action.is_null()) else {
        if is(stored, "/defaultAction", "Allow") {
            return Ok("Allow".into());
        }
        return Err(errors::not_established(
            "a `networkRuleSet` without `defaultAction` on a registry whose default action is Deny",
        ));
    };
    let action = action.as_str().unwrap_or_default();
    let found = ["Allow", "Deny"]
        .into_iter()
        .find(|known| known.eq_ignore_ascii_case(action));
    found
        .map(Value::from)
        .ok_or_else(|| errors::own_bad_request("`defaultAction` must be Allow or Deny"))
}

fn clear_omitted(merged: &mut Value, sent: &Map<String, Value>) {
    let lists = ["ipRules", "virtualNetworkRules"];
    if lists.iter().any(|key| sent.contains_key(*key)) {
        for key in lists.iter().filter(|key| !sent.contains_key(**key)) {
            merged[*key] = json!([]);
        }
    }
}

fn rules<'a>(name: &str, sent: &'a Value) -> Result<&'a [Value], Answer> {
    sent.as_array()
        .map(Vec::as_slice)
        .ok_or_else(|| errors::own_bad_request(&format!("`{name}` must be a list")))
}

/// Values are kept as sent, in order. Any action is stored as `Allow` (recorded for `Forbidden`:
/// azure-powershell Update-AzContainerRegistry, 2023-01).
fn ip_rules(call: &Call<'_>, sent: &Value) -> Result<Value, Answer> {
    let sent = rules("ipRules", sent)?;
    let mut seen = BTreeSet::new();
    let mut stored = Vec::with_capacity(sent.len());
    for rule in sent {
        let value = required(rule, "an IP rule", "value")?;
        check_known(rule, "an IP rule", &["action", "value"])?;
        check_action(rule)?;
        if !seen.insert(address(call, value)?) {
            return Err(errors::own_bad_request(&format!(
                "the IP rule '{value}' is there twice"
            )));
        }
        stored.push(json!({"action": "Allow", "value": value}));
    }
    within_quota("IP rule", stored.len(), call.options.ip_rule_limit)?;
    Ok(Value::Array(stored))
}

/// What Azure says to a bad value is open; that it is no rule is not.
fn address(call: &Call<'_>, value: &str) -> Result<Cidr, Answer> {
    let cidr: Cidr = value
        .parse()
        .map_err(|error| errors::own_bad_request(&format!("an IP rule cannot be: {error}")))?;
    let private = |address: u32| Ipv4Addr::from(address).is_private();
    if !call.options.private_ip_rules && private(cidr.first()) && private(cidr.last()) {
        return Err(errors::own_bad_request(&format!(
            "the IP rule '{value}' is a private range"
        )));
    }
    Ok(cidr)
}

/// Azure/acr#518 for IP rules; for subnet rules the sentence is inferred from it.
fn within_quota(feature: &str, count: usize, limit: usize) -> Result<(), Answer> {
    if count <= limit {
        return Ok(());
    }
    let message =
        format!("The requested feature {feature} exceeds allowed quota {limit} for the SKU Premium.");
    Err(errors::bad_request("BadRequest", &message))
}

fn subnet_rules(call: &Call<'_>, row: &Row, sent: &Value) -> Result<Value, Answer> {
    let Some(key) = subnet_key(row, call.options) else {
        let (version, source) = (row.version, row.source);
        return Err(errors::not_established(&format!(
            "a write of subnet rules at `{version}`, which hides them ({source})"
        )));
    };
    let mut seen = BTreeSet::new();
    let mut stored = Vec::new();
    for rule in rules("virtualNetworkRules", sent)? {
        let id = subnet_id(call, rule, key)?;
        if !seen.insert(id.key().to_owned()) {
            return Err(duplicate(&id));
        }
        check_subnet(call, &id)?;
        stored.push(json!({"action": "Allow", NEW_KEY: id.as_str()}));
    }
    within_quota("virtual network rule", stored.len(), SUBNET_RULE_LIMIT)?;
    Ok(Value::Array(stored))
}

fn subnet_id(call: &Call<'_>, rule: &Value, key: &str) -> Result<SubnetId, Answer> {
    let other = if key == NEW_KEY { OLD_KEY } else { NEW_KEY };
    let key = match (rule.get(key), rule.get(other)) {
        (Some(one), Some(two)) if one != two => {
            return Err(errors::not_established(
                "a subnet rule with both keys and two ids",
            ));
        }
        (None, Some(_)) if call.options.either_subnet_key => other,
        (None, Some(_)) => {
            let version = call.version;
            return Err(errors::not_established(&format!(
                "a subnet rule with the key `{other}` at `{version}`"
            )));
        }
        _ => key,
    };
    let sent = required(rule, "a subnet rule", key)?;
    check_known(rule, "a subnet rule", &["action", NEW_KEY, OLD_KEY])?;
    check_action(rule)?;
    let id = SubnetId::parse(sent)
        .map_err(|error| errors::own_bad_request(&format!("a subnet rule cannot be: {error}")))?;
    if id.as_str() != sent {
        return Err(errors::not_established(&format!(
            "a subnet rule with the id `{sent}`, which ends in `/`"
        )));
    }
    Ok(id)
}

/// Azure/azure-cli#12711, which does not show the code.
fn duplicate(id: &SubnetId) -> Answer {
    let message = format!(
        "Virtual network rule is not valid - Found duplicate virtual network rule {id}. For more information, please visit https://aka.ms/acr/vnet"
    );
    errors::bad_request("BadRequest", &message)
}

/// Every subnet in the list is checked again, unchanged ones too (Azure/azure-cli#14596).
fn check_subnet(call: &Call<'_>, id: &SubnetId) -> Result<(), Answer> {
    crate::sandbox::governance::check_join(call, id)?;
    let network = network_id(id);
    if !call.store.registered(id.subscription(), SERVICE) {
        return Err(may_not_validate(call.caller, network));
    }
    let Some(subnet) = call.store.subnet(id) else {
        return Err(errors::own_bad_request(&format!(
            "the subnet '{id}' of a rule does not exist"
        )));
    };
    let endpoints = list(&subnet["properties"], "serviceEndpoints");
    let ready = |endpoint: &Value| {
        is(endpoint, "/service", SERVICE) && !is(endpoint, "/provisioningState", "Updating")
    };
    if endpoints.iter().any(ready) {
        return Ok(());
    }
    // hashicorp/terraform-provider-azurerm#13792
    let message = format!(
        "Could not validate network rule - Subnets {} of virtual network {network} do not have ServiceEndpoints for Microsoft.ContainerRegistry resources configured. Add Microsoft.ContainerRegistry to subnet's ServiceEndpoints collection before trying to ACL Microsoft.ContainerRegistry resources to these subnets.",
        id.name()
    );
    Err(errors::bad_request("NetworkRuleValidationError", &message))
}

/// The network's subscription is not registered, which reads like a missing role (Azure/acr#358).
fn may_not_validate(caller: &str, network: &str) -> Answer {
    let message = format!(
        "Could not validate network rule - The client '{caller}' with object id '{caller}' does not have authorization to perform action 'Microsoft.Network/virtualNetworks/taggedTrafficConsumers/validate/action' over scope '{network}/taggedTrafficConsumers/Microsoft.ContainerRegistry' or the scope is invalid. If access was recently granted, please refresh your credentials."
    );
    errors::bad_request("NetworkRuleValidationError", &message)
}

/// The id of a subnet's network, as written.
fn network_id(id: &SubnetId) -> &str {
    &id.as_str()[..id.vnet_key().len()]
}
