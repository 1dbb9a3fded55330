//! Replications of a Premium registry.
//!
//! The home region has one too, but only once there is another: a registry that was never replicated lists none
//! (recorded: azure-cli test_acr_with_dedicated_data_endpoints, 2021-05).

use axum::http::{Method, StatusCode};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::fields::{created_by, host_names, is_name, tags};
use super::lookup::find;
use crate::sandbox::forms::api_versions::{ROWS, Row, SYSTEM_DATA, Shown};
use crate::sandbox::operations::kinds::{NewOperation, OperationEnd, OperationStyle};
use crate::sandbox::protocol::call::Call;
use crate::sandbox::protocol::errors;
use crate::sandbox::protocol::json::{id, is, text, timestamp};
use crate::sandbox::protocol::response::{Answer, Answered};
use crate::sandbox::resources::locations;
use crate::sandbox::state::store::Store;

pub(crate) const TYPE: &str = "Microsoft.ContainerRegistry/registries/replications";
/// The oldest version in the header of a list (recorded: same as [`list`]).
const LISTED_FROM: &str = "2020-11-01-preview";

/// Answers for what comes after `…/registries/{name}/replications`.
pub(crate) fn answer(
    call: &mut Call<'_>,
    group: &str,
    name: &str,
    rest: &[&str],
    row: &Row,
) -> Answered {
    let registry = find(call, group, name)?.clone();
    match (&call.request.method, rest) {
        (&Method::GET, []) => Ok(list(call, &registry, row)),
        (&Method::GET, [region]) => {
            read(call, &registry, group, region).map(|found| Answer::ok(shown(found, row)))
        }
        (&Method::PUT, [region]) => put(call, &registry, region, row),
        (&Method::PATCH, [region]) => patch(call, &registry, group, region, row),
        (&Method::DELETE, [region]) => delete(call, &registry, region),
        (method, rest) => Err(errors::not_served(&format!(
            "{method} of `{TYPE}/{}`",
            rest.join("/")
        ))),
    }
}

fn key(registry: &Value, region: &str) -> String {
    format!("{}/replications/{region}", id(registry)).to_ascii_lowercase()
}

