//! GET of the caller's permissions at a scope (specification: Permissions - List For Resource, … For Resource Group).

use serde_json::json;

use super::scope;
use crate::sandbox::governance;
use crate::sandbox::protocol::call::Call;
use crate::sandbox::protocol::path::PathValues;
use crate::sandbox::protocol::response::{Answer, Answered};

/// Answers what the sandbox allows its callers: everything but what the conditions deny.
pub(crate) fn list(call: &mut Call<'_>, at: &PathValues<'_>) -> Answered {
    scope::check_below_subscription(call, at, "permissions")?;
    let scope = scope::path(call, at);
    let mut denied: Vec<&str> = Vec::new();
    for denial in &call.options.conditions.denied {
        if governance::within(&scope, &denial.scope) {
            denied.push(&denial.action);
        }
    }
    let permission =
        json!({"actions": ["*"], "notActions": denied, "dataActions": [], "notDataActions": []});
    Ok(Answer::ok(json!({ "value": [permission] })))
}
