//! Resources as the answers of a recording show them.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::{Value, json};

use super::recording::Interaction;

/// The text between `before` and the next quote.
pub(super) fn quoted<'a>(message: &'a str, before: &str) -> Option<&'a str> {
    message.split_once(before)?.1.split('\'').next()
}

/// Returns the first answer that shows each resource, by its path in lower case: to a GET, in a list, to a deletion.
pub(super) fn shown(interactions: &[Interaction]) -> BTreeMap<String, Value> {
    let mut shown = BTreeMap::new();
    let key = |resource: &Value| resource["id"].as_str().unwrap_or_default().to_ascii_lowercase();
    let by = |method: Method| {
        interactions
            .iter()
            .filter(move |known| known.method == method && known.succeeded())
    };
    for read in by(Method::GET).filter(|read| read.response["id"].is_string()) {
        shown.entry(read.key()).or_insert_with(|| read.response.clone());
    }
    for entry in by(Method::GET).flat_map(|list| list.response["value"].as_array().into_iter().flatten())
    {
        if entry["properties"].is_object() {
            shown.entry(key(entry)).or_insert_with(|| entry.clone());
        }
    }
    for deletion in by(Method::DELETE).filter(|deletion| deletion.response["id"].is_string()) {
        shown.entry(deletion.key()).or_insert_with(|| before(deletion));
    }
    shown
}

/// Returns the resource as it may have been before the request: in a final state, without the lists that a PATCH sends.
pub(super) fn before(interaction: &Interaction) -> Value {
    let mut resource = interaction.response.clone();
    if resource["properties"].is_object() {
        resource["properties"]["provisioningState"] = "Succeeded".into();
    }
    let sent = interaction
        .request
        .as_ref()
        .and_then(|body| body.pointer("/properties/networkRuleSet"));
    for list in ["ipRules", "virtualNetworkRules"] {
        if sent.is_some_and(|sent| sent.get(list).is_some()) {
            resource["properties"]["networkRuleSet"][list] = json!([]);
        }
    }
    if interaction.method == Method::PUT
        && let Some(properties) = resource["properties"].as_object_mut()
    {
        properties.shift_remove("serviceEndpoints");
    }
    resource
}

/// Returns a plain resource for a deletion without a body.
pub(super) fn bare(interaction: &Interaction) -> Value {
    let segments = interaction.segments();
    let (kind, name) = (format!("{}/{}", segments[5], segments[6]), segments[7]);
    let location = interaction
        .header("location")
        .and_then(|url| url.split("/locations/").nth(1));
    let location = location
        .and_then(|rest| rest.split('/').next())
        .unwrap_or("eastus");
    bare_at(interaction.url.path(), &kind, name, location)
}

/// Returns a resource with only a path and a location.
pub(super) fn bare_at(path: &str, kind: &str, name: &str, location: &str) -> Value {
    json!({
        "id": path, "name": name, "type": kind, "location": location, "tags": {},
        "sku": {"name": "Premium", "tier": "Premium"}, "properties": {"provisioningState": "Succeeded"},
    })
}