/// The list names every version that it has, and that ARM asked a region (recorded: azure-cli
/// test_acr_create_with_regional_endpoints_enabled, 2026-04).
fn list(call: &Call<'_>, registry: &Value, row: &Row) -> Answer {
    let below = key(registry, "");
    let found = call.store.under(&below);
    let found: Vec<Value> = found.map(|(_, replication)| shown(replication, row)).collect();
    let versions = ROWS.iter().map(|row| row.version);
    let versions: Vec<&str> = versions.filter(|version| *version >= LISTED_FROM).collect();
    Answer::ok(json!({ "value": found }))
        .with("api-supported-versions", &versions.join(", "))
        .with("x-ms-original-request-ids", "")
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

fn shown(replication: &Value, row: &Row) -> Value {
    let mut shown = replication.clone();
    if let Some(top) = shown.as_object_mut().filter(|_| !row.shows(SYSTEM_DATA)) {
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

/// 201 `Creating`, with a status that has no display text yet (recorded: azure-cli
/// test_acr_create_replication, 2021-05).
fn put(call: &mut Call<'_>, registry: &Value, region: &str, row: &Row) -> Answered {
    let body = call.request.json()?;
    let location = locations::of_new(&body, TYPE)?;
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
    if !region.eq_ignore_ascii_case(&location) {
        return Err(errors::not_established(&format!(
            "a replication `{region}` in another region, `{location}`"
        )));
    }
    if call.store.resources.contains_key(&key(registry, region)) {
        return Err(errors::not_established("a PUT over an existing replication"));
    }
    let mut done = fresh(
        registry,
        region,
        &location,
        created_by(call.caller, &timestamp(Timestamp::now())),
    );
    merge(&mut done, &body, true)?;
    if !call
        .store
        .resources
        .contains_key(&key(registry, text(registry, "/location")))
    {
        let home = text(registry, "/location");
        let by = created_by(
            "00000000-0000-0000-0000-000000000000",
            &timestamp(Timestamp::now()),
        );
        call.store.put(fresh(registry, home, home, by));
    }
    let mut initial = done.clone();
    initial["properties"]["status"] = json!({"timestamp": now()});
    Ok(operate(call, initial, done, "Creating", row))
}

fn fresh(registry: &Value, name: &str, location: &str, by: Value) -> Value {
    json!({
        "type": TYPE,
        "id": format!("{}/replications/{name}", id(registry)),
        "name": name,
        "location": location,
        "tags": {},
        "systemData": by,
        "properties": {
            "provisioningState": "Succeeded",
            "status": {"displayStatus": "Ready", "timestamp": now()},
            "regionEndpointEnabled": true,
            "zoneRedundancy": "Disabled",
        },
    })
}

fn now() -> String {
    timestamp(Timestamp::now()).replace("+00:00", "Z")
}

fn merge(replication: &mut Value, body: &Map<String, Value>, creating: bool) -> Result<(), Answer> {
    if let Some(sent) = body.get("tags").filter(|tags| !tags.is_null()) {
        replication["tags"] = tags(sent)?;
    }
    let sent = match body.get("properties") {
        None | Some(Value::Null) => None,
        Some(Value::Object(sent)) => Some(sent),
        Some(_) => return Err(errors::own_bad_request("`properties` must be an object")),
    };
    let switches = |value: &Value| ["Enabled", "Disabled"].iter().any(|known| is(value, "", known));
    for (name, value) in sent.into_iter().flatten().filter(|(_, value)| !value.is_null()) {
        match name.as_str() {
            "regionEndpointEnabled" if value.is_boolean() => {
                replication["properties"][name] = value.clone()
            }
            "zoneRedundancy" if creating && switches(value) => {
                replication["properties"][name] = value.clone()
            }
            "zoneRedundancy" if !creating => {}
            "provisioningState" | "status" => {}
            other => {
                return Err(errors::not_established(&format!(
                    "a replication with this `{other}`"
                )));
            }
        }
    }
    Ok(())
}

/// 201 `Updating` with the new values at once (recorded: same).
fn patch(call: &mut Call<'_>, registry: &Value, group: &str, region: &str, row: &Row) -> Answered {
    let mut done = read(call, registry, group, region)?.clone();
    let body = call.request.json()?;
    merge(&mut done, &body, false)?;
    done["systemData"]["lastModifiedBy"] = call.caller.into();
    done["systemData"]["lastModifiedAt"] = timestamp(Timestamp::now()).into();
    let initial = done.clone();
    done["properties"]["status"]["timestamp"] = now().into();
    Ok(operate(call, initial, done, "Updating", row))
}

fn operate(
    call: &mut Call<'_>,
    mut initial: Value,
    done: Value,
    verb: &'static str,
    row: &Row,
) -> Answer {
    initial["properties"]["provisioningState"] = verb.into();
    let path = id(&initial).to_owned();
    let key = path.to_ascii_lowercase();
    let answer = Answer::new(StatusCode::CREATED, shown(&initial, row));
    call.store.put(initial);
    let begin = NewOperation {
        flavour: OperationStyle::Registry,
        scope: path.clone(),
        on: &key,
        verb,
        effect: OperationEnd::Replace(done),
    };
    call.begin_status(answer, begin, "replications-", &path)
}

/// 202 with the body `null` and a `Location` in the replication's own region (recorded: same).
fn delete(call: &mut Call<'_>, registry: &Value, region: &str) -> Answered {
    let key = key(registry, region);
    let Some(replication) = call.store.resources.get_mut(&key) else {
        return Ok(Answer::empty(StatusCode::NO_CONTENT));
    };
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

/// The regions that a registry is in, sorted.
pub(crate) fn regions(store: &Store, registry: &Value) -> Vec<String> {
    let mut regions = vec![text(registry, "/location").to_owned()];
    let below = key(registry, "");
    let found = store.under(&below);
    regions.extend(found.map(|(_, replication)| text(replication, "/location").to_owned()));
    regions.sort();
    regions.dedup();
    regions
}

/// A replication came or went: the registry's host names follow (recorded: azure-cli
/// test_acr_with_dedicated_data_endpoints, 2021-05).
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
