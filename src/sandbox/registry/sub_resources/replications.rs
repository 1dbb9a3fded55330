//! Replications of a Premium registry.
//!
//! The first replication adds one for the home region too: a registry that was never replicated lists none (recorded:
//! azure-cli test_acr_with_dedicated_data_endpoints, 2021-05).

use axum::http::StatusCode;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::sandbox::forms::api_versions::{self, ROWS, Row, SYSTEM_DATA, Shown};
use crate::sandbox::forms::defaults;
use crate::sandbox::forms::json_type::check_object;
use crate::sandbox::forms::registry_types::REPLICATION;
use crate::sandbox::forms::types::REPLICATIONS;
use crate::sandbox::operations::kinds::OperationEnd;
use crate::sandbox::protocol::call::Call;
use crate::sandbox::protocol::echo;
use crate::sandbox::protocol::errors;
use crate::sandbox::protocol::json::{id, is, normalised_location, present, text, timestamp};
use crate::sandbox::protocol::path::PathValues;
use crate::sandbox::protocol::response::{Answer, Answered};
use crate::sandbox::registry::fields::{created_by, differs, host_names, is_name, tags};
use crate::sandbox::registry::lookup::registry_of;
use crate::sandbox::resources::locations;
use crate::sandbox::state::store::Store;

/// Oldest version in the header of a list (recorded: same as [`list`]).
const LISTED_FROM: &str = "2020-11-01-preview";
/// Versions that replications have and registries lack (recorded: azure-powershell New-AzContainerRegistryReplication,
/// 2025-09, and azure-service-operator Test_ContainerRegistry_Registry_20230701_CRUD, 2025-11).
const OWN_VERSIONS: &[&str] = &["2024-01-01-preview", "2025-09-01-preview"];

/// Returns the api-versions of replications, oldest first.
fn versions() -> Vec<&'static str> {
    let mut versions = OWN_VERSIONS.to_vec();
    for row in ROWS {
        versions.push(row.version);
    }
    versions.sort_unstable();
    versions
}

/// Refuses an api-version that has no replications.
pub(crate) fn check_version(call: &Call<'_>) -> Result<(), Answer> {
    let mut versions = versions();
    versions.reverse();
    call.offered(REPLICATIONS, &versions)
}

/// Returns the table row of the request's version. A version of replications alone has the row before it (inferred).
fn row(call: &Call<'_>) -> Result<&'static Row, Answer> {
    let row = api_versions::newest_until(&call.version.to_ascii_lowercase());
    row.ok_or_else(|| errors::internal("the version matrix begins later"))
}

/// Returns the value of `api-supported-versions` in answers that name all (recorded: same as [`list`]).
fn listed_versions() -> String {
    let mut versions = versions();
    versions.retain(|version| *version >= LISTED_FROM);
    versions.join(", ")
}

fn key(registry: &Value, region: &str) -> String {
    format!("{}/replications/{region}", id(registry)).to_ascii_lowercase()
}

/// Answers the list. Its headers name every supported version, and that ARM asked a region (recorded: azure-cli
/// test_acr_create_with_regional_endpoints_enabled, 2026-04).
pub(crate) fn list(call: &mut Call<'_>, at: &PathValues<'_>) -> Answered {
    let (registry, row) = (registry_of(call, at)?, row(call)?);
    let below = key(&registry, "");
    let found = call.store.under(&below);
    let found: Vec<Value> = found.map(|(_, replication)| shown(replication, row)).collect();
    Ok(Answer::ok(json!({ "value": found }))
        .with("api-supported-versions", &listed_versions())
        .with("x-ms-original-request-ids", ""))
}

/// Answers one replication.
pub(crate) fn get(call: &mut Call<'_>, at: &PathValues<'_>) -> Answered {
    let registry = registry_of(call, at)?;
    let found = read(call, &registry, at.get("group"), at.get("replication"))?;
    Ok(Answer::ok(shown(found, row(call)?)))
}

/// Refuses a write to a replication whose last write is not done. No source has the answer.
fn check_idle(replication: &Value) -> Result<(), Answer> {
    let state = text(replication, "/properties/provisioningState");
    if ["Creating", "Updating", "Deleting"].contains(&state) {
        return Err(errors::not_established(&format!(
            "a write to a replication in the state `{state}`"
        )));
    }
    Ok(())
}

fn read<'a>(
    call: &'a Call<'_>,
    registry: &Value,
    group: &str,
    region: &str,
) -> Result<&'a Value, Answer> {
    let found = call.store.resources.get(&key(registry, region));
    let name = format!("{}/replications/{region}", text(registry, "/name"));
    found.ok_or_else(|| {
        errors::resource_not_found("Microsoft.ContainerRegistry/registries", &name, group)
    })
}

