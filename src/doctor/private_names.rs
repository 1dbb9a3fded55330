//! The names of a registry in one virtual network: where they should lead, and what the private zones say.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::facts::{AskedNetwork, Observations};
use crate::live::LiveRegistry;
use crate::live::surroundings::{PrivateDnsFacts, PrivateEndpoint, PrivateZone};
use crate::model::{ResourceId, is_host_name};

/// The private endpoints of a network, and the names that they have.
#[derive(Clone, Debug)]
pub(crate) struct PrivateNames<'f> {
    /// Those of the network.
    pub(crate) endpoints: Vec<&'f PrivateEndpoint>,
    /// The subnets of the others.
    pub(crate) elsewhere: Vec<String>,
    /// Endpoints whose place is not known.
    pub(crate) unread: usize,
    /// The addresses of each name, one for each endpoint.
    pub(crate) expected: BTreeMap<String, BTreeSet<String>>,
    /// Names of the registry that no endpoint of the network has.
    pub(crate) without_address: Vec<String>,
    dns: &'f PrivateDnsFacts,
}

/// What the private zones say of the names.
pub(crate) enum ZoneState {
    /// No zone is visible, or it cannot be read.
    Unknown,
    /// A zone is linked to the network and has every name.
    Right,
    Faulty {
        faults: Vec<String>,
        remedies: Vec<String>,
    },
}

/// Sorts the private endpoints of the registry by a network. Returns `None` if they were not read.
pub(crate) fn private_names<'f>(
    facts: &'f Observations,
    network: &ResourceId,
) -> Option<PrivateNames<'f>> {
    let dns = facts.surroundings.dns.as_ref()?;
    let mut names = PrivateNames {
        endpoints: Vec::new(),
        elsewhere: Vec::new(),
        unread: 0,
        expected: BTreeMap::new(),
        without_address: Vec::new(),
        dns,
    };
    for endpoint in &dns.endpoints {
        match &endpoint.addresses {
            Err(_) => names.unread += 1,
            Ok(place) if !place.is_in(network) => names.elsewhere.push(place.subnet.to_string()),
            Ok(place) => {
                names.endpoints.push(endpoint);
                for one in &place.addresses {
                    let host = one.host.to_ascii_lowercase();
                    names
                        .expected
                        .entry(host)
                        .or_default()
                        .insert(one.address.clone());
                }
            }
        }
    }
    if !names.endpoints.is_empty() {
        for host in own_hosts(&facts.reading()?.registry) {
            if !names.expected.contains_key(&host) {
                names.without_address.push(host);
            }
        }
    }
    Some(names)
}

/// Returns the hosts of a registry: the login server, and the data and regional endpoints that it lists.
pub fn own_hosts(registry: &LiveRegistry) -> Vec<String> {
    let mut hosts = Vec::new();
    // The names come from a service and go into requests.
    if is_host_name(&registry.login_server) {
        hosts.push(registry.login_server.to_ascii_lowercase());
    }
    for key in ["dataEndpointHostNames", "regionalEndpointHostNames"] {
        let listed = registry.body["properties"][key].as_array();
        for host in listed.into_iter().flatten() {
            let name = host.as_str().filter(|host| is_host_name(host));
            hosts.extend(name.map(str::to_ascii_lowercase));
        }
    }
    hosts
}

impl PrivateNames<'_> {
    /// Returns the names whose lookup gave another address than the endpoint's, with both.
    pub(crate) fn wrong_lookups(&self, network: &AskedNetwork) -> Vec<(String, String)> {
        let mut wrong = Vec::new();
        for (host, lookup) in &network.lookups {
            let Some(expected) = self.expected.get(host) else {
                continue;
            };
            let found: Vec<String> = lookup.addresses.iter().map(IpAddr::to_string).collect();
            // Every address that DNS gives must be the endpoint's.
            if !found.is_empty() && found.iter().all(|address| expected.contains(address)) {
                continue;
            }
            let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
            let actual = match found.is_empty() {
                true => lookup.outcome.in_words(),
                false => lookup.addresses_in_words(),
            };
            wrong.push((
                host.clone(),
                format!("expected {}, found: {actual}", expected.join(" or ")),
            ));
        }
        wrong
    }

    /// Compares the zones with the names.
    pub(crate) fn zone_state(&self, network: &AskedNetwork) -> ZoneState {
        if self.dns.zones.is_empty() {
            return ZoneState::Unknown;
        }
        let mut linked = self
            .dns
            .zones
            .iter()
            .filter(|zone| zone.is_linked_to(network.id.key()));
        let Some(zone) = linked.next() else {
            return self.unlinked(network);
        };
        let Ok(records) = &zone.records else {
            return ZoneState::Unknown;
        };
        let (mut faults, mut remedies) = (Vec::new(), Vec::new());
        for (host, expected) in &self.expected {
            let record = record_name(host, zone);
            let mut found = records
                .iter()
                .filter(|known| known.host.eq_ignore_ascii_case(&record))
                .peekable();
            let there = found.peek().is_some();
            if there && found.all(|known| expected.contains(&known.address)) {
                continue;
            }
            let what = if there { "another address" } else { "no address" };
            faults.push(format!("{} has {what} for {host}", zone.id.name()));
            for address in expected {
                remedies.push(add_record(zone, &record, address));
            }
        }
        match faults.is_empty() {
            true => ZoneState::Right,
            false => ZoneState::Faulty { faults, remedies },
        }
    }

    fn unlinked(&self, network: &AskedNetwork) -> ZoneState {
        // A zone whose links cannot be read may be linked.
        let Some(zone) = self.dns.zones.iter().find(|zone| zone.links.is_ok()) else {
            return ZoneState::Unknown;
        };
        let fault = format!(
            "{} in group {} is not linked to the network",
            zone.id.name(),
            zone.id.resource_group()
        );
        let remedy = format!(
            "link the zone: `az network private-dns link vnet create -g {} -z {} -n {} -v {} -e false`",
            zone.id.resource_group(),
            zone.id.name(),
            network.id.name(),
            network.id
        );
        ZoneState::Faulty {
            faults: vec![fault],
            remedies: vec![remedy],
        }
    }
}

/// Returns the name of the record for a host: `contoso.azurecr.io` is `contoso` in the zone `privatelink.azurecr.io`.
fn record_name(host: &str, zone: &PrivateZone) -> String {
    let suffix = zone.id.name().strip_prefix("privatelink.").unwrap_or_default();
    let name = host.strip_suffix(suffix).unwrap_or(host);
    name.trim_end_matches('.').to_owned()
}

fn add_record(zone: &PrivateZone, record: &str, address: &str) -> String {
    format!(
        "add the record: `az network private-dns record-set a add-record -g {} -z {} -n {record} -a {address}`",
        zone.id.resource_group(),
        zone.id.name()
    )
}
