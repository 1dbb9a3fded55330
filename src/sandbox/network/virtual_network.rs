//! PUT, PATCH and DELETE of a virtual network.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::errors::{differs, invalid};
use super::lookup::{find, key, subnet_in};
use super::subnet::{check_idle, check_unused, deleting, notifies, started};
use super::subnet_body::{add_sent, replaced};
use super::{names, prefixes};
use crate::sandbox::forms::json_type::{check_known, check_object};
use crate::sandbox::forms::network_types::{NETWORK, NETWORK_TOP};
use crate::sandbox::forms::normalize;
use crate::sandbox::forms::types::NETWORKS;
use crate::sandbox::operations::kinds::OperationEnd;
use crate::sandbox::protocol::call::Call;
use crate::sandbox::protocol::json::{
    fresh_etag, id, list, normalised_location, present, same_id, text,
};
use crate::sandbox::protocol::path::PathValues;
use crate::sandbox::protocol::response::{Answer, Answered};
use crate::sandbox::protocol::{echo, errors, preconditions};
use crate::sandbox::registry::fields::tags;
use crate::sandbox::resources::locations;

/// First api-version at which a PUT without `subnets` keeps them. Before, it deletes all (release notes of
/// Microsoft.Network).
const KEEPS_SUBNETS_FROM: &str = "2023-09-01";
/// Last api-version whose answers have `enableVmProtection` (recorded at 2019-09-01, 2020-05-01 and
/// 2020-06-01, not at 2021-02-01; the versions between are inferred).
const VM_PROTECTION_TO: &str = "2020-06-01";
/// First api-version at which the creation and the deletion of a network have the header `azure-asyncnotification`
/// (recorded: azure-powershell TestCreateWithNetworkRuleSet, 2020-10; absent at 2019-09-01). A change of a network has
/// it later, with all other writes.
const NOTIFIES_FROM: &str = "2020-06-01";
/// First api-version whose answers have `privateEndpointVNetPolicies` (recorded: azure-cli
/// test_network_vnet_list_available_ips, 2025-06).
const ENDPOINT_POLICIES_FROM: &str = "2024-05-01";
/// Properties that a body cannot set.
const READ_ONLY: &[&str] = &["provisioningState", "resourceGuid", "subnets"];
/// Lists that Azure leaves out when they are empty (recorded: azure-powershell TestCreateWithNetworkRuleSet, 2020-10).
const DROPPED_EMPTY: &[&str] = &["ipAllocations"];

/// Returns the network as a version shows it.
pub(crate) fn shown(network: &Value, version: &str) -> Value {
    let mut shown = network.clone();
    if let Some(properties) = shown["properties"].as_object_mut() {
        if version <= VM_PROTECTION_TO {
            properties.entry("enableVmProtection").or_insert(json!(false));
        } else {
            properties.shift_remove("enableVmProtection");
        }
        if version >= ENDPOINT_POLICIES_FROM {
            properties
                .entry("privateEndpointVNetPolicies")
                .or_insert("Disabled".into());
        } else {
            properties.shift_remove("privateEndpointVNetPolicies");
        }
    }
    shown
}

/// Answers a PUT: 201 for a new network, 200 for an existing one. Both begin an operation (recorded: azure-cli
/// test_network_vnet, 2021-05).
pub(crate) fn put(call: &mut Call<'_>, at: &PathValues<'_>) -> Answered {
    let (group, name) = (at.get("group"), at.get("network"));
    let body = call.request.json()?;
    let network_key = key(call.subscription, group, name);
    let old = call.store.resources.get(&network_key).cloned();
    check_idle(call, &network_key)?;
    let (status, etag) = match &old {
        Some(old) => (StatusCode::OK, Some(text(old, "/etag"))),
        None => (StatusCode::CREATED, None),
    };
    preconditions::check(call, etag, &network_key)?;
    let mut made = made(call, group, name, old.as_ref(), &body)?;
    normalize::stamp(&mut made, fresh_etag());
    let answer = Answer::new(status, shown(&made, call.version));
    let location = text(&made, "/location").to_owned();
    call.store.put(made);
    call.store.remove_below_lost_subnets(&network_key);
    let answer = started(call, answer, &location, &network_key);
    if old.is_some() {
        return Ok(answer);
    }
    Ok(notifies(call, answer, NOTIFIES_FROM))
}