/// Returns the replication as a version shows it.
fn shown(replication: &Value, row: &Row) -> Value {
    let mut shown = replication.clone();
    if !row.shows(SYSTEM_DATA)
        && let Some(top) = shown.as_object_mut()
    {
        top.shift_remove("systemData");
    }
    if let Some(properties) = shown["properties"].as_object_mut() {
        if !row.shows(Shown::Column("ZR")) {
            properties.shift_remove("zoneRedundancy");
        }
        if row.version < "2019-12-01-preview" {
            properties.shift_remove("regionEndpointEnabled");
        }
    }
    shown
}

/// Answers a PUT: 201 `Creating`, with a status that has no display text yet (recorded: azure-cli
/// test_acr_create_replication, 2021-05).
pub(crate) fn put(call: &mut Call<'_>, at: &PathValues<'_>) -> Answered {
    let (registry, region, row) = (&registry_of(call, at)?, at.get("replication"), row(call)?);
    let body = call.request.json()?;
    let location = locations::of_new(&body, REPLICATIONS)?;
    check_new(call, registry, region, &location)?;
    let caller = created_by(call.caller, &timestamp(Timestamp::now()));
    let mut done = fresh(registry, region, &location, caller);
    merge(&mut done, &body, true)?;
    // The first replication brings that of the home region with it.
    let home = text(registry, "/location");
    if !has_region(call.store, registry, home) {
        let service = "00000000-0000-0000-0000-000000000000";
        let service = created_by(service, &timestamp(Timestamp::now()));
        call.store.put(fresh(registry, home, home, service));
    }
    let mut initial = done.clone();
    // Until it is ready, the status has a time only.
    initial["properties"]["status"] = json!({"timestamp": now()});
    let answer = operate(call, initial, done, "Creating", row);
    Ok(answer.with("api-supported-versions", &listed_versions()))
}

/// Returns true if a replication of the registry is in `region`, whatever its name.
fn has_region(store: &Store, registry: &Value, region: &str) -> bool {
    let below = key(registry, "");
    let mut found = store.under(&below);
    found.any(|(_, replication)| is(replication, "/location", region))
}

/// Returns the number of replications, the home region's included.
pub(crate) fn count(store: &Store, registry: &Value) -> usize {
    let below = key(registry, "");
    store.under(&below).count()
}

/// Refuses a new replication that Azure refuses too, or whose effect is not recorded.
fn check_new(call: &Call<'_>, registry: &Value, region: &str, location: &str) -> Result<(), Answer> {
    if !is_name(region) {
        return Err(errors::own_bad_request(
            "a replication's name has 5 to 50 letters and digits",
        ));
    }
    if !is(registry, "/sku/name", "Premium") {
        return Err(errors::own_bad_request("replications need the SKU Premium"));
    }
    if text(registry, "/location") == location {
        return Err(errors::not_established(
            "a replication to the registry's own region",
        ));
    }
    // A replication may have any name (recorded: azure-powershell New-AzContainerRegistryReplication, 2025-09), but
    // the first one brings that of the home region, which has the region's.
    if is(registry, "/location", region) {
        return Err(errors::not_established(&format!(
            "a replication named after the registry's own region, `{region}`"
        )));
    }
    if call.store.resources.contains_key(&key(registry, region)) {
        return Err(errors::not_established("a PUT over an existing replication"));
    }
    if has_region(call.store, registry, location) {
        return Err(errors::not_established(&format!(
            "a second replication in `{location}`"
        )));
    }
    Ok(())
}

/// Returns a replication that is done. `by` is its `systemData`.
fn fresh(registry: &Value, name: &str, location: &str, by: Value) -> Value {
    let mut fresh = defaults::replication(id(registry), name, location);
    fresh["systemData"] = by;
    fresh["properties"]["status"]["timestamp"] = now().into();
    fresh
}

fn now() -> String {
    timestamp(Timestamp::now()).replace("+00:00", "Z")
}

