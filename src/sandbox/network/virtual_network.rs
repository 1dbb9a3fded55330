//! PUT, PATCH and DELETE of a virtual network.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::errors::invalid;
use super::lookup::{find, key, subnet_in};
use super::subnet::{check_idle, check_unused, deleting, started};
use super::subnet_body::replaced;
use super::{names, prefixes};
use crate::sandbox::forms::types::NETWORKS;
use crate::sandbox::forms::{network_types, normalize};
use crate::sandbox::operations::kinds::OperationEnd;
use crate::sandbox::protocol::call::Call;
use crate::sandbox::protocol::json::{fresh_etag, id, list, normalised_location, same_id, text};
use crate::sandbox::protocol::response::{Answer, Answered};
use crate::sandbox::protocol::{errors, preconditions};
use crate::sandbox::registry::fields::tags;
use crate::sandbox::resources::locations;

/// From this api-version on, a PUT without `subnets` keeps them; before, it deletes all (release notes of
/// Microsoft.Network; api-versions.md of the project cites the documentation).
const KEEPS_SUBNETS_FROM: &str = "2023-09-01";
/// Up to this api-version, answers have `enableVmProtection` (recorded at 2019-09-01, 2020-05-01 and
/// 2020-06-01, not at 2021-02-01; the versions between are inferred).
const VM_PROTECTION_TO: &str = "2020-06-01";
/// What only Azure sets.
const READ_ONLY: &[&str] = &["provisioningState", "resourceGuid", "subnets"];
/// Left out when empty (recorded: azure-powershell TestCreateWithNetworkRuleSet, 2020-10).
const DROPPED_EMPTY: &[&str] = &["ipAllocations"];

/// The network as a version shows it.
pub(crate) fn shown(network: &Value, version: &str) -> Value {
    let mut shown = network.clone();
    if let Some(properties) = shown["properties"].as_object_mut() {
        if version <= VM_PROTECTION_TO {
            properties.entry("enableVmProtection").or_insert(json!(false));
        } else {
            properties.shift_remove("enableVmProtection");
        }
    }
    shown
}

/// PUT: 201 for a new network, 200 for one that is there; both go on as an operation (recorded: azure-cli
/// test_network_vnet, 2021-05).
pub(crate) fn put(call: &mut Call<'_>, group: &str, name: &str) -> Answered {
    let body = call.request.json()?;
    let network_key = key(call.subscription, group, name);
    let old = call.store.resources.get(&network_key).cloned();
    check_idle(call, &network_key)?;
    let known = old.as_ref().map(|old| text(old, "/etag"));
    preconditions::check(call, known, &network_key)?;
    let mut made = made(call, group, name, old.as_ref(), &body)?;
    normalize::stamp(&mut made, fresh_etag());
    let status = if old.is_some() {
        StatusCode::OK
    } else {
        StatusCode::CREATED
    };
    let answer = Answer::new(status, shown(&made, call.version));
    let location = text(&made, "/location").to_owned();
    call.store.put(made);
    Ok(started(call, answer, &location, &network_key))
}

fn made(
    call: &Call<'_>,
    group: &str,
    name: &str,
    old: Option<&Value>,
    body: &Map<String, Value>,
) -> Result<Value, Answer> {
    let location = match old {
        Some(_) => normalised_location(locations::sent(body)?),
        None => {
            names::check_network(name, 64)?;
            locations::of_new(body, NETWORKS)?
        }
    };
    if old.is_some_and(|old| text(old, "/location") != location) {
        return Err(invalid("a virtual network cannot move to another location"));
    }
    let path = format!(
        "/subscriptions/{}/resourceGroups/{group}/providers/{NETWORKS}/{name}",
        call.subscription
    );
    names::check_same(body, name, &path)?;
    let mut made = json!({
        "name": old.map_or(name, |old| text(old, "/name")),
        "id": old.map_or(path.as_str(), id),
        "etag": "",
        "type": NETWORKS,
        "location": location,
    });
    if let Some(sent) = body.get("tags").filter(|tags| !tags.is_null()) {
        made["tags"] = tags(sent)?;
    }
    made["properties"] = Value::Object(properties(old, body)?);
    made["properties"]["subnets"] = subnets(call, &made, old, body)?;
    prefixes::check(&made, old)?;
    Ok(made)
}

