//! GET of the tags of a group or a resource (specification: Tags - Get At Scope).

use serde_json::{Value, json};

use super::{groups, scope};
use crate::sandbox::protocol::call::Call;
use crate::sandbox::protocol::errors;
use crate::sandbox::protocol::path::PathValues;
use crate::sandbox::protocol::response::{Answer, Answered};

/// Answers the tags, which are those that the resource itself shows.
pub(crate) fn get(call: &mut Call<'_>, at: &PathValues<'_>) -> Answered {
    scope::check_below_subscription(call, at, "tags")?;
    let scope = scope::path(call, at);
    let tagged = match at.many() {
        [_, group] => groups::find(call, group)?,
        _ => match call.store.resources.get(&scope.to_ascii_lowercase()) {
            Some(resource) => resource.clone(),
            None => return Err(errors::not_established(&format!("tags of `{scope}`"))),
        },
    };
    let tags = match &tagged["tags"] {
        Value::Object(tags) => tags.clone(),
        _ => serde_json::Map::new(),
    };
    Ok(Answer::ok(json!({
        "id": format!("{scope}/providers/Microsoft.Resources/tags/default"),
        "name": "default",
        "type": "Microsoft.Resources/tags",
        "properties": {"tags": tags},
    })))
}
