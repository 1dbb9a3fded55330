//! `networkRuleSet` of a PATCH: a list that is sent replaces the stored one, an omitted list stays.
//!
//! A PATCH that omits both lists keeps both, hidden ones included (recorded: azure-cli test_acr_network_rule, 2021 to
//! 2023). That it keeps a single omitted list too is inferred from that.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use serde_json::{Map, Value, json};

use super::fields::{differs, null};
use super::projection::subnet_key;
use crate::model::{Cidr, SubnetId};
use crate::sandbox::forms::api_versions::{Row, SubnetRules};
use crate::sandbox::forms::json_type::check_object;
use crate::sandbox::forms::registry_types::RULE_SET;
use crate::sandbox::forms::types::{NEW_KEY, OLD_KEY};
use crate::sandbox::governance;
use crate::sandbox::governance::conditions::HiddenRules;
use crate::sandbox::protocol::call::Call;
use crate::sandbox::protocol::errors;
use crate::sandbox::protocol::json::{is, known_word, list, present, text, text_under};
use crate::sandbox::protocol::response::Answer;

/// Maximum number of subnet rules of a registry (container-registry-vnet; container-registry-skus).
pub(crate) const SUBNET_RULE_LIMIT: usize = 100;
/// The service that a subnet needs an endpoint of, which is also the provider to register.
const SERVICE: &str = "Microsoft.ContainerRegistry";

/// Merges the `networkRuleSet` of a write into the registry.
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
        check_object(sent, RULE_SET, "networkRuleSet.").map_err(differs)?;
        return below_premium(text(registry, "/sku/name"), sent);
    }
    let set = &registry["properties"]["networkRuleSet"];
    // Lists that the write omits stay as they are.
    let mut merged = set.clone();
    merged["defaultAction"] = default_action(set, sent)?;
    for (key, value) in sent {
        match key.as_str() {
            // Merged above.
            "defaultAction" => {}
            _ if value.is_null() => return Err(null(&format!("networkRuleSet.{key}"))),
            "ipRules" => merged["ipRules"] = ip_rules(call, value)?,
            // Azure accepts and ignores them at the oldest version.
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
    // What becomes of subnet rules that the version hides is open: kept is inferred, a condition clears them.
    if row.rules == SubnetRules::Hidden
        && sent.contains_key("ipRules")
        && call.options.conditions.hidden_subnet_rules == HiddenRules::Cleared
    {
        merged["virtualNetworkRules"] = json!([]);
    }
    registry["properties"]["networkRuleSet"] = merged;
    Ok(())
}

/// Refuses network rules below Premium. `Allow` alone passes; even `Deny` without a rule is refused (deployment logs).
fn below_premium(sku: &str, sent: &Map<String, Value>) -> Result<(), Answer> {
    let has_rules = has_elements(sent, "ipRules") || has_elements(sent, "virtualNetworkRules");
    let allows = match sent.get("defaultAction") {
        Some(Value::String(action)) => action.eq_ignore_ascii_case("Allow"),
        _ => true,
    };
    if !has_rules && allows {
        return Ok(());
    }
    let message =
        format!("The requested feature virtual network rule is not supported for the SKU {sku}.");
    Err(errors::bad_request("NetworkRuleNotSupported", &message))
}

fn has_elements(sent: &Map<String, Value>, key: &str) -> bool {
    matches!(sent.get(key), Some(Value::Array(rules)) if !rules.is_empty())
}

/// Returns the default action after a write, which the schema requires to be sent.
///
/// A registry with `Allow` keeps it if none is sent (recorded: azure-powershell Update-AzContainerRegistry, 2023-01).
/// What becomes of `Deny` is not known.
fn default_action(stored: &Value, sent: &Map<String, Value>) -> Result<Value, Answer> {
    if present(sent, "defaultAction").is_none() {
        if is(stored, "/defaultAction", "Allow") {
            return Ok("Allow".into());
        }
        return Err(errors::not_established(
            "a `networkRuleSet` without `defaultAction` on a registry whose default action is Deny",
        ));
    }
    let action = known_word(&["Allow", "Deny"], text_under(sent, "defaultAction"));
    let action = action.map(Value::from);
    action.ok_or_else(|| errors::own_bad_request("`defaultAction` must be Allow or Deny"))
}

/// Clears the list that the write omits, if it sends the other one: the fault that an option turns on.
fn clear_omitted(merged: &mut Value, sent: &Map<String, Value>) {
    let (addresses, subnets) = ("ipRules", "virtualNetworkRules");
    for (key, other) in [(addresses, subnets), (subnets, addresses)] {
        if sent.contains_key(other) && !sent.contains_key(key) {
            merged[key] = json!([]);
        }
    }
}

fn rules<'a>(name: &str, sent: &'a Value) -> Result<&'a [Value], Answer> {
    match sent {
        Value::Array(rules) => Ok(rules),
        _ => Err(errors::own_bad_request(&format!("`{name}` must be a list"))),
    }
}

