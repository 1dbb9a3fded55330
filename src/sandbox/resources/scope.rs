//! Scopes of what stands below any resource, such as locks and tags.

use crate::model::SubnetId;
use crate::sandbox::protocol::call::Call;
use crate::sandbox::protocol::errors;
use crate::sandbox::protocol::path::PathValues;
use crate::sandbox::protocol::response::Answer;

/// Returns the scope of the path, as the client wrote it.
pub(crate) fn path(call: &Call<'_>, at: &PathValues<'_>) -> String {
    let scope = format!("/subscriptions/{}/{}", call.subscription, at.many().join("/"));
    scope.trim_end_matches('/').to_owned()
}

/// Refuses a scope that is not there. `what` names what stands at it. Below a group, Azure's answer is not known.
pub(crate) fn check(call: &Call<'_>, at: &PathValues<'_>, what: &str) -> Result<(), Answer> {
    let [groups, group, below @ ..] = at.many() else {
        return Ok(());
    };
    if !groups.eq_ignore_ascii_case("resourceGroups") {
        return Err(errors::not_served(&format!("{what} at this scope")));
    }
    call.require_group(group)?;
    let scope = path(call, at);
    let subnet = SubnetId::parse(&scope).ok();
    let exists = below.is_empty()
        || call.store.resources.contains_key(&scope.to_ascii_lowercase())
        || subnet.is_some_and(|subnet| call.store.subnet(&subnet).is_some());
    if exists {
        return Ok(());
    }
    Err(errors::not_established(&format!(
        "{what} of `{scope}`, which does not exist"
    )))
}

/// Does the same, and refuses a whole subscription, for which the specification has no such path.
pub(crate) fn check_below_subscription(
    call: &Call<'_>,
    at: &PathValues<'_>,
    what: &str,
) -> Result<(), Answer> {
    if at.many().is_empty() {
        return Err(errors::not_served(&format!("{what} of a subscription")));
    }
    check(call, at, what)
}
