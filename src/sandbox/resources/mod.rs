//! Resources of all types: the list with `$filter`, and locks.

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
use super::protocol::json::{id, text};
use super::protocol::response::{Answer, Answered};
use super::protocol::{errors, paging};
use super::state::store::group_key;

/// Versions of Microsoft.Authorization/locks (specification).
const LOCK_VERSIONS: &[&str] = &["2015-01-01", "2016-09-01", "2017-04-01", "2020-05-01"];

/// Keys of a list entry, in order. `properties` is not one of them (recorded: azure-cli test_acr_create_replication, 2021-05).
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
    // Locks and the like have no location. A group has one, but a shorter id.
    let mut listed = Vec::new();
    for (_, resource) in call.store.under(&prefix) {
        if resource.get("location").is_some()
            && id(resource).split('/').count() > 5
            && filter.holds(resource)
            && governance::may_read(&call.options.conditions, resource)
        {
            listed.push(resource);
        }
    }
    paging::answer(call, &listed, |resource| {
        Ok(entry(resource, &expanded, filter.hides_tags()))
    })
}

/// Returns a resource as the list shows it.
fn entry(resource: &Value, expanded: &[Expanded], hides_tags: bool) -> Value {
    let mut entry = Map::new();
    for key in KEYS {
        let value = &resource[*key];
        if !value.is_null() && !(hides_tags && *key == "tags") {
            entry.insert((*key).to_owned(), value.clone());
        }
    }
    entry.insert("name".to_owned(), full_name(resource).into());
    // Times end in `Z` here (recorded: same).
    for key in ["createdAt", "lastModifiedAt"] {
        if let Some(Value::Object(data)) = entry.get_mut("systemData")
            && let Some(time) = data.get_mut(key)
        {
            *time = text(time, "").replace("+00:00", "Z").into();
        }
    }
    for (name, pointer) in expanded {
        if let Some(value) = resource.pointer(pointer) {
            entry.insert((*name).to_owned(), value.clone());
        }
    }
    Value::Object(entry)
}

/// A key that `$expand` adds, and the JSON pointer to its value in the resource.
type Expanded = (&'static str, &'static str);

/// Parses `$expand`, a list of `createdTime`, `changedTime` and `provisioningState` (specification). No other value is
/// documented.
fn expanded(expand: &str) -> Result<Vec<Expanded>, Answer> {
    let fields = [
        ("createdTime", "/systemData/createdAt"),
        ("changedTime", "/systemData/lastModifiedAt"),
        ("provisioningState", "/properties/provisioningState"),
    ];
    let mut expanded = Vec::new();
    for part in expand.split(',') {
        let part = part.trim();
        let known = fields.iter().find(|(name, _)| name.eq_ignore_ascii_case(part));
        match known {
            Some(field) => expanded.push(*field),
            None if part.is_empty() => {}
            None => return Err(errors::not_established(&format!("`$expand` of `{part}`"))),
        }
    }
    Ok(expanded)
}

/// Answers GET of the locks at a scope and above it. `path` follows the subscription.
pub(crate) fn locks(call: &Call<'_>, path: &[&str]) -> Answered {
    call.known_version(LOCK_VERSIONS)?;
    if call.request.method != Method::GET {
        return Err(errors::not_served(&format!("{} of locks", call.request.method)));
    }
    paging::unfiltered(call)?;
    let scope = format!("/subscriptions/{}/{}", call.subscription, path.join("/"));
    let scope = scope.trim_end_matches('/');
    let mut found = Vec::new();
    for lock in governance::locks(call) {
        if governance::within(scope, governance::locked_scope(lock)) {
            found.push(lock);
        }
    }
    Ok(Answer::ok(json!({ "value": found })))
}
