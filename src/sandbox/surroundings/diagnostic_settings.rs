//! GET of the diagnostic settings at a scope (specification: Diagnostic Settings - List).

use serde_json::json;

use crate::sandbox::forms::types::DIAGNOSTIC_SETTINGS;
use crate::sandbox::governance;
use crate::sandbox::protocol::call::Call;
use crate::sandbox::protocol::path::PathValues;
use crate::sandbox::protocol::response::{Answer, Answered};
use crate::sandbox::resources::scope;

/// Answers the settings of exactly this scope. They come with the state.
pub(crate) fn list(call: &mut Call<'_>, at: &PathValues<'_>) -> Answered {
    scope::check_below_subscription(call, at, "diagnostic settings")?;
    let prefix = format!("{}/providers/{DIAGNOSTIC_SETTINGS}/", scope::path(call, at));
    let found = governance::readable(call, &prefix.to_ascii_lowercase(), DIAGNOSTIC_SETTINGS);
    Ok(Answer::ok(json!({ "value": found })))
}
