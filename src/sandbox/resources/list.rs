//! The generic list of resources with `$filter` and `$expand`.

use serde_json::{Map, Value};

use crate::sandbox::governance;
use crate::sandbox::protocol::call::Call;
use crate::sandbox::protocol::filter::{Filter, full_name};
use crate::sandbox::protocol::json::id;
use crate::sandbox::protocol::path::PathValues;
use crate::sandbox::protocol::response::{Answer, Answered};
use crate::sandbox::protocol::{errors, paging};
use crate::sandbox::state::store::group_key;

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
    let all = call.store.under(prefix).map(|(_, resource)| resource);
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