/// Returns the IP rules to store: values as sent, in order.
///
/// Any action is stored as `Allow` (recorded for `Forbidden`: azure-powershell Update-AzContainerRegistry, 2023-01).
fn ip_rules(call: &Call<'_>, sent: &Value) -> Result<Value, Answer> {
    let sent = rules("ipRules", sent)?;
    let mut seen = BTreeSet::new();
    let mut stored = Vec::with_capacity(sent.len());
    for rule in sent {
        let value = required(rule, "an IP rule", "value")?;
        check_known(rule, "an IP rule", &["action", "value"])?;
        check_action(rule)?;
        // Rules are compared as ranges: `a.b.c.d` equals `a.b.c.d/32`.
        if !seen.insert(address(call, value)?) {
            return Err(errors::own_bad_request(&format!("duplicate IP rule '{value}'")));
        }
        stored.push(json!({"action": "Allow", "value": value}));
    }
    within_quota("IP rule", stored.len(), call.options.ip_rule_limit)?;
    Ok(Value::Array(stored))
}

/// Parses the value of an IP rule. Azure refuses an invalid value too; only its text is not known.
fn address(call: &Call<'_>, value: &str) -> Result<Cidr, Answer> {
    let cidr: Cidr = value
        .parse()
        .map_err(|error| errors::own_bad_request(&format!("invalid IP rule: {error}")))?;
    if !call.options.private_ip_rules && is_private(cidr.first()) && is_private(cidr.last()) {
        return Err(errors::own_bad_request(&format!(
            "the IP rule '{value}' is in a private range"
        )));
    }
    // RFC 1918 ranges have a condition of their own.
    if let Some(block) = cidr.special_use()
        && !is_private(cidr.first())
    {
        return Err(errors::not_established(&format!(
            "the IP rule '{value}', which is in {block}"
        )));
    }
    Ok(cidr)
}

fn is_private(address: u32) -> bool {
    Ipv4Addr::from(address).is_private()
}

/// Refuses more rules than `limit` (Azure/acr#518 for IP rules; the text for subnet rules is inferred from it).
fn within_quota(feature: &str, count: usize, limit: usize) -> Result<(), Answer> {
    if count <= limit {
        return Ok(());
    }
    let message =
        format!("The requested feature {feature} exceeds allowed quota {limit} for the SKU Premium.");
    Err(errors::bad_request("BadRequest", &message))
}

/// Returns the subnet rules to store, under the newer key.
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

/// Reads the subnet id of a rule under `key`, the key of the request's api-version.
fn subnet_id(call: &Call<'_>, rule: &Value, key: &str) -> Result<SubnetId, Answer> {
    // The key of another version is accepted only if an option says so: its effect is not recorded.
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
        .map_err(|error| errors::own_bad_request(&format!("invalid subnet rule: {error}")))?;
    if id.as_str() != sent {
        return Err(errors::not_established(&format!(
            "a subnet rule with the id `{sent}`, which ends in `/`"
        )));
    }
    Ok(id)
}

