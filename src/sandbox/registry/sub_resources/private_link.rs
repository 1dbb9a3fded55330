//! Private link resources of a registry: what a private endpoint can connect to.
//!
//! Recorded: azure-sdk-for-net ContainerRegistryPrivateLinkResources, 2023-02, of a registry in one region.

use serde_json::{Value, json};

use super::replications;
use crate::sandbox::forms::types::PRIVATE_LINKS;
use crate::sandbox::protocol::call::Call;
use crate::sandbox::protocol::errors;
use crate::sandbox::protocol::json::{id, is, text};
use crate::sandbox::protocol::path::PathValues;
use crate::sandbox::protocol::response::{Answer, Answered};
use crate::sandbox::registry::lookup::registry_of;

/// Name of the only one.
const GROUP: &str = "registry";

/// Answers the list, which has one item.
pub(crate) fn list(call: &mut Call<'_>, at: &PathValues<'_>) -> Answered {
    let resource = resource(call, at)?;
    Ok(Answer::ok(json!({ "value": [resource] })))
}

/// Answers the item of this name.
pub(crate) fn get(call: &mut Call<'_>, at: &PathValues<'_>) -> Answered {
    let resource = resource(call, at)?;
    if !at.get("resource").eq_ignore_ascii_case(GROUP) {
        return Err(errors::not_established(&format!(
            "the private link resource `{}`",
            at.get("resource")
        )));
    }
    Ok(Answer::ok(resource))
}

/// Returns the resource. Its members are the registry and the data endpoint of each region (docs:
/// container-registry-private-link); their order with several regions is inferred.
fn resource(call: &Call<'_>, at: &PathValues<'_>) -> Result<Value, Answer> {
    let registry = registry_of(call, at)?;
    if !is(&registry, "/sku/name", "Premium") {
        return Err(errors::not_established(
            "private link resources of a registry below Premium",
        ));
    }
    if is(&registry, "/properties/regionalEndpoints", "Enabled") {
        return Err(errors::not_established(
            "private link resources of a registry with regional endpoints",
        ));
    }
    let mut members = Vec::new();
    for region in replications::regions(call.store, &registry) {
        members.push(format!("registry_data_{region}"));
    }
    members.push(GROUP.to_owned());
    // Each cloud has its own zone.
    let zone = format!(
        "privatelink.{}",
        domain(text(&registry, "/properties/loginServer"))
    );
    Ok(json!({
        "type": PRIVATE_LINKS,
        "id": format!("{}/privateLinkResources/{GROUP}", id(&registry)),
        "name": GROUP,
        "properties": {"groupId": GROUP, "requiredMembers": members, "requiredZoneNames": [zone]},
    }))
}

/// Returns the part of a login server after its first dot.
fn domain(login_server: &str) -> &str {
    match login_server.split_once('.') {
        Some((_, domain)) => domain,
        None => login_server,
    }
}
