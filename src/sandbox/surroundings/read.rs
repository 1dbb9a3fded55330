//! GET of one resource around a registry, and of the lists that a diagnosis reads.

use serde_json::Value;

use crate::sandbox::forms::stored::kind::StoredKind;
use crate::sandbox::forms::types::{ADDRESS_RECORDS, PRIVATE_ZONES, ZONE_GROUPS, ZONE_LINKS};
use crate::sandbox::governance;
use crate::sandbox::protocol::call::Call;
use crate::sandbox::protocol::json::text;
use crate::sandbox::protocol::path::PathValues;
use crate::sandbox::protocol::response::{Answer, Answered};
use crate::sandbox::protocol::{errors, paging};
use crate::sandbox::state::store::group_key;

/// Answers one resource.
pub(crate) fn get(call: &mut Call<'_>, at: &PathValues<'_>) -> Answered {
    let found = find(call, at)?;
    let answer = Answer::ok(found.clone());
    Ok(match text(found, "/etag") {
        "" => answer,
        etag => answer.with("etag", etag),
    })
}

/// Answers the private DNS zones of a subscription (specification: Private Zones - List).
pub(crate) fn zones(call: &mut Call<'_>, _: &PathValues<'_>) -> Answered {
    let prefix = group_key(call.subscription, "");
    let found = governance::readable(call, &prefix, PRIVATE_ZONES);
    paging::answer(call, &found, |zone| Ok((*zone).clone()))
}

/// Answers the virtual networks that a zone is linked to (specification: Virtual Network Links - List).
pub(crate) fn zone_links(call: &mut Call<'_>, at: &PathValues<'_>) -> Answered {
    below(call, at, ZONE_LINKS)
}

/// Answers the address records of a zone (specification: Record Sets - List By Type).
pub(crate) fn address_records(call: &mut Call<'_>, at: &PathValues<'_>) -> Answered {
    below(call, at, ADDRESS_RECORDS)
}

/// Answers the DNS zone groups of a private endpoint (specification: Private Dns Zone Groups - List).
pub(crate) fn zone_groups(call: &mut Call<'_>, at: &PathValues<'_>) -> Answered {
    below(call, at, ZONE_GROUPS)
}

/// Answers the resources of a type below the one of the path.
fn below(call: &Call<'_>, at: &PathValues<'_>, kind: &str) -> Answered {
    find(call, at)?;
    let prefix = format!("{}/", call.request.resource_key());
    let found = governance::readable(call, &prefix, kind);
    paging::answer(call, &found, |resource| Ok(shown(resource, kind)))
}

/// Returns a resource as its list shows it. A DNS zone group has no type (SDK models: azure-mgmt-network,
/// `PrivateDnsZoneGroup`).
fn shown(resource: &Value, kind: &str) -> Value {
    let mut shown = resource.clone();
    if kind == ZONE_GROUPS
        && let Some(keys) = shown.as_object_mut()
    {
        keys.shift_remove("type");
    }
    shown
}

/// Returns the top-level resource at or above the path, or ARM's 404.
fn find<'a>(call: &'a Call<'_>, at: &PathValues<'_>) -> Result<&'a Value, Answer> {
    let key = call.request.resource_key();
    if let Some(found) = call.store.resources.get(&key) {
        return Ok(found);
    }
    let kind = StoredKind::of(&key);
    let kind = kind.as_ref().map_or("", StoredKind::type_name);
    Err(errors::resource_not_found(kind, at.get("name"), at.get("group")))
}