/// Returns the network after a PUT: `Updating`, with an empty ETag.
fn made(
    call: &Call<'_>,
    group: &str,
    name: &str,
    old: Option<&Value>,
    body: &Map<String, Value>,
) -> Result<Value, Answer> {
    let location = match old {
        Some(old) => {
            let location = normalised_location(locations::sent(body)?);
            if location != text(old, "/location") {
                return Err(invalid("a virtual network cannot move to another location"));
            }
            location
        }
        None => {
            names::check_network(name, 64)?;
            locations::of_new(body, NETWORKS)?
        }
    };
    let path = format!(
        "/subscriptions/{}/resourceGroups/{group}/providers/{NETWORKS}/{name}",
        call.subscription
    );
    check_object(body, NETWORK_TOP, "").map_err(differs)?;
    echo::check_same(body, name, &path, NETWORKS)?;
    // An existing network keeps the case of its name and id.
    let (name, id) = match old {
        Some(old) => (text(old, "/name"), id(old)),
        None => (name, path.as_str()),
    };
    let mut made = json!({
        "name": name,
        "id": id,
        "etag": "",
        "type": NETWORKS,
        "location": location,
    });
    if let Some(sent) = present(body, "tags") {
        made["tags"] = tags(sent)?;
    }
    made["properties"] = Value::Object(properties(old, body)?);
    made["properties"]["subnets"] = subnets(call, &made, old, body)?;
    // Subnets must fit into the new address space.
    prefixes::check(&made, old)?;
    Ok(made)
}

/// Returns the properties without `subnets`, in the order of recorded answers. Unknown ones are kept as sent.
fn properties(old: Option<&Value>, body: &Map<String, Value>) -> Result<Map<String, Value>, Answer> {
    let none = Map::new();
    let sent = match body.get("properties") {
        Some(Value::Object(sent)) => sent,
        _ => &none,
    };
    check_known(sent, NETWORK, "properties.").map_err(differs)?;
    check_peerings(old, sent)?;
    let space = sent.get("addressSpace").unwrap_or(&Value::Null);
    let empty = list(space, "addressPrefixes").is_empty();
    if empty && !list(space, "ipamPoolPrefixAllocations").is_empty() {
        return Err(errors::not_established(
            "the prefixes that an address pool gives to a virtual network",
        ));
    }
    if empty {
        return Err(invalid(
            "a virtual network must have an `addressSpace` with `addressPrefixes`",
        ));
    }
    // The GUID belongs to the network and stays.
    let guid = match old {
        Some(old) if !text(old, "/properties/resourceGuid").is_empty() => {
            text(old, "/properties/resourceGuid").to_owned()
        }
        _ => Uuid::new_v4().to_string(),
    };
    let mut properties = Map::from_iter([
        ("provisioningState".to_owned(), json!("Updating")),
        ("resourceGuid".to_owned(), guid.into()),
    ]);
    add_sent(&mut properties, sent, READ_ONLY, DROPPED_EMPTY);
    // `{}` becomes an empty list of servers. An absent key stays absent (recorded: same).
    if let Some(Value::Object(options)) = properties.get_mut("dhcpOptions") {
        options.entry("dnsServers").or_insert(json!([]));
    }
    for (key, value) in [
        ("subnets", json!([])),
        ("virtualNetworkPeerings", json!([])),
        ("enableDdosProtection", json!(false)),
    ] {
        properties.entry(key).or_insert(value);
    }
    Ok(properties)
}

/// Refuses peerings that the network does not have, and a body that leaves out those that it has. A peering is a resource
/// of its own, which the sandbox does not serve.
fn check_peerings(old: Option<&Value>, sent: &Map<String, Value>) -> Result<(), Answer> {
    let stored = match old {
        Some(old) => list(&old["properties"], "virtualNetworkPeerings"),
        None => &[],
    };
    let sent = match sent.get("virtualNetworkPeerings") {
        Some(Value::Array(sent)) => sent.as_slice(),
        _ => &[],
    };
    if sent == stored {
        return Ok(());
    }
    Err(errors::not_established(
        "a PUT of a virtual network with other `virtualNetworkPeerings` than it has",
    ))
}

