//! The hosts of registries, from what Azure returned.

use std::collections::{BTreeMap, BTreeSet};

use super::data::data_hosts;
use super::names::{CloudHosts, host, in_host_names, listed};
use super::types::{Endpoints, FORMAT, Host, Purpose, RegistryEndpoints, ServiceTag, UnreadRegistry};
use crate::live::LiveRegistry;
use crate::model::{Failure, PublicNetworkAccess, RegistryId, Setting};

/// The port of all endpoints.
const HTTPS: u16 = 443;

/// The regions of a registry's replicas, or the reason why they are not known. A registry without replicas has none.
pub type Replicas = Result<Vec<String>, Failure>;

/// Returns the hosts of these registries.
pub fn endpoints(
    read: BTreeMap<RegistryId, Result<(LiveRegistry, Replicas), Failure>>,
    cloud: &CloudHosts,
) -> Endpoints {
    let (mut registries, mut failures) = (Vec::new(), Vec::new());
    let mut shared = BTreeSet::new();
    for (id, result) in read {
        let found = result.and_then(|(live, replicas)| of_registry(&live, &replicas, cloud));
        match found {
            Ok((registry, certificates)) => {
                registries.push(registry);
                shared.extend(certificates);
            }
            Err(error) => failures.push(UnreadRegistry {
                name: id.name().to_owned(),
                id: Some(id),
                error,
            }),
        }
    }
    for name in &cloud.sign_in {
        shared.insert(Host {
            name: name.clone(),
            purpose: Purpose::SignIn,
        });
    }
    Endpoints {
        format: FORMAT.to_owned(),
        port: HTTPS,
        registries,
        shared: shared.into_iter().collect(),
        service_tags: service_tags(),
        failures,
    }
}

fn tag(name: &str, purpose: &[Purpose], reaches: &str) -> ServiceTag {
    ServiceTag {
        name: name.to_owned(),
        purpose: purpose.to_vec(),
        reaches: reaches.to_owned(),
    }
}

/// Returns the tags of a firewall that knows no host names. Tags of one region exist too, but no rule makes their names out
/// of those of regions.
fn service_tags() -> Vec<ServiceTag> {
    vec![
        tag(
            "AzureContainerRegistry",
            &[Purpose::LoginServer, Purpose::Regional],
            "every registry of the cloud",
        ),
        // No source says which of the two tags has the addresses of dedicated data endpoints.
        tag("Storage", &[Purpose::Data], "every storage account of the cloud"),
        tag("AzureActiveDirectory", &[Purpose::SignIn], "Microsoft Entra"),
    ]
}

/// Returns the hosts of one registry, and the host of its certificate.
fn of_registry(
    live: &LiveRegistry,
    replicas: &Replicas,
    cloud: &CloudHosts,
) -> Result<(RegistryEndpoints, Option<Host>), Failure> {
    let login = host(&live.login_server, Purpose::LoginServer)?;
    let certificates = match login.name.split_once('.') {
        Some((_, suffix)) => Some(host(suffix, Purpose::Certificates)?),
        None => None,
    };
    let mut notes = Vec::new();
    let mut hosts = vec![login];
    for name in listed(live, "regionalEndpointHostNames") {
        hosts.push(host(name, Purpose::Regional)?);
    }
    let regions = regions(live, replicas);
    hosts.extend(data_hosts(live, &regions, cloud, &mut notes)?);
    notes.extend(missing_hosts(live, &regions, &hosts));
    notes.extend(notes_on_names(live));
    let registry = RegistryEndpoints {
        id: live.id.clone(),
        regions,
        hosts,
        unread_replicas: replicas
            .as_ref()
            .err()
            .filter(|_| has_hosts_of_regions(live))
            .cloned(),
        notes,
    };
    Ok((registry, certificates))
}

/// Returns the regions of a registry, as far as they are known, its home first.
fn regions(live: &LiveRegistry, replicas: &Replicas) -> Vec<String> {
    let mut regions = vec![live.location.clone()];
    for region in replicas.iter().flatten() {
        if !regions.iter().any(|known| known.eq_ignore_ascii_case(region)) {
            regions.push(region.clone());
        }
    }
    regions
}

/// Returns true if each region of the registry has hosts of its own.
fn has_hosts_of_regions(live: &LiveRegistry) -> bool {
    live.settings.flag(Setting::DataEndpointEnabled) == Some(true)
        || live.body["properties"]["regionalEndpoints"].as_str() == Some("Enabled")
        || live.private_endpoint_connections > 0
}

/// Names the regions without a host that they should have. Azure makes the endpoints of a new replica with the replica, or
/// shortly after it.
fn missing_hosts(live: &LiveRegistry, regions: &[String], hosts: &[Host]) -> Vec<String> {
    let regional = live.body["properties"]["regionalEndpoints"].as_str();
    let rows = [
        (
            live.settings.flag(Setting::DataEndpointEnabled) == Some(true),
            "data",
            "data",
        ),
        (regional == Some("Enabled"), "geo", "regional"),
    ];
    let mut notes = Vec::new();
    for (is_on, label, what) in rows {
        for region in regions.iter().filter(|_| is_on) {
            let label = format!(".{}.{label}.", in_host_names(region));
            if !hosts.iter().any(|host| host.name.contains(&label)) {
                notes.push(format!("Azure lists no {what} endpoint in {region}"));
            }
        }
    }
    // Only Premium has regional endpoints (container-registry-endpoint-reference), and most api-versions hide them.
    if regional.is_none() && live.is_premium() {
        notes.push("the api-version does not show whether there are regional endpoints".to_owned());
    }
    notes
}

/// Returns what a reader should know about the names and the way to them.
fn notes_on_names(live: &LiveRegistry) -> Vec<String> {
    let mut notes = Vec::new();
    let label = live.login_server.split('.').next().unwrap_or_default();
    if !label.eq_ignore_ascii_case(live.id.name()) {
        notes.push(format!(
            "the login server has a generated name, so `{}` does not lead to it",
            live.id.name()
        ));
    }
    if live.settings.word(Setting::EndpointProtocol) == Some("IPv4AndIPv6") {
        notes.push("the endpoints are dual stack: allow the hosts over IPv6 too".to_owned());
    }
    let public = live.settings.word(Setting::PublicNetworkAccess);
    if let Some(word) = public
        && PublicNetworkAccess::of(word) == PublicNetworkAccess::Disabled
    {
        // Such as `SecuredByPerimeter`.
        let state = match word.eq_ignore_ascii_case(PublicNetworkAccess::Disabled.as_str()) {
            true => "public access is disabled".to_owned(),
            false => format!("public access is `{word}`, which counts as disabled here"),
        };
        notes.push(format!(
            "{state}: clients connect to the same names, through a private endpoint"
        ));
    } else if live.private_endpoint_connections > 0 {
        notes.push(
            "in a network with a private endpoint, these names lead to private addresses".to_owned(),
        );
    }
    notes
}
