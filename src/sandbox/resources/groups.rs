//! Resource groups. A group exists also if only its resources are in the state.

use axum::http::StatusCode;
use serde_json::Value;

use super::locations;
use crate::sandbox::forms::defaults;
use crate::sandbox::forms::json_type::{JsonType, check, check_object, optional};
use crate::sandbox::forms::shared_types::GROUP;
use crate::sandbox::forms::types::GROUPS;
use crate::sandbox::governance;
use crate::sandbox::network::names;
use crate::sandbox::operations::kinds::{NewOperation, OperationEnd, OperationStyle};
use crate::sandbox::protocol::call::Call;
use crate::sandbox::protocol::filter::Filter;
use crate::sandbox::protocol::json::{id, normalised_location, present, text};
use crate::sandbox::protocol::path::PathValues;
use crate::sandbox::protocol::response::{Answer, Answered};
use crate::sandbox::protocol::{echo, errors, paging};
use crate::sandbox::registry::fields::{differs, tags};
use crate::sandbox::state::store::group_key;

/// Api-version of a deletion's `Location`, which does not depend on the request (recorded: azure-libraries-for-net
/// CreateUpdateSubnetServiceAccess, 2019-12).
const RESULT_VERSION: &str = "2019-08-01";

/// Answers the list, which can be filtered by the name of a tag, or name and value (Resource Groups - List).
pub(crate) fn list(call: &mut Call<'_>, _: &PathValues<'_>) -> Answered {
    let prefix = group_key(call.subscription, "");
    // A group exists through its resources too, so the names come from all ids.
    let mut names: Vec<&str> = Vec::new();
    for (_, resource) in call.store.under(&prefix) {
        let name = group_of(resource);
        if !names.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            names.push(name);
        }
    }
    let asked = call.request.query("$filter").unwrap_or_default();
    let filter = Filter::parse(asked)?;
    if !filter.is_of_tags() {
        return Err(errors::not_established(&format!(
            "the filter `{asked}` of groups"
        )));
    }
    let mut groups = Vec::new();
    for name in names {
        let group = find(call, name)?;
        if governance::may_read(&call.options.conditions, &group) && filter.holds(&group) {
            groups.push(group);
        }
    }
    paging::answer(call, &groups, |group| Ok(group.clone()))
}

/// Answers one group.
pub(crate) fn get(call: &mut Call<'_>, at: &PathValues<'_>) -> Answered {
    find(call, at.get("group")).map(Answer::ok)
}

/// Answers 204 if the group exists and else 404, without a body (specification: Check Existence).
pub(crate) fn exists(call: &mut Call<'_>, at: &PathValues<'_>) -> Answered {
    let status = match find(call, at.get("group")) {
        Ok(_) => StatusCode::NO_CONTENT,
        Err(_) => StatusCode::NOT_FOUND,
    };
    Ok(Answer::empty(status))
}

/// Returns the group as it was made, or one in the location of its first resource.
pub(crate) fn find(call: &Call<'_>, group: &str) -> Result<Value, Answer> {
    let key = group_key(call.subscription, group);
    if let Some(found) = call.store.resources.get(&key) {
        return Ok(found.clone());
    }
    let below = format!("{key}/");
    let Some((_, first)) = call.store.under(&below).next() else {
        return Err(errors::group_not_found(group));
    };
    let location = match text(first, "/location") {
        "" => "eastus",
        location => location,
    };
    Ok(fresh(call, group_of(first), location))
}

/// Returns the name of a resource's group, in the case of its id.
fn group_of(resource: &Value) -> &str {
    id(resource).split('/').nth(4).unwrap_or_default()
}

fn fresh(call: &Call<'_>, name: &str, location: &str) -> Value {
    let id = format!("/subscriptions/{}/resourceGroups/{name}", call.subscription);
    let mut fresh = defaults::group(&id);
    fresh["location"] = location.into();
    fresh
}

/// Answers a PUT: 201 for a new group, else 200. `tags` appear only if they are sent (recorded: same).
pub(crate) fn put(call: &mut Call<'_>, at: &PathValues<'_>) -> Answered {
    let group = at.get("group");
    let body = call.request.json()?;
    governance::require_alive(call, group)?;
    let stored = find(call, group).ok();
    let (status, name, location) = match &stored {
        Some(stored) => {
            let sent = locations::sent(&body)?;
            let location = normalised_location(sent);
            if text(stored, "/location") != location {
                return Err(moved(sent, text(stored, "/location")));
            }
            (StatusCode::OK, text(stored, "/name"), location)
        }
        None => {
            names::check_group(group)?;
            let location = locations::of_new_group(&body)?;
            (StatusCode::CREATED, group, location)
        }
    };
    let path = format!("/subscriptions/{}/resourceGroups/{name}", call.subscription);
    echo::check_same(&body, name, &path, GROUPS)?;
    check_object(&body, GROUP, "").map_err(differs)?;
    check_properties(body.get("properties").unwrap_or(&Value::Null))?;
    let mut made = fresh(call, name, &location);
    if let Some(sent) = present(&body, "tags") {
        made["tags"] = tags(sent)?;
    }
    call.store.put(made.clone());
    Ok(Answer::new(status, made))
}

/// Refuses properties of a group but for its state, which is read only (specification: ResourceGroupProperties).
fn check_properties(sent: &Value) -> Result<(), Answer> {
    const KEYS: JsonType = JsonType::Object(&[optional("provisioningState", JsonType::Text)]);
    if sent.is_null() || check(sent, KEYS, "properties").is_ok() {
        return Ok(());
    }
    Err(errors::not_established(
        "a resource group with these `properties`",
    ))
}

/// Returns the error for a PUT that names another location (Azure/azure-cli#22242, 2022-05; the status:
/// trailofbits/algo#1814; the location as sent: microsoft/vscode-azurefunctions#889).
fn moved(sent: &str, location: &str) -> Answer {
    let message = format!(
        "Invalid resource group location '{sent}'. The Resource group already exists in location '{location}'."
    );
    errors::gateway(StatusCode::CONFLICT, "InvalidResourceGroupLocation", &message)
}

/// Answers a DELETE: 202, empty, with a `Location`. The end removes the group and all of its resources (recorded:
/// same).
pub(crate) fn delete(call: &mut Call<'_>, at: &PathValues<'_>) -> Answered {
    let group = at.get("group");
    let mut found = find(call, group)?;
    found["properties"]["provisioningState"] = "Deleting".into();
    // A group that existed through its resources only is stored now, so that it shows as `Deleting`.
    call.store.put(found);
    let key = group_key(call.subscription, group);
    let begin = NewOperation {
        style: OperationStyle::Group,
        scope: format!("/subscriptions/{}", call.subscription),
        on: &key,
        state: "Deleting",
        end: OperationEnd::Remove,
    };
    let operation = call.store.operations.begin(begin, "", call.options.polls);
    let (base, subscription) = (&call.request.base, call.subscription);
    let url = format!(
        "{base}/subscriptions/{subscription}/operationresults/{operation}?api-version={RESULT_VERSION}"
    );
    Ok(Answer::empty(StatusCode::ACCEPTED)
        .with("location", &url)
        .with("retry-after", &call.options.retry_after.to_string()))
}