/// Returns the error for two rules of one subnet (Azure/azure-cli#12711, which does not show the code).
fn duplicate(id: &SubnetId) -> Answer {
    let message = format!(
        "Virtual network rule is not valid - Found duplicate virtual network rule {id}. For more information, please visit https://aka.ms/acr/vnet"
    );
    errors::bad_request("BadRequest", &message)
}

/// Refuses a subnet that the caller may not join, that does not exist, or that lacks the service endpoint.
///
/// Azure checks every subnet in the list again, unchanged ones too (Azure/azure-cli#14596).
fn check_subnet(call: &Call<'_>, id: &SubnetId) -> Result<(), Answer> {
    governance::check_join(call, id)?;
    // The provider of the network's own subscription decides.
    let network = network_id(id);
    if !call.store.registered(id.subscription(), SERVICE) {
        return Err(may_not_validate(call.caller, network));
    }
    let Some(subnet) = call.store.subnet(id) else {
        return Err(errors::own_bad_request(&format!(
            "the subnet '{id}' of a rule does not exist"
        )));
    };
    for endpoint in list(&subnet["properties"], "serviceEndpoints") {
        if is(endpoint, "/service", SERVICE) && !is(endpoint, "/provisioningState", "Updating") {
            return Ok(());
        }
    }
    // Text: hashicorp/terraform-provider-azurerm#13792
    let message = format!(
        "Could not validate network rule - Subnets {} of virtual network {network} do not have ServiceEndpoints for Microsoft.ContainerRegistry resources configured. Add Microsoft.ContainerRegistry to subnet's ServiceEndpoints collection before trying to ACL Microsoft.ContainerRegistry resources to these subnets.",
        id.name()
    );
    Err(errors::bad_request("NetworkRuleValidationError", &message))
}

/// Returns the error for a network whose subscription is not registered. Azure's text reads like a missing role
/// (Azure/acr#358).
fn may_not_validate(caller: &str, network: &str) -> Answer {
    let message = format!(
        "Could not validate network rule - The client '{caller}' with object id '{caller}' does not have authorization to perform action 'Microsoft.Network/virtualNetworks/taggedTrafficConsumers/validate/action' over scope '{network}/taggedTrafficConsumers/Microsoft.ContainerRegistry' or the scope is invalid. If access was recently granted, please refresh your credentials."
    );
    errors::bad_request("NetworkRuleValidationError", &message)
}

/// Returns the id of a subnet's network, in the case in which it was sent.
fn network_id(id: &SubnetId) -> &str {
    &id.as_str()[..id.vnet_key().len()]
}

/// Returns the text under a key that the specification requires of a rule. `kind` names the rule in errors.
fn required<'a>(rule: &'a Value, kind: &str, key: &str) -> Result<&'a str, Answer> {
    let problem = match (rule, rule.get(key)) {
        (Value::Object(_), Some(Value::String(text))) => return Ok(text),
        (Value::Object(_), None | Some(Value::Null)) => format!("must have `{key}`"),
        (Value::Object(_), Some(_)) => format!("must have a string as `{key}`"),
        _ => "must be an object".to_owned(),
    };
    Err(errors::own_bad_request(&format!("{kind} {problem}")))
}

/// Accepts any text as the action, because ARM's enums are open, and refuses values of another type.
fn check_action(rule: &Value) -> Result<(), Answer> {
    match rule.get("action") {
        None | Some(Value::String(_) | Value::Null) => Ok(()),
        Some(_) => Err(errors::own_bad_request("a rule's `action` must be a string")),
    }
}

/// Refuses a key that no source shows in a rule. Null counts as absent: azure-cli sends it for what it leaves out.
fn check_known(rule: &Value, kind: &str, known: &[&str]) -> Result<(), Answer> {
    for (key, value) in rule.as_object().into_iter().flatten() {
        if !known.contains(&key.as_str()) && !value.is_null() {
            return Err(errors::not_established(&format!("{kind} with `{key}`")));
        }
    }
    Ok(())
}
