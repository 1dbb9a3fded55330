//! PUT of a registry: creation, and replacement of one that is there.

use axum::http::StatusCode;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::fields::{created_by, is_name};
use super::lookup::{find, named};
use super::projection::project;
use super::write::operate;
use super::{cross_checks, merge, sku};
use crate::model::RegistryId;
use crate::sandbox::forms::api_versions::Row;
use crate::sandbox::forms::defaults;
use crate::sandbox::forms::types::REGISTRIES;
use crate::sandbox::governance;
use crate::sandbox::governance::conditions::Completion;
use crate::sandbox::protocol::call::Call;
use crate::sandbox::protocol::json::{normalised_location, text, timestamp};
use crate::sandbox::protocol::response::{Answer, Answered};
use crate::sandbox::protocol::{errors, preconditions};
use crate::sandbox::resources::locations;

/// PUT: 201 with an operation, or 200 at once; both recorded.
pub(crate) fn put(call: &mut Call<'_>, group: &str, name: &str, row: &Row) -> Answered {
    let body = call.request.json()?;
    let old = find(call, group, name).ok().cloned();
    preconditions::check_new(call, old.is_some())?;
    match &old {
        Some(old) => check_replaceable(old, &body)?,
        None => check_name(call, name)?,
    }
    let fresh = fresh(call, group, name, &body)?;
    let base = old
        .as_ref()
        .map_or(fresh.clone(), |old| replaced(fresh.clone(), old));
    let mut wanted = body.clone();
    wanted.shift_remove("sku");
    let made = merge::merge(call, &base, row, &created_with(&wanted, row)?)?;
    let made = at_creation(governance::apply_policies(call, made)?, &wanted)?;
    let at_once = call.options.conditions.creation == Completion::AtOnce;
    match old {
        None if at_once && !is_encrypted(&made) => at_once_with(call, made, row),
        None => {
            let mut initial = made.clone();
            initial["properties"]["encryption"] = json!({"status": "disabled"});
            drop(
                initial
                    .as_object_mut()
                    .and_then(|map| map.shift_remove("identity")),
            );
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

/// A PUT over a registry replaces it: a setting that the body leaves out is the default again (recorded:
/// azure-cli test_acr_export_policy, 2022-06, where exports come back). What becomes of network rules,
/// `identity`, `encryption`, tags, SKU and place is not recorded, so there they must stay as they are.
fn check_replaceable(old: &Value, body: &Map<String, Value>) -> Result<(), Answer> {
    merge::check_idle(old)?;
    let sent = body.get("properties").unwrap_or(&Value::Null);
    let set = &old["properties"]["networkRuleSet"];
    let rules = ["ipRules", "virtualNetworkRules"]
        .iter()
        .any(|list| set[*list] != json!([]) && !set[*list].is_null());
    let location = body.get("location").and_then(Value::as_str).unwrap_or_default();
    let sku = body.get("sku").map_or("", |sku| text(sku, "/name"));
    let open = [
        (
            "network rules",
            rules || text(set, "/defaultAction") == "Deny" && sent.get("networkRuleSet").is_none(),
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
    let found = open.iter().find(|(_, holds)| *holds);
    found.map_or(Ok(()), |(what, _)| {
        Err(errors::not_established(&format!(
            "a PUT over an existing registry with {what}"
        )))
    })
}

/// What a PUT over a registry leaves: when it was made, by whom, and its private endpoint connections.
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

/// Names are global and of 5 to 50 letters and digits (container-registry-skus). Both texts are open.
fn check_name(call: &Call<'_>, name: &str) -> Result<(), Answer> {
    if !is_name(name) {
        return Err(errors::own_bad_request(
            "a registry name has 5 to 50 letters and digits",
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

/// The registry before the body's properties: SKU, place and defaults.
fn fresh(call: &Call<'_>, group: &str, name: &str, body: &Map<String, Value>) -> Result<Value, Answer> {
    let known = find(call, group, name).is_ok();
    let location = if known {
        normalised_location(locations::sent(body)?)
    } else {
        locations::of_new(body, REGISTRIES)?
    };
    let id = RegistryId::new(call.subscription, group, name)
        .map_err(|error| errors::own_bad_request(&error.to_string()))?;
    let mut fresh = defaults::registry(&id);
    fresh["location"] = location.into();
    sku::begin(&mut fresh, body.get("sku").unwrap_or(&Value::Null))?;
    let now = timestamp(Timestamp::now());
    fresh["systemData"] = created_by(call.caller, &now);
    let properties = &mut fresh["properties"];
    properties["creationDate"] = now.replace("+00:00", "Z").into();
    for policy in ["retentionPolicy", "softDeletePolicy"] {
        properties["policies"][policy]["lastUpdatedTime"] = now.clone().into();
    }
    Ok(fresh)
}

/// The body without what only a creation takes, and without the label scope that is the default.
fn created_with(body: &Map<String, Value>, row: &Row) -> Result<Map<String, Value>, Answer> {
    let mut body = body.clone();
    let Some(properties) = body.get_mut("properties").and_then(Value::as_object_mut) else {
        return Ok(body);
    };
    let scope = properties
        .get("autoGeneratedDomainNameLabelScope")
        .filter(|scope| !scope.is_null());
    let is_default = |scope: &Value| {
        let scope = scope.as_str().unwrap_or_default();
        scope.eq_ignore_ascii_case("Unsecure")
    };
    if !scope.is_none_or(is_default) {
        return Err(errors::not_established(
            "the login server of another label scope than Unsecure",
        ));
    }
    // azure-cli sends keys that a version does not have yet as null.
    properties.retain(|_, value| !value.is_null());
    if properties.contains_key("encryption")
        && !row.version.contains("preview")
        && row.version < "2021-09-01"
    {
        return Err(errors::not_established("`encryption` at this api-version"));
    }
    Ok(body)
}

/// `zoneRedundancy` can be chosen at creation only (recorded: azure-cli test_acr_with_zone_redundancy, 2021-08).
fn at_creation(mut made: Value, body: &Map<String, Value>) -> Result<Value, Answer> {
    let sent = body
        .get("properties")
        .and_then(|properties| properties.get("zoneRedundancy"));
    let Some(sent) = sent.filter(|sent| !sent.is_null()) else {
        return Ok(made);
    };
    let known = ["Enabled", "Disabled"].into_iter();
    let mut known =
        known.filter(|known| sent.as_str().is_some_and(|sent| sent.eq_ignore_ascii_case(known)));
    let Some(chosen) = known.next() else {
        return Err(errors::own_bad_request(
            "`zoneRedundancy` must be Enabled or Disabled",
        ));
    };
    if chosen == "Enabled" {
        made["properties"]["zoneRedundancy"] = chosen.into();
    }
    let sent = Map::from_iter([("zoneRedundancy".to_owned(), chosen.into())]);
    cross_checks::check_sku(&made, &sent, false)?;
    Ok(made)
}

fn is_encrypted(registry: &Value) -> bool {
    text(registry, "/properties/encryption/status").eq_ignore_ascii_case("enabled")
}
