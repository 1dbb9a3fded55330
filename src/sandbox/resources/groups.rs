//! Resource groups. One that only has resources in it exists too: a state may list resources alone.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::locations;
use crate::sandbox::forms::types::GROUPS;
use crate::sandbox::governance;
use crate::sandbox::network::names;
use crate::sandbox::operations::kinds::{NewOperation, OperationEnd, OperationStyle};
use crate::sandbox::protocol::call::Call;
use crate::sandbox::protocol::filter::Filter;
use crate::sandbox::protocol::json::{id, normalised_location, text};
use crate::sandbox::protocol::path::PathValues;
use crate::sandbox::protocol::response::{Answer, Answered};
use crate::sandbox::protocol::{errors, paging};
use crate::sandbox::registry::fields::tags;
use crate::sandbox::state::store::group_key;

/// The api-version of a deletion's `Location`, whatever the request's (recorded: azure-libraries-for-net
/// CreateUpdateSubnetServiceAccess, 2019-12).
const RESULT_VERSION: &str = "2019-08-01";

/// Groups can be filtered by a tag's name, or name and value (Resource Groups - List).
pub(crate) fn list(call: &mut Call<'_>, _: &PathValues<'_>) -> Answered {
    let prefix = group_key(call.subscription, "");
    let mut names: Vec<&str> = Vec::new();
    for (_, resource) in call.store.under(&prefix) {
        let name = id(resource).split('/').nth(4).unwrap_or_default();
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
    let groups = names.iter().map(|name| find(call, name));
    let groups = groups.collect::<Result<Vec<_>, _>>()?.into_iter();
    let conditions = &call.options.conditions;
    let readable = groups.filter(|group| governance::may_read(conditions, group));
    let groups: Vec<Value> = readable.filter(|group| filter.holds(group)).collect();
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

/// The group as made; else one where its first resource is.
fn find(call: &Call<'_>, group: &str) -> Result<Value, Answer> {
    let key = group_key(call.subscription, group);
    if let Some(found) = call.store.resources.get(&key) {
        return Ok(found.clone());
    }
    let below = format!("{key}/");
    let (_, first) = call
        .store
        .under(&below)
        .next()
        .ok_or_else(|| errors::group_not_found(group))?;
    let name = id(first).split('/').nth(4).unwrap_or(group);
    let location = Some(text(first, "/location")).filter(|location| !location.is_empty());
    Ok(fresh(call, name, location.unwrap_or("eastus")))
}

fn fresh(call: &Call<'_>, name: &str, location: &str) -> Value {
    json!({
        "id": format!("/subscriptions/{}/resourceGroups/{name}", call.subscription),
        "name": name,
        "type": GROUPS,
        "location": location,
        "properties": {"provisioningState": "Succeeded"},
    })
}

/// 201 when new, else 200; `tags` appear only where sent (recorded: same).
pub(crate) fn put(call: &mut Call<'_>, at: &PathValues<'_>) -> Answered {
    let group = at.get("group");
    let body = call.request.json()?;
    governance::require_alive(call, group)?;
    let stored = find(call, group).ok();
    let location = match &stored {
        Some(_) => normalised_location(locations::sent(&body)?),
        None => {
            names::check_group(group)?;
            locations::of_new_group(&body)?
        }
    };
    if stored
        .as_ref()
        .is_some_and(|stored| text(stored, "/location") != location)
    {
        return Err(moved(
            group,
            text(stored.as_ref().unwrap_or(&Value::Null), "/location"),
        ));
    }
    let name = stored.as_ref().map_or(group, |stored| text(stored, "/name"));
    let path = format!("/subscriptions/{}/resourceGroups/{name}", call.subscription);
    names::check_same(&body, name, &path)?;
    let known = ["id", "name", "type", "location", "tags", "properties"];
    let other = body
        .iter()
        .find(|(key, value)| !known.contains(&key.as_str()) && !value.is_null());
    if let Some((other, _)) = other {
        return Err(errors::not_established(&format!(
            "a resource group with `{other}`"
        )));
    }
    let mut made = fresh(call, name, &location);
    if let Some(sent) = body.get("tags").filter(|tags| !tags.is_null()) {
        made["tags"] = tags(sent)?;
    }
    let status = if stored.is_some() {
        StatusCode::OK
    } else {
        StatusCode::CREATED
    };
    call.store.put(made.clone());
    Ok(Answer::new(status, made))
}

/// General knowledge; no recording.
fn moved(group: &str, location: &str) -> Answer {
    let message = format!(
        "Invalid resource group location. The Resource group '{group}' already exists in location '{location}'."
    );
    errors::gateway(StatusCode::CONFLICT, "InvalidResourceGroupLocation", &message)
}

/// 202, empty, with a `Location`; all that is in it goes at the end (recorded: same).
pub(crate) fn delete(call: &mut Call<'_>, at: &PathValues<'_>) -> Answered {
    let group = at.get("group");
    let mut found = find(call, group)?;
    found["properties"]["provisioningState"] = "Deleting".into();
    call.store.put(found);
    let key = group_key(call.subscription, group);
    let begin = NewOperation {
        flavour: OperationStyle::Group,
        scope: format!("/subscriptions/{}", call.subscription),
        on: &key,
        verb: "Deleting",
        effect: OperationEnd::Remove,
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
