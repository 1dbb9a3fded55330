//! GET of the diagnostic settings at a scope (specification: Diagnostic Settings - List).

use serde_json::json;

use super::scope;
use crate::sandbox::protocol::call::Call;
use crate::sandbox::protocol::path::PathValues;
use crate::sandbox::protocol::response::{Answer, Answered};

/// Answers an empty list: no diagnostic setting can be made in the sandbox, nor be in its state.
pub(crate) fn list(call: &mut Call<'_>, at: &PathValues<'_>) -> Answered {
    scope::check_below_subscription(call, at, "diagnostic settings")?;
    Ok(Answer::ok(json!({"value": []})))
}
