//! GET of locks.

use serde_json::{Value, json};

use crate::sandbox::governance;
use crate::sandbox::protocol::call::Call;
use crate::sandbox::protocol::paging;
use crate::sandbox::protocol::path::PathValues;
use crate::sandbox::protocol::response::{Answer, Answered};

/// Answers the locks at a scope and above it.
pub(crate) fn list(call: &mut Call<'_>, at: &PathValues<'_>) -> Answered {
    paging::unfiltered(call)?;
    let scope = format!("/subscriptions/{}/{}", call.subscription, at.many().join("/"));
    let scope = scope.trim_end_matches('/');
    let mut found: Vec<&Value> = Vec::new();
    // Locks of a parent scope apply too.
    for lock in governance::locks(call) {
        if governance::within(scope, governance::locked_scope(lock)) {
            found.push(lock);
        }
    }
    Ok(Answer::ok(json!({ "value": found })))
}
