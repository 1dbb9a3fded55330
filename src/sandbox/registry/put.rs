//! PUT of a registry: creation, or replacement of an existing one.

use axum::http::StatusCode;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::fields::{created_by, is_name, is_reserved};
use super::lookup::{find, named, row};
use super::projection::{project, subnet_key};
use super::write::operate;
use super::{cross_checks, merge, sku};
use crate::model::RegistryId;
use crate::sandbox::forms::api_versions::{Row, SubnetRules};
use crate::sandbox::forms::defaults;
use crate::sandbox::forms::types::REGISTRIES;
use crate::sandbox::governance;
use crate::sandbox::governance::conditions::Completion;
use crate::sandbox::protocol::call::Call;
use crate::sandbox::protocol::json::{
    is, known_word, list, normalised_location, present, text, text_under, timestamp,
};
use crate::sandbox::protocol::path::PathValues;
use crate::sandbox::protocol::response::{Answer, Answered};
use crate::sandbox::protocol::{errors, preconditions};
use crate::sandbox::resources::locations;

/// Answers a PUT: 201 with an operation, or 200 at once. Both are recorded.
pub(crate) fn put(call: &mut Call<'_>, at: &PathValues<'_>) -> Answered {
    let (group, name, row) = (at.get("group"), at.get("registry"), row(call)?);
    let body = call.request.json()?;
    let old = find(call, group, name).ok().cloned();
    preconditions::check_new(call, old.is_some())?;
    // The registry without the properties of the body: a new one, with the parts that a replacement keeps.
    let base = match &old {
        Some(old) => {
            check_replaceable(call, row, old, &body)?;
            replaced(fresh(call, group, name, &body)?, old)
        }
        None => {
            check_name(call, name)?;
            fresh(call, group, name, &body)?
        }
    };
    // `fresh` has set the SKU already.
    let mut wanted = body.clone();
    wanted.shift_remove("sku");
    let made = merge::merge(call, &base, row, &mergeable(&wanted, row)?)?;
    let made = at_creation(governance::apply_policies(call, made)?, &wanted)?;
    let at_once = call.completes(call.options.conditions.creation) == Completion::AtOnce;
    match old {
        // A creation with encryption is always an operation.
        None if at_once && !is_encrypted(&made) => at_once_with(call, made, row),
        None => {
            // Identity and encryption show when the operation has ended.
            let mut initial = made.clone();
            initial["properties"]["encryption"] = json!({"status": "disabled"});
            if let Some(map) = initial.as_object_mut() {
                map.shift_remove("identity");
            }
            operate(call, initial, made, "Creating", row)
        }
        Some(_) if at_once => at_once_with(call, made, row),
        Some(_) => operate(call, made.clone(), made, "Updating", row),
    }
}

fn at_once_with(call: &mut Call<'_>, made: Value, row: &Row) -> Answered {
    let shown = project(&made, row, call.options)?;
    call.store.put(made);
    Ok(Answer::ok(shown))
}

/// Refuses a PUT over a registry if its effect is not recorded.
///
/// A PUT replaces the registry: a setting that the body leaves out is the default again (recorded: azure-cli
/// test_acr_export_policy, 2022-06, where exports come back). No recording has `identity`, `encryption`, or another SKU
/// or location, nor tags or network rules that the body leaves out.
fn check_replaceable(
    call: &Call<'_>,
    row: &Row,
    old: &Value,
    body: &Map<String, Value>,
) -> Result<(), Answer> {
    merge::check_idle(old)?;
    let sent = body.get("properties").unwrap_or(&Value::Null);
    let location = text_under(body, "location");
    let sku = body.get("sku").map_or("", |sku| text(sku, "/name"));
    let open = [
        (
            "network rules, unless the body has the whole rule set",
            leaves_rules_open(call, row, old, sent),
        ),
        ("an identity", old.get("identity").is_some()),
        ("encryption", is_encrypted(old)),
        ("tags", old["tags"] != json!({}) && !body.contains_key("tags")),
        (
            "another SKU",
            !sku.is_empty() && !text(old, "/sku/name").eq_ignore_ascii_case(sku),
        ),
        (
            "another location",
            normalised_location(location) != text(old, "/location"),
        ),
    ];
    for (what, holds) in open {
        if holds {
            return Err(errors::not_established(&format!(
                "a PUT over an existing registry with {what}"
            )));
        }
    }
    Ok(())
}

/// Returns true if a PUT over a registry with network rules does not say what becomes of each list.
///
/// A body with all of them is taken (Azure/bicep-registry-modules deploys its test `max` twice, with an IP rule). No source
/// shows what becomes of a list that the body leaves out or that the api-version hides.
fn leaves_rules_open(call: &Call<'_>, row: &Row, old: &Value, sent: &Value) -> bool {
    let set = &old["properties"]["networkRuleSet"];
    let subnets = !list(set, "virtualNetworkRules").is_empty();
    let body = &sent["networkRuleSet"];
    if !subnets && list(set, "ipRules").is_empty() {
        // `Deny` restricts the network without any rule.
        return text(set, "/defaultAction") == "Deny" && body.is_null();
    }
    let hides = row.rules == SubnetRules::WritesIgnored || subnet_key(row, call.options).is_none();
    let whole = body["defaultAction"].is_string()
        && body["ipRules"].is_array()
        && (hides || body["virtualNetworkRules"].is_array());
    !whole || hides && subnets
}

