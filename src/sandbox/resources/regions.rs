//! GET of a subscription's regions.

use serde_json::{Value, json};

use super::locations::DISPLAY_NAMES;
use crate::sandbox::protocol::call::Call;
use crate::sandbox::protocol::json::normalised_location;
use crate::sandbox::protocol::path::PathValues;
use crate::sandbox::protocol::response::{Answer, Answered};

/// Answers the regions (specification: Subscriptions - List Locations). Coordinates, pairs and zones are left out.
pub(crate) fn list(call: &mut Call<'_>, _: &PathValues<'_>) -> Answered {
    let mut value: Vec<Value> = Vec::with_capacity(DISPLAY_NAMES.len());
    for display in DISPLAY_NAMES {
        let name = normalised_location(display);
        let id = format!("/subscriptions/{}/locations/{name}", call.subscription);
        value.push(json!({"id": id, "name": name, "displayName": display}));
    }
    Ok(Answer::ok(json!({ "value": value })))
}
