//! GET of the role assignments at a scope (docs: role-assignments-list-rest). They come with the state, and decide about
//! no request: `denied` of the conditions does.

use serde_json::{Value, json};

use crate::sandbox::forms::types::ROLE_ASSIGNMENTS;
use crate::sandbox::governance;
use crate::sandbox::protocol::call::Call;
use crate::sandbox::protocol::errors;
use crate::sandbox::protocol::json::{id, is};
use crate::sandbox::protocol::path::PathValues;
use crate::sandbox::protocol::response::{Answer, Answered};
use crate::sandbox::resources::scope;

/// The assignments that a filter selects.
enum Selected<'a> {
    All,
    /// Not those below the scope.
    AtScope,
    Principal(&'a str),
}

/// Answers the assignments at the scope and above it, and those below as the filter says.
pub(crate) fn list(call: &mut Call<'_>, at: &PathValues<'_>) -> Answered {
    let selected = selected(call.request.query("$filter").unwrap_or_default())?;
    scope::check(call, at, "role assignments")?;
    let scope = scope::path(call, at);
    let prefix = format!("/subscriptions/{}/", call.subscription.to_ascii_lowercase());
    let mut value = Vec::new();
    for assignment in governance::readable(call, &prefix, ROLE_ASSIGNMENTS) {
        let assigned = assigned_scope(assignment);
        let above = governance::within(&scope, &assigned);
        let chosen = match selected {
            Selected::AtScope => above,
            Selected::All => above || governance::within(&assigned, &scope),
            Selected::Principal(principal) => {
                is(assignment, "/properties/principalId", principal)
                    && (above || governance::within(&assigned, &scope))
            }
        };
        if chosen {
            value.push(shown(assignment, &assigned));
        }
    }
    Ok(Answer::ok(json!({ "value": value })))
}

/// Returns the assignment with its scope, which is a part of its id.
fn shown(assignment: &Value, scope: &str) -> Value {
    let mut shown = assignment.clone();
    shown["properties"]["scope"] = scope.into();
    shown
}

fn assigned_scope(assignment: &Value) -> String {
    let id = id(assignment);
    let part = format!("/providers/{ROLE_ASSIGNMENTS}/").to_ascii_lowercase();
    let end = id.to_ascii_lowercase().rfind(&part).unwrap_or_default();
    id[..end].to_owned()
}

/// Reads `atScope()` and `principalId eq '…'`. Members of groups are not known here, so `assignedTo` is refused.
fn selected(filter: &str) -> Result<Selected<'_>, Answer> {
    if filter.is_empty() {
        return Ok(Selected::All);
    }
    if filter.eq_ignore_ascii_case("atScope()") {
        return Ok(Selected::AtScope);
    }
    let words: Vec<&str> = filter.split_whitespace().collect();
    if let [field, operator, value] = words.as_slice()
        && field.eq_ignore_ascii_case("principalId")
        && operator.eq_ignore_ascii_case("eq")
        && let Some(principal) = value.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''))
    {
        return Ok(Selected::Principal(principal));
    }
    Err(errors::not_established(&format!(
        "the filter `{filter}` of role assignments"
    )))
}
