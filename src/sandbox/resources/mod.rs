//! The generic list of resources with `$filter`, and locks.

pub(crate) mod groups;
pub(crate) mod kql;
pub(crate) mod locations;
pub(crate) mod providers;
pub(crate) mod resource_graph;

use axum::http::Method;
use serde_json::{Map, Value, json};

use super::forms::types::RESOURCES_VERSIONS;
use super::governance;
use super::protocol::call::Call;
use super::protocol::filter::{Filter, full_name};
use super::protocol::json::id;
use super::protocol::response::{Answer, Answered};
use super::protocol::{errors, paging};
use super::state::store::group_key;

/// Versions of Microsoft.Authorization/locks (specification).
const LOCK_VERSIONS: &[&str] = &["2015-01-01", "2016-09-01", "2017-04-01", "2020-05-01"];

/// Keys of a list entry, in order: no `properties` (recorded: azure-cli test_acr_create_replication, 2021-05).
const KEYS: &[&str] = &[
    "id",
    "name",
    "type",
    "kind",
    "sku",
    "managedBy",
    "identity",
    "location",
    "tags",
    "systemData",
];

/// Answers `/subscriptions/{s}/resources` and `…/resourceGroups/{group}/resources`.
pub(crate) fn list(call: &Call<'_>, group: Option<&str>) -> Answered {
    call.known_version(RESOURCES_VERSIONS)?;
    if call.request.method != Method::GET {
        return Err(errors::not_served(&format!(
            "{} of the resource list",
            call.request.method
        )));
    }
    if let Some(group) = group {
        call.require_group(group)?;
    }
    let filter = Filter::parse(call.request.query("$filter").unwrap_or_default())?;
    let expanded = expanded(call.request.query("$expand").unwrap_or_default())?;
    let prefix = group_key(call.subscription, group.unwrap_or_default());
    let prefix = if group.is_some() {
        format!("{prefix}/")
    } else {
        prefix
    };
    let all = call.store.under(&prefix).map(|(_, resource)| resource);
    // What has a place is listed: a group has one too, but is no resource; locks and the like have none.
    let listed = all.filter(|resource| {
        resource.get("location").is_some()
            && id(resource).split('/').count() > 5
            && filter.holds(resource)
            && governance::may_read(&call.options.conditions, resource)
    });
    let listed: Vec<&Value> = listed.collect();
    paging::answer(call, &listed, |resource| {
        Ok(entry(resource, &expanded, filter.hides_tags()))
    })
}

fn entry(resource: &Value, expanded: &[Expanded], hides_tags: bool) -> Value {
    let mut entry = Map::new();
    for key in KEYS.iter().filter(|key| !hides_tags || **key != "tags") {
        if let Some(value) = resource.get(*key).filter(|value| !value.is_null()) {
            entry.insert((*key).to_owned(), value.clone());
        }
    }
    entry.insert("name".to_owned(), full_name(resource).into());
    // Times end in `Z` here (recorded: same).
    for key in ["createdAt", "lastModifiedAt"] {
        if let Some(time) = entry.get_mut("systemData").and_then(|data| data.get_mut(key)) {
            *time = time.as_str().unwrap_or_default().replace("+00:00", "Z").into();
        }
    }
    for (name, pointer) in expanded {
        if let Some(value) = resource.pointer(pointer) {
            entry.insert((*name).to_owned(), value.clone());
        }
    }
    Value::Object(entry)
}

/// A key that `$expand` adds, and where the resource has it.
type Expanded = (&'static str, &'static str);

/// `$expand` of `createdTime`, `changedTime` and `provisioningState` (specification); nothing else is documented.
fn expanded(expand: &str) -> Result<Vec<Expanded>, Answer> {
    let fields = [
        ("createdTime", "/systemData/createdAt"),
        ("changedTime", "/systemData/lastModifiedAt"),
        ("provisioningState", "/properties/provisioningState"),
    ];
    let parts = expand.split(',').map(str::trim).filter(|part| !part.is_empty());
    let known = |part: &str| {
        fields
            .into_iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(part))
    };
    parts
        .map(|part| {
            known(part).ok_or_else(|| errors::not_established(&format!("`$expand` of `{part}`")))
        })
        .collect()
}

/// GET of the locks at a scope and above it. `path` follows the subscription.
pub(crate) fn locks(call: &Call<'_>, path: &[&str]) -> Answered {
    call.known_version(LOCK_VERSIONS)?;
    if call.request.method != Method::GET {
        return Err(errors::not_served(&format!("{} of locks", call.request.method)));
    }
    paging::unfiltered(call)?;
    let scope = format!("/subscriptions/{}/{}", call.subscription, path.join("/"));
    let scope = scope.trim_end_matches('/');
    let found =
        governance::locks(call).filter(|lock| governance::within(scope, governance::locked_scope(lock)));
    let found: Vec<&Value> = found.collect();
    Ok(Answer::ok(json!({ "value": found })))
}