/// Returns the subnets after a PUT. A list that is sent replaces all; without one the api-version decides.
fn subnets(
    call: &Call<'_>,
    made: &Value,
    old: Option<&Value>,
    body: &Map<String, Value>,
) -> Result<Value, Answer> {
    let sent = match body.get("properties") {
        Some(properties) => properties.get("subnets"),
        None => None,
    };
    let before = match old {
        Some(old) => list(&old["properties"], "subnets"),
        None => &[],
    };
    let sent = match sent {
        None if call.version >= KEEPS_SUBNETS_FROM => return Ok(json!(before)),
        None | Some(Value::Null) => &[][..],
        Some(Value::Array(sent)) => sent,
        Some(_) => return Err(invalid("`subnets` must be a list")),
    };
    let mut subnets = Vec::with_capacity(sent.len());
    for (position, subnet) in sent.iter().enumerate() {
        let at = format!("properties.subnets[{position}].");
        subnets.push(subnet_of_list(call, made, old, subnet, &at)?);
    }
    // Names are compared without case.
    let mut ids = BTreeSet::new();
    for subnet in &subnets {
        if !ids.insert(id(subnet).to_ascii_lowercase()) {
            return Err(invalid("a virtual network cannot have two subnets of one name"));
        }
    }
    // A subnet that is missing from the list is deleted, so it must be unused.
    for known in before {
        if !subnets.iter().any(|subnet| same_id(id(subnet), id(known))) {
            check_unused(known)?;
        }
    }
    Ok(Value::Array(subnets))
}

/// Returns one subnet of the list that a PUT sends.
fn subnet_of_list(
    call: &Call<'_>,
    made: &Value,
    old: Option<&Value>,
    sent: &Value,
    at: &str,
) -> Result<Value, Answer> {
    let name = text(sent, "/name");
    let body = match sent {
        Value::Object(body) if !name.is_empty() => body,
        _ => return Err(invalid("a subnet of a virtual network must have a `name`")),
    };
    let known = old.and_then(|old| subnet_in(old, name));
    replaced(call.version, made, known, name, body, at)
}

/// Answers a PATCH, which changes tags at once (specification: Update Tags).
pub(crate) fn patch(call: &mut Call<'_>, at: &PathValues<'_>) -> Answered {
    let (group, name) = (at.get("group"), at.get("network"));
    let mut network = find(call, group, name)?.clone();
    let body = call.request.json()?;
    check_idle(call, &key(call.subscription, group, name))?;
    if let Some(other) = body.keys().find(|key| *key != "tags") {
        return Err(errors::not_established(&format!(
            "a PATCH of a virtual network with `{other}`"
        )));
    }
    let Some(sent) = present(&body, "tags") else {
        return Err(errors::not_established(
            "a PATCH of a virtual network without `tags`",
        ));
    };
    network["tags"] = tags(sent)?;
    normalize::stamp(&mut network, fresh_etag());
    let answer = Answer::ok(shown(&network, call.version)).with("etag", text(&network, "/etag"));
    call.store.put(network);
    Ok(answer)
}

/// Answers a DELETE: 202 with both headers, or 204 if there is no such network (recorded: azure-cli test_network_vnet,
/// 2021-05).
pub(crate) fn delete(call: &mut Call<'_>, at: &PathValues<'_>) -> Answered {
    let (group, name) = (at.get("group"), at.get("network"));
    let Ok(network) = find(call, group, name) else {
        preconditions::check(call, None, "")?;
        return Ok(Answer::empty(StatusCode::NO_CONTENT));
    };
    let mut network = network.clone();
    let network_key = key(call.subscription, group, name);
    check_idle(call, &network_key)?;
    preconditions::check(call, Some(text(&network, "/etag")), id(&network))?;
    for subnet in list(&network["properties"], "subnets") {
        check_unused(subnet)?;
    }
    network["properties"]["provisioningState"] = "Deleting".into();
    let location = text(&network, "/location").to_owned();
    call.store.put(network);
    let answer = deleting(call, &location, &network_key, OperationEnd::Remove);
    Ok(notifies(call, answer, NOTIFIES_FROM))
}
