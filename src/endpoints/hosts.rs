//! The hosts of registries, from what Azure returned.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::types::{Endpoints, FORMAT, Host, Purpose, RegistryEndpoints, ServiceTag, UnreadRegistry};
use crate::live::LiveRegistry;
use crate::model::{ErrorCode, Failure, PublicNetworkAccess, RegistryId, Setting, is_host_name};

/// The port of all endpoints.
const HTTPS: u16 = 443;

/// The hosts of a cloud that no registry has for itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloudHosts {
    /// The host that issues tokens.
    pub sign_in: Option<String>,
    /// The suffix of storage accounts, such as `core.windows.net`.
    pub storage: Option<String>,
}

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
            Err(error) => failures.push(UnreadRegistry { id, error }),
        }
    }
    if let Some(name) = &cloud.sign_in {
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
    hosts.extend(data_hosts(live, cloud, &mut notes)?);
    let regions = regions(live, replicas, &hosts, &mut notes);
    notes.extend(notes_on_names(live));
    let registry = RegistryEndpoints {
        id: live.id.clone(),
        regions,
        hosts,
        notes,
    };
    Ok((registry, certificates))
}

/// Returns the hosts of blobs: those of the registry itself, or every storage account.
fn data_hosts(
    live: &LiveRegistry,
    cloud: &CloudHosts,
    notes: &mut Vec<String>,
) -> Result<Vec<Host>, Failure> {
    let dedicated = live.settings.flag(Setting::DataEndpointEnabled);
    if dedicated == Some(true) {
        let mut hosts = Vec::new();
        for name in listed(live, "dataEndpointHostNames") {
            hosts.push(host(name, Purpose::Data)?);
        }
        if hosts.is_empty() {
            notes.push("dedicated data endpoints are on, but Azure does not list them yet".to_owned());
        }
        return Ok(hosts);
    }
    if dedicated.is_none() && live.is_premium() {
        notes
            .push("the api-version does not show whether there are dedicated data endpoints".to_owned());
    }
    let Some(suffix) = &cloud.storage else {
        notes.push("the host of storage accounts is not known in this cloud".to_owned());
        return Ok(Vec::new());
    };
    let below = host(&format!("blob.{suffix}"), Purpose::Data)?;
    let narrower = match live.is_premium() {
        true => "`dataEndpoint: true` replaces it by hosts of this registry",
        false => "a Premium registry can replace it by hosts of its own",
    };
    notes.push(format!("`*.{}` is every storage account: {narrower}", below.name));
    Ok(vec![Host {
        name: format!("*.{}", below.name),
        purpose: Purpose::Data,
    }])
}

/// Returns the regions of a registry, its home first.
fn regions(
    live: &LiveRegistry,
    replicas: &Replicas,
    hosts: &[Host],
    notes: &mut Vec<String>,
) -> Vec<String> {
    let mut regions = vec![live.location.clone()];
    match replicas {
        Ok(replicas) => {
            for region in replicas {
                if !regions.iter().any(|known| known.eq_ignore_ascii_case(region)) {
                    regions.push(region.clone());
                }
            }
        }
        Err(failure) => notes.push(format!("the replicas cannot be read: {}", failure.code)),
    }
    // Azure makes the endpoint of a new replica with the replica, or shortly after it.
    let dedicated = live.settings.flag(Setting::DataEndpointEnabled) == Some(true);
    for region in regions.iter().filter(|_| dedicated) {
        let label = format!(".{region}.data.").to_ascii_lowercase();
        let is_there = hosts
            .iter()
            .any(|host| host.name.to_ascii_lowercase().contains(&label));
        if !is_there {
            notes.push(format!("Azure lists no data endpoint in {region}"));
        }
    }
    regions
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
    if public.map(PublicNetworkAccess::of) == Some(PublicNetworkAccess::Disabled) {
        notes.push(
            "public access is disabled: clients connect to the same names, through a private endpoint"
                .to_owned(),
        );
    } else if live.private_endpoint_connections > 0 {
        notes.push(
            "in a network with a private endpoint, these names lead to private addresses".to_owned(),
        );
    }
    notes
}

/// Returns the texts of a list of host names. An api-version that hides the list has none.
fn listed<'a>(live: &'a LiveRegistry, key: &str) -> impl Iterator<Item = &'a str> {
    let list = live.body["properties"][key].as_array();
    list.into_iter().flatten().filter_map(Value::as_str)
}

/// Returns a host. Its name goes into rules of firewalls, so no other text may take its place.
fn host(name: &str, purpose: Purpose) -> Result<Host, Failure> {
    if is_host_name(name) {
        let name = name.to_ascii_lowercase();
        return Ok(Host { name, purpose });
    }
    Err(Failure::new(
        ErrorCode::UnreadableAnswer,
        format!("Azure's answer has `{name}` for a host, which is not a host name"),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_is_not_a_host_name_is_refused() {
        for text in [
            "contoso.azurecr.io\nhttp_access allow all",
            "contoso.azurecr.io other",
            "",
            "*",
            "10.0.0.1",
        ] {
            assert!(host(text, Purpose::LoginServer).is_err(), "{text}");
        }
        let kept = host("Contoso.azurecr.io", Purpose::LoginServer).unwrap();
        assert_eq!(kept.name, "contoso.azurecr.io");
    }
}
