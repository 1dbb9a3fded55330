//! Private endpoint connections that do not work, and the commands that mend them.

use super::facts::{Observations, PrivateConnection};
use crate::live::surroundings::{EndpointAddresses, PrivateEndpoint};
use crate::model::{RegistryId, ResourceId, shell_word};

/// Returns the commands that make a connection work. A pending one waits for the owner of the registry. One that was rejected
/// or removed stays as it is: its endpoint is deleted and made again (docs: private-link/manage-private-endpoint).
pub(crate) fn mending(facts: &Observations, connection: &PrivateConnection) -> Vec<String> {
    let Some(reading) = facts.reading() else {
        return Vec::new();
    };
    let registry = &reading.registry.id;
    if connection.is("Pending") {
        return vec![format!(
            "approve the connection: `az acr private-endpoint-connection approve -r {} -n {} -g {} --subscription {}`",
            registry.name(),
            shell_word(&connection.name),
            shell_word(registry.resource_group()),
            registry.subscription()
        )];
    }
    let Some(endpoint) = &connection.endpoint else {
        return vec!["delete the private endpoint, and make it again".to_owned()];
    };
    let mut commands = vec![
        format!(
            "delete the private endpoint: `az network private-endpoint delete --ids {}`",
            shell_word(endpoint.as_str())
        ),
        format!(
            "make it again: `{}`",
            creation(endpoint, place_of(facts, endpoint), registry.as_str())
        ),
    ];
    commands.extend(zone_groups(facts, endpoint));
    commands
}

/// Returns the commands that make the zone groups of an endpoint again, which are deleted with it (docs:
/// private-endpoint-dns-integration, "Private DNS zone group"): without them, no zone has its records.
fn zone_groups(facts: &Observations, endpoint: &ResourceId) -> Vec<String> {
    let mut commands = Vec::new();
    match known(facts, endpoint).map(|known| &known.zone_groups) {
        None => {}
        Some(Ok(groups)) => {
            for group in groups {
                for (at, zone) in group.zones.iter().enumerate() {
                    let verb = if at == 0 { "create" } else { "add" };
                    let command = zone_group(endpoint, verb, &group.name, zone.as_str(), zone.name());
                    commands.push(format!("make its DNS zone group again: `{command}`"));
                }
            }
        }
        Some(Err(_)) => {
            let command = zone_group(endpoint, "create", "default", "ZONE_ID", "ZONE");
            commands.push(format!(
                "if it has a DNS zone group, which this account does not see, make that again: `{command}`"
            ));
        }
    }
    commands
}

fn zone_group(endpoint: &ResourceId, verb: &str, group: &str, zone: &str, name: &str) -> String {
    format!(
        "az network private-endpoint dns-zone-group {verb} -g {} --endpoint-name {} -n {} --private-dns-zone {} --zone-name {} \
         --subscription {}",
        shell_word(endpoint.resource_group()),
        shell_word(endpoint.name()),
        shell_word(group),
        shell_word(zone),
        shell_word(name.replace('.', "-")),
        endpoint.subscription(),
    )
}

/// Returns what was read of an endpoint.
fn known<'f>(facts: &'f Observations, endpoint: &ResourceId) -> Option<&'f PrivateEndpoint> {
    let mut endpoints = facts.surroundings.dns.as_ref()?.endpoints.iter();
    endpoints.find(|known| known.id.key() == endpoint.key())
}

/// Returns the place of an endpoint, if it was read.
fn place_of<'f>(facts: &'f Observations, endpoint: &ResourceId) -> Option<&'f EndpointAddresses> {
    known(facts, endpoint)?.addresses.as_ref().ok()
}

/// Returns the command that makes an endpoint in a network.
pub(crate) fn creation_in(network: &ResourceId, registry: &RegistryId) -> String {
    format!(
        "az network private-endpoint create -g {group} -n {name} --connection-name {name} --vnet-name {vnet} --subnet SUBNET \
         --private-connection-resource-id {registry} --group-id registry --subscription {subscription}",
        group = shell_word(network.resource_group()),
        name = registry.name(),
        vnet = shell_word(network.name()),
        registry = shell_word(registry.as_str()),
        subscription = network.subscription(),
    )
}

/// Returns the command that makes an endpoint again.
fn creation(endpoint: &ResourceId, place: Option<&EndpointAddresses>, registry: &str) -> String {
    let subnet = place.map_or("SUBNET_ID", |place| place.subnet.as_str());
    let mut command = format!(
        "az network private-endpoint create -g {group} -n {name} --connection-name {name} --subnet {subnet} \
         --private-connection-resource-id {registry} --group-id registry --subscription {subscription}",
        group = shell_word(endpoint.resource_group()),
        name = shell_word(endpoint.name()),
        subnet = shell_word(subnet),
        registry = shell_word(registry),
        subscription = endpoint.subscription(),
    );
    if let Some(location) = place.and_then(|place| place.location.as_deref()) {
        command += &format!(" -l {}", shell_word(location));
    }
    command
}