/// In the order of recorded answers; what the sandbox does not know stays as sent.
fn properties(old: Option<&Value>, body: &Map<String, Value>) -> Result<Map<String, Value>, Answer> {
    let none = Map::new();
    let sent = body.get("properties").and_then(Value::as_object).unwrap_or(&none);
    network_types::check(sent, network_types::NETWORK)?;
    let space = sent.get("addressSpace").unwrap_or(&Value::Null);
    let sources = ["addressPrefixes", "ipamPoolPrefixAllocations"];
    if !sources.iter().any(|key| !list(space, key).is_empty()) {
        return Err(invalid(
            "a virtual network must have an `addressSpace` with `addressPrefixes`",
        ));
    }
    let guid = old.map(|old| text(old, "/properties/resourceGuid").to_owned());
    let guid = guid
        .filter(|guid| !guid.is_empty())
        .unwrap_or_else(|| Uuid::new_v4().to_string());
    let mut properties = Map::from_iter([
        ("provisioningState".to_owned(), json!("Updating")),
        ("resourceGuid".to_owned(), guid.into()),
    ]);
    let kept = sent.iter().filter(|(key, value)| {
        let dropped = DROPPED_EMPTY.contains(&key.as_str()) && **value == json!([]);
        !READ_ONLY.contains(&key.as_str()) && !value.is_null() && !dropped
    });
    properties.extend(kept.map(|(key, value)| (key.clone(), value.clone())));
    // `{}` becomes an empty list of servers; the key stays away where it was (recorded: same).
    if let Some(options) = properties.get_mut("dhcpOptions").and_then(Value::as_object_mut) {
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

/// The subnets after a PUT. A list that is sent replaces all; without one the api-version decides.
fn subnets(
    call: &Call<'_>,
    made: &Value,
    old: Option<&Value>,
    body: &Map<String, Value>,
) -> Result<Value, Answer> {
    let sent = body
        .get("properties")
        .and_then(|properties| properties.get("subnets"));
    let before = old.map_or(&[][..], |old| list(&old["properties"], "subnets"));
    if sent.is_none() && call.version >= KEEPS_SUBNETS_FROM {
        return Ok(json!(before));
    }
    let sent = match sent {
        None | Some(Value::Null) => &[][..],
        Some(Value::Array(sent)) => sent,
        Some(_) => return Err(invalid("`subnets` must be a list")),
    };
    let subnets = sent.iter().map(|subnet| one(call, made, old, subnet));
    let subnets = subnets.collect::<Result<Vec<_>, _>>()?;
    let mut names = BTreeSet::new();
    if !subnets
        .iter()
        .all(|subnet| names.insert(id(subnet).to_ascii_lowercase()))
    {
        return Err(invalid("a virtual network cannot have two subnets of one name"));
    }
    let stays = |known: &&Value| subnets.iter().any(|subnet| same_id(id(subnet), id(known)));
    before
        .iter()
        .filter(|known| !stays(known))
        .try_for_each(check_unused)?;
    Ok(Value::Array(subnets))
}

fn one(call: &Call<'_>, made: &Value, old: Option<&Value>, sent: &Value) -> Result<Value, Answer> {
    let name = text(sent, "/name");
    let Some(body) = sent.as_object().filter(|_| !name.is_empty()) else {
        return Err(invalid("a subnet of a virtual network must have a `name`"));
    };
    let known = old.and_then(|old| subnet_in(old, name));
    let mut subnet = replaced(call.version, made, known, name, body)?;
    // What uses the subnet is still there.
    for key in ["ipConfigurations", "privateEndpoints", "serviceAssociationLinks"] {
        if let Some(value) = known.and_then(|known| known["properties"].get(key)) {
            subnet["properties"][key] = value.clone();
        }
    }
    Ok(subnet)
}

/// PATCH changes tags, at once (specification: Update Tags).
pub(crate) fn patch(call: &mut Call<'_>, group: &str, name: &str) -> Answered {
    let mut network = find(call, group, name)?.clone();
    let body = call.request.json()?;
    check_idle(call, &key(call.subscription, group, name))?;
    if let Some(other) = body.keys().find(|key| *key != "tags") {
        return Err(errors::not_established(&format!(
            "a PATCH of a virtual network with `{other}`"
        )));
    }
    network["tags"] = tags(body.get("tags").unwrap_or(&json!({})))?;
    normalize::stamp(&mut network, fresh_etag());
    let answer = Answer::ok(shown(&network, call.version)).with("etag", text(&network, "/etag"));
    call.store.put(network);
    Ok(answer)
}

/// DELETE: 202 with both headers; 204 where there is none (recorded: azure-cli test_network_vnet, 2021-05).
pub(crate) fn delete(call: &mut Call<'_>, group: &str, name: &str) -> Answered {
    let Ok(network) = find(call, group, name) else {
        preconditions::check(call, None, "")?;
        return Ok(Answer::empty(StatusCode::NO_CONTENT));
    };
    let mut network = network.clone();
    let network_key = key(call.subscription, group, name);
    check_idle(call, &network_key)?;
    preconditions::check(call, Some(text(&network, "/etag")), id(&network))?;
    list(&network["properties"], "subnets")
        .iter()
        .try_for_each(check_unused)?;
    network["properties"]["provisioningState"] = "Deleting".into();
    let location = text(&network, "/location").to_owned();
    call.store.put(network);
    Ok(deleting(call, &location, &network_key, OperationEnd::Remove))
}