/// Merges the tags and properties of a body. `zoneRedundancy` can be chosen at creation only.
fn merge(replication: &mut Value, body: &Map<String, Value>, creating: bool) -> Result<(), Answer> {
    check_object(body, REPLICATION, "").map_err(differs)?;
    let name = text(replication, "/name");
    echo::check_same(body, name, id(replication), REPLICATIONS)?;
    if let Some(sent) = present(body, "location")
        && normalised_location(text(sent, "")) != text(replication, "/location")
    {
        return Err(errors::not_established(
            "a write that moves a replication to another location",
        ));
    }
    if let Some(sent) = present(body, "tags") {
        replication["tags"] = tags(sent)?;
    }
    let sent = match present(body, "properties") {
        None => return Ok(()),
        Some(Value::Object(sent)) => sent,
        Some(_) => return Err(errors::own_bad_request("`properties` must be an object")),
    };
    for (name, value) in sent {
        match name.as_str() {
            _ if value.is_null() => {}
            "regionEndpointEnabled" if value.is_boolean() => {
                replication["properties"][name] = value.clone()
            }
            "zoneRedundancy" if creating && (is(value, "", "Enabled") || is(value, "", "Disabled")) => {
                replication["properties"][name] = value.clone()
            }
            // Clients send read-only values back.
            "zoneRedundancy" | "provisioningState" | "status"
                if !creating && *value == replication["properties"][name] => {}
            other => {
                return Err(errors::not_established(&format!(
                    "a replication with this `{other}`"
                )));
            }
        }
    }
    Ok(())
}

/// Answers a PATCH: 201 `Updating` with the new values at once (recorded: same).
pub(crate) fn patch(call: &mut Call<'_>, at: &PathValues<'_>) -> Answered {
    let (registry, row) = (registry_of(call, at)?, row(call)?);
    let mut done = read(call, &registry, at.get("group"), at.get("replication"))?.clone();
    let body = call.request.json()?;
    check_idle(&done)?;
    merge(&mut done, &body, false)?;
    done["systemData"]["lastModifiedBy"] = call.caller.into();
    done["systemData"]["lastModifiedAt"] = timestamp(Timestamp::now()).into();
    let initial = done.clone();
    // The end changes the time of the status only.
    done["properties"]["status"]["timestamp"] = now().into();
    Ok(operate(call, initial, done, "Updating", row))
}

fn operate(
    call: &mut Call<'_>,
    mut initial: Value,
    done: Value,
    state: &'static str,
    row: &Row,
) -> Answer {
    initial["properties"]["provisioningState"] = state.into();
    let shown = shown(&initial, row);
    call.begin_replacement(initial, done, shown, state, "replications-")
}

/// Answers a DELETE: 202 with the body `null` and a `Location` in the replication's own region (recorded: same).
pub(crate) fn delete(call: &mut Call<'_>, at: &PathValues<'_>) -> Answered {
    let registry = &registry_of(call, at)?;
    let key = key(registry, at.get("replication"));
    let Some(replication) = call.store.resources.get_mut(&key) else {
        return Ok(Answer::empty(StatusCode::NO_CONTENT));
    };
    check_idle(replication)?;
    let location = text(replication, "/location").to_owned();
    if location == text(registry, "/location") {
        return Err(errors::not_established(
            "deleting the replication of the home region",
        ));
    }
    replication["properties"]["provisioningState"] = "Deleting".into();
    call.store.dirty = true;
    let answer = Answer::new(StatusCode::ACCEPTED, Value::Null);
    Ok(call.begin_result(answer, &location, &key, OperationEnd::Remove, "replications-"))
}

/// Returns the regions of a registry, sorted.
pub(crate) fn regions(store: &Store, registry: &Value) -> Vec<String> {
    // The home region appears twice once it has a replication of its own.
    let mut regions = vec![text(registry, "/location").to_owned()];
    let below = key(registry, "");
    for (_, replication) in store.under(&below) {
        regions.push(text(replication, "/location").to_owned());
    }
    regions.sort();
    regions.dedup();
    regions
}

/// Updates the host names of a registry after one of its replications was added or removed (recorded: azure-cli
/// test_acr_with_dedicated_data_endpoints, 2021-05). `key` is the id of any resource, in lower case.
pub(crate) fn moved(store: &mut Store, key: &str) {
    let Some((registry, _)) = key.split_once("/replications/") else {
        return;
    };
    let Some(mut registry) = store.resources.get(registry).cloned() else {
        return;
    };
    let regions = regions(store, &registry);
    host_names(&mut registry, "dataEndpointEnabled", &regions);
    host_names(&mut registry, "regionalEndpoints", &regions);
    store.put(registry);
}