/// Copies into `fresh` the parts of a registry that a PUT over it keeps: its names, when and by whom it was made, and
/// its private endpoint connections.
fn replaced(mut fresh: Value, old: &Value) -> Value {
    fresh["id"] = old["id"].clone();
    fresh["name"] = old["name"].clone();
    for key in ["createdBy", "createdByType", "createdAt"] {
        fresh["systemData"][key] = old["systemData"][key].clone();
    }
    for key in [
        "loginServer",
        "creationDate",
        "privateEndpointConnections",
        "zoneRedundancy",
    ] {
        fresh["properties"][key] = old["properties"][key].clone();
    }
    fresh
}

/// Refuses an invalid name, a reserved one, and one that another registry has: names are global and have 5 to 50 letters and digits
/// (container-registry-skus). Azure's text is not known for the first and the last.
fn check_name(call: &Call<'_>, name: &str) -> Result<(), Answer> {
    if !is_name(name) {
        return Err(errors::own_bad_request(
            "a registry name has 5 to 50 letters and digits",
        ));
    }
    if is_reserved(name) {
        // Code and text are documented for resources of any type; status and envelope are not known.
        let message =
            format!("The resource name {name} or a part of the name is a trademarked or reserved word.");
        return Err(errors::gateway(
            StatusCode::BAD_REQUEST,
            "ReservedResourceName",
            &message,
        ));
    }
    if named(call, name).is_some() {
        let message = format!(
            "ringfence sandbox: the registry {name} is already in use (Azure's text is not known)"
        );
        return Err(errors::registry(StatusCode::CONFLICT, "AlreadyInUse", &message));
    }
    Ok(())
}

/// Returns a new registry with the body's SKU and location, and the default of each property.
fn fresh(call: &Call<'_>, group: &str, name: &str, body: &Map<String, Value>) -> Result<Value, Answer> {
    let exists = find(call, group, name).is_ok();
    // The location of an existing registry has been compared with the stored one already.
    let location = if exists {
        normalised_location(locations::sent(body)?)
    } else {
        locations::of_new(body, REGISTRIES)?
    };
    let id = RegistryId::new(call.subscription, group, name)
        .map_err(|error| errors::own_bad_request(&error.to_string()))?;
    let mut fresh = defaults::registry(&id);
    fresh["location"] = location.into();
    sku::begin(&mut fresh, body.get("sku").unwrap_or(&Value::Null))?;
    // The defaults have the times of their recording.
    let now = timestamp(Timestamp::now());
    fresh["systemData"] = created_by(call.caller, &now);
    let properties = &mut fresh["properties"];
    properties["creationDate"] = now.replace("+00:00", "Z").into();
    for policy in ["retentionPolicy", "softDeletePolicy"] {
        properties["policies"][policy]["lastUpdatedTime"] = now.clone().into();
    }
    Ok(fresh)
}

/// Returns the body as the merge of a PATCH accepts it: without null properties, which azure-cli sends for keys that a
/// version does not have.
fn mergeable(body: &Map<String, Value>, row: &Row) -> Result<Map<String, Value>, Answer> {
    let mut body = body.clone();
    let Some(properties) = body.get_mut("properties").and_then(Value::as_object_mut) else {
        return Ok(body);
    };
    if let Some(scope) = present(properties, "autoGeneratedDomainNameLabelScope")
        && !is(scope, "", "Unsecure")
    {
        return Err(errors::not_established(
            "the login server of another label scope than Unsecure",
        ));
    }
    properties.retain(|_, value| !value.is_null());
    if properties.contains_key("encryption")
        && !row.version.contains("preview")
        && row.version < "2021-09-01"
    {
        return Err(errors::not_established("`encryption` at this api-version"));
    }
    Ok(body)
}

/// Sets the property that only a creation accepts: `zoneRedundancy` (recorded: azure-cli
/// test_acr_with_zone_redundancy, 2021-08).
fn at_creation(mut made: Value, body: &Map<String, Value>) -> Result<Value, Answer> {
    let sent = match body.get("properties") {
        Some(Value::Object(properties)) => present(properties, "zoneRedundancy"),
        _ => None,
    };
    let Some(sent) = sent else {
        return Ok(made);
    };
    let Some(chosen) = known_word(&["Enabled", "Disabled"], text(sent, "")) else {
        return Err(errors::own_bad_request(
            "`zoneRedundancy` must be Enabled or Disabled",
        ));
    };
    if chosen == "Enabled" {
        made["properties"]["zoneRedundancy"] = chosen.into();
    }
    let sent = Map::from_iter([("zoneRedundancy".to_owned(), chosen.into())]);
    // The merge does not set this property, so its SKU is checked here.
    cross_checks::check_sku(&made, &sent, false)?;
    Ok(made)
}

fn is_encrypted(registry: &Value) -> bool {
    is(registry, "/properties/encryption/status", "enabled")
}
