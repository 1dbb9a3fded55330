//! GET of NAT gateways, public IP addresses and public IP prefixes. They come with the state.

use serde_json::{Value, json};

use crate::sandbox::forms::types::{NAT_GATEWAYS, NETWORKS, PUBLIC_ADDRESSES, PUBLIC_PREFIXES};
use crate::sandbox::protocol::call::Call;
use crate::sandbox::protocol::errors;
use crate::sandbox::protocol::json::{id, is, list, same_id, text};
use crate::sandbox::protocol::path::PathValues;
use crate::sandbox::protocol::response::{Answer, Answered};

/// Answers one NAT gateway, with the subnets that name it.
pub(crate) fn gateway(call: &mut Call<'_>, at: &PathValues<'_>) -> Answered {
    let mut gateway = find(call, NAT_GATEWAYS, at)?.clone();
    let mut subnets = Vec::new();
    for network in call.store.resources.values() {
        if !is(network, "/type", NETWORKS) {
            continue;
        }
        for subnet in list(&network["properties"], "subnets") {
            if same_id(text(subnet, "/properties/natGateway/id"), id(&gateway)) {
                subnets.push(json!({"id": id(subnet)}));
            }
        }
    }
    // Like other lists of users, it is absent while there is none (inferred).
    if !subnets.is_empty() {
        gateway["properties"]["subnets"] = subnets.into();
    }
    Ok(shown(&gateway))
}

/// Answers one public IP address.
pub(crate) fn address(call: &mut Call<'_>, at: &PathValues<'_>) -> Answered {
    find(call, PUBLIC_ADDRESSES, at).map(shown)
}

/// Answers one public IP prefix.
pub(crate) fn prefix(call: &mut Call<'_>, at: &PathValues<'_>) -> Answered {
    find(call, PUBLIC_PREFIXES, at).map(shown)
}

fn shown(resource: &Value) -> Answer {
    Answer::ok(resource.clone()).with("etag", text(resource, "/etag"))
}

fn find<'a>(call: &'a Call<'_>, kind: &str, at: &PathValues<'_>) -> Result<&'a Value, Answer> {
    let (group, name) = (at.get("group"), at.get("name"));
    let path = format!(
        "/subscriptions/{}/resourceGroups/{group}/providers/{kind}/{name}",
        call.subscription
    );
    let found = call.store.resources.get(&path.to_ascii_lowercase());
    found.ok_or_else(|| errors::resource_not_found(kind, name, group))
}
