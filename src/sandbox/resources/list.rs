//! The list of resources of all types, with `$filter` and `$expand`.

use serde_json::{Map, Value};

use crate::sandbox::governance;
use crate::sandbox::protocol::call::Call;
use crate::sandbox::protocol::filter::{Filter, full_name};
use crate::sandbox::protocol::json::{id, text};
use crate::sandbox::protocol::path::PathValues;
use crate::sandbox::protocol::response::{Answer, Answered};
use crate::sandbox::protocol::{errors, paging};
use crate::sandbox::state::store::group_key;

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

/// Answers the resources of a subscription.
pub(crate) fn list_subscription(call: &mut Call<'_>, _: &PathValues<'_>) -> Answered {
    list(call, &group_key(call.subscription, ""))
}

/// Answers the resources of a resource group.
pub(crate) fn list_group(call: &mut Call<'_>, at: &PathValues<'_>) -> Answered {
    let group = at.get("group");
    call.require_group(group)?;
    list(call, &format!("{}/", group_key(call.subscription, group)))
}

fn list(call: &Call<'_>, prefix: &str) -> Answered {
    let filter = Filter::parse(call.request.query("$filter").unwrap_or_default())?;
    let expanded = expanded(call.request.query("$expand").unwrap_or_default())?;
    let mut listed = Vec::new();
    for (_, resource) in call.store.under(prefix) {
        // Locks and the like have no location. A group has one, but a shorter id.
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
        let hidden = hides_tags && *key == "tags";
        if !hidden && !value.is_null() {
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
