//! Checks of a state file: it holds what ARM could have stored, or it is refused.
//!
//! A state that is made in code is not checked, so that clients can be tested with any value.

pub(crate) mod kind;
mod network;
mod other;
mod registry;
pub(crate) mod relations;
mod shape;
mod surrounding;

use std::collections::BTreeSet;

use serde_json::Value;

use crate::sandbox::protocol::json::id;
use crate::sandbox::registry::fields::tag_fault;
use crate::sandbox::state::subscription::Subscription;
use kind::StoredKind;
use shape::{check_guid, check_location};

/// Refuses a normalised resource that ARM would not have stored. The error is the reason as text.
pub(crate) fn check(resource: &Value) -> Result<(), String> {
    let id = id(resource);
    check_guid(
        "the subscription of an id",
        id.split('/').nth(2).unwrap_or_default(),
    )?;
    if !resource["tags"].is_null()
        && let Some(fault) = tag_fault(&resource["tags"])
    {
        return Err(fault.to_owned());
    }
    match StoredKind::of(id)? {
        StoredKind::Registry(_) => registry::check(resource),
        StoredKind::Replication => other::check_replication(resource),
        StoredKind::Network(_) => network::check(resource),
        StoredKind::Subnet => network::check_subnet(resource, ""),
        StoredKind::Egress(_) => check_location(resource),
        StoredKind::Surrounding(kind) => surrounding::check(resource, kind),
        StoredKind::Group => other::check_group(resource),
        StoredKind::Lock => other::check_lock(resource),
        StoredKind::Other(_) => Ok(()),
    }
}

/// Refuses a subscription with ids that are not GUIDs, with a namespace that is not one, or one that is listed twice.
/// The error is the reason as text.
pub(crate) fn check_subscription(subscription: &Subscription) -> Result<(), String> {
    check_guid("`id`", &subscription.id)?;
    check_guid("`tenant`", &subscription.tenant)?;
    let mut seen = BTreeSet::new();
    for namespace in &subscription.registered {
        let of_words = namespace.split('.').all(is_word);
        if !of_words || !namespace.contains('.') {
            return Err(format!("`registered`: `{namespace}` is not a namespace"));
        }
        if !seen.insert(namespace.to_ascii_lowercase()) {
            return Err(format!("`registered` names `{namespace}` twice"));
        }
    }
    Ok(())
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}
