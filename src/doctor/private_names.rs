//! The names of a registry in one virtual network: where they should lead, and what the private zones say.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::facts::{AskedNetwork, Lookup, LookupOutcome, Observations, Surroundings};
use super::private_path::{Unjudged, own_servers, without_link};
use crate::live::LiveRegistry;
use crate::live::surroundings::{EndpointAddress, PrivateDnsFacts, PrivateEndpoint, PrivateZone};
use crate::model::{Failure, ResourceId, is_host_name, shell_word};

/// Host names, each with the private addresses that it should have.
type Expected = BTreeMap<String, BTreeSet<String>>;

/// The private endpoints of a network, and the names that they have.
#[derive(Clone, Debug)]
pub(crate) struct PrivateNames<'f> {
    /// Those of the network.
    pub(crate) endpoints: Vec<&'f PrivateEndpoint>,
    /// The subnets of the others.
    pub(crate) elsewhere: Vec<String>,
    /// The reasons why the place of an endpoint is not known, or which endpoints there are.
    pub(crate) unread: Vec<&'f Failure>,
    /// The addresses of each name, one for each endpoint.
    pub(crate) expected: Expected,
    /// Names of the registry that no endpoint of the network has.
    pub(crate) without_address: Vec<String>,
    around: &'f Surroundings,
    dns: &'f PrivateDnsFacts,
}

/// What the private zones say of the names.
pub(crate) enum ZoneState<'f> {
    Unjudged(Unjudged<'f>),
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
    let around = &facts.surroundings;
    let dns = around.dns.as_ref()?;
    let mut names = PrivateNames {
        endpoints: Vec::new(),
        elsewhere: Vec::new(),
        unread: dns.unread_connections.iter().collect(),
        expected: BTreeMap::new(),
        without_address: Vec::new(),
        around,
        dns,
    };
    for endpoint in &dns.endpoints {
        match &endpoint.addresses {
            Err(failure) => names.unread.push(failure),
            Ok(place) if !place.is_in(network.key()) => names.elsewhere.push(place.subnet.to_string()),
            Ok(place) => {
                names.endpoints.push(endpoint);
                add(&mut names.expected, &place.addresses);
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

impl<'f> PrivateNames<'f> {
    /// Returns the names whose lookup gave another address than the endpoint's, with both.
    pub(crate) fn wrong_lookups(&self, network: &AskedNetwork) -> Vec<(String, String)> {
        let mut wrong = Vec::new();
        for (host, lookup, expected) in self.compared(network) {
            if !is_answer(lookup) {
                continue;
            }
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
                host.to_owned(),
                format!("expected {}, found: {actual}", expected.join(" or ")),
            ));
        }
        wrong
    }

    /// Returns the number of lookups of names whose addresses are known.
    pub(crate) fn compared_lookups(&self, network: &AskedNetwork) -> usize {
        self.compared(network).count()
    }

    /// Returns the lookups that no DNS server answered, with the reason.
    pub(crate) fn unanswered_lookups(&self, network: &AskedNetwork) -> Vec<(String, String)> {
        let mut unanswered = Vec::new();
        for (host, lookup, _) in self.compared(network) {
            if !is_answer(lookup) {
                unanswered.push((host.to_owned(), lookup.outcome.in_words()));
            }
        }
        unanswered
    }

    /// Returns the lookups of names whose addresses are known, with these.
    fn compared<'n>(
        &'n self,
        network: &'n AskedNetwork,
    ) -> impl Iterator<Item = (&'n str, &'n Lookup, &'n BTreeSet<String>)> {
        network.lookups.iter().filter_map(|(host, lookup)| {
            let expected = self.expected.get(host)?;
            Some((host.as_str(), lookup, expected))
        })
    }

    /// Returns true if a zone that is seen is linked to the network.
    pub(crate) fn is_linked(&self, network: &AskedNetwork) -> bool {
        self.dns.zone_of(network.id.key()).is_some()
    }

    /// Returns what the zone of the network has for a host.
    pub(crate) fn records(&self, network: &AskedNetwork, host: &str) -> Vec<String> {
        let mut found = Vec::new();
        let Some(zone) = self.dns.zone_of(network.id.key()) else {
            return found;
        };
        let record = record_name(host, zone);
        for known in zone.records.iter().flatten() {
            if known.host.eq_ignore_ascii_case(&record) {
                found.push(known.address.clone());
            }
        }
        found
    }

    /// Returns the only endpoint whose addresses the zone of the network has.
    pub(crate) fn endpoint_of_zone(&self, network: &ResourceId) -> Option<&PrivateEndpoint> {
        let records = self.dns.zone_of(network.key())?.records.as_ref().ok()?;
        let mut used = None;
        for endpoint in &self.endpoints {
            let place = endpoint.addresses.as_ref().ok()?;
            let mut own = place.addresses.iter();
            if own.any(|one| records.iter().any(|record| record.address == one.address)) {
                if used.is_some() {
                    return None;
                }
                used = Some(*endpoint);
            }
        }
        used
    }

    /// Compares the zones with the names.
    pub(crate) fn zone_state(&self, network: &AskedNetwork) -> ZoneState<'f> {
        let key = network.id.key();
        match (self.dns.zone_of(key), own_servers(self.around, key)) {
            (Some(_), Some(why)) => ZoneState::Unjudged(why),
            (Some(zone), None) => compared(zone, &self.expected),
            (None, _) => unlinked(self.around, &network.id, &self.expected),
        }
    }
}

/// Returns true if DNS said what the name has. A server that does not answer says nothing of the name.
fn is_answer(lookup: &Lookup) -> bool {
    match lookup.outcome {
        LookupOutcome::Answered | LookupOutcome::NoSuchName | LookupOutcome::NoAddress => true,
        LookupOutcome::NotAsked
        | LookupOutcome::Refused(_)
        | LookupOutcome::TimedOut
        | LookupOutcome::Failed(_) => false,
    }
}

/// Says what the zone of a network, by its id in lower case, has for the names of a registry whose clients come through a
/// private endpoint. The endpoint may stand in another network. `None` if no zone is linked there, if the names that it
/// lacks are looked up on the internet, or if the network may ask other servers.
pub(crate) fn zone_of_clients<'f>(facts: &'f Observations, network: &str) -> Option<ZoneState<'f>> {
    let dns = facts.surroundings.dns.as_ref()?;
    let zone = dns.zone_of(network)?;
    if zone.falls_back(network) || own_servers(&facts.surroundings, network).is_some() {
        return None;
    }
    let (expected, unread) = expected_anywhere(facts)?;
    Some(match (compared(zone, &expected), unread) {
        (ZoneState::Right, Some(failure)) => ZoneState::Unjudged(Unjudged::Unread(failure)),
        (state, _) => state,
    })
}

/// Returns the addresses that the names of a registry may have in any network, and the reason why an endpoint is not known. A name
/// whose addresses are not known has none.
fn expected_anywhere(facts: &Observations) -> Option<(Expected, Option<&Failure>)> {
    let dns = facts.surroundings.dns.as_ref()?;
    let (mut expected, mut unread) = (Expected::new(), None);
    for endpoint in dns.endpoints.iter().filter(|endpoint| endpoint.is_approved()) {
        match &endpoint.addresses {
            Err(failure) => unread = Some(failure),
            Ok(place) => add(&mut expected, &place.addresses),
        }
    }
    for host in own_hosts(&facts.reading()?.registry) {
        expected.entry(host).or_default();
    }
    // An endpoint that cannot be read may have any address.
    if unread.is_some() {
        for addresses in expected.values_mut() {
            addresses.clear();
        }
    }
    Some((expected, unread))
}

fn add(expected: &mut Expected, found: &[EndpointAddress]) {
    for one in found {
        let host = one.host.to_ascii_lowercase();
        expected.entry(host).or_default().insert(one.address.clone());
    }
}

/// Compares the records of a zone with the names. A name whose addresses are not known needs any record.
fn compared<'f>(zone: &'f PrivateZone, expected: &Expected) -> ZoneState<'f> {
    let records = match &zone.records {
        Ok(records) => records,
        Err(failure) => return ZoneState::Unjudged(Unjudged::Unread(failure)),
    };
    let (mut faults, mut remedies) = (Vec::new(), Vec::new());
    for (host, addresses) in expected {
        let record = record_name(host, zone);
        let mut found = records
            .iter()
            .filter(|known| known.host.eq_ignore_ascii_case(&record))
            .peekable();
        let there = found.peek().is_some();
        if there && found.all(|known| addresses.is_empty() || addresses.contains(&known.address)) {
            continue;
        }
        let what = if there { "another address" } else { "no address" };
        faults.push(format!("{} has {what} for {host}", zone.id.name()));
        for address in addresses {
            remedies.push(add_record(zone, &record, address));
        }
        if addresses.is_empty() {
            remedies.push(add_record(zone, &record, "ADDRESS"));
        }
    }
    match faults.is_empty() {
        true => ZoneState::Right,
        false => ZoneState::Faulty { faults, remedies },
    }
}

/// Says that no zone is linked to a network, whose clients need the names of the registry all the same.
pub(crate) fn unlinked_from<'f>(facts: &'f Observations, network: &ResourceId) -> ZoneState<'f> {
    let expected = expected_anywhere(facts).map_or_else(Expected::new, |(expected, _)| expected);
    unlinked(&facts.surroundings, network, &expected)
}

/// Returns the state of a network that no zone is linked to.
fn unlinked<'f>(around: &'f Surroundings, network: &ResourceId, expected: &Expected) -> ZoneState<'f> {
    if let Some(why) = without_link(around, network.key()) {
        return ZoneState::Unjudged(why);
    }
    // The one with the right records, or else any.
    let mut right = zones(around).filter(|zone| matches!(compared(zone, expected), ZoneState::Right));
    let Some(zone) = right.next().or(zones(around).next()) else {
        return ZoneState::Unjudged(Unjudged::NoZone);
    };
    let (group, name) = (zone.id.resource_group(), zone.id.name());
    let remedy = format!(
        "link the zone: `az network private-dns link vnet create -g {} -z {name} -n {} -v {} -e false --subscription {}`",
        shell_word(group),
        shell_word(network.name()),
        shell_word(network.as_str()),
        zone.id.subscription()
    );
    ZoneState::Faulty {
        faults: vec![format!("{name} in group {group} is not linked to the network")],
        remedies: vec![remedy],
    }
}

fn zones(around: &Surroundings) -> impl Iterator<Item = &PrivateZone> {
    around.dns.iter().flat_map(|dns| &dns.zones)
}

/// Returns the name of the record for a host: `contoso.azurecr.io` is `contoso` in the zone `privatelink.azurecr.io`.
fn record_name(host: &str, zone: &PrivateZone) -> String {
    let suffix = zone.id.name().strip_prefix("privatelink.").unwrap_or_default();
    let name = host.strip_suffix(suffix).unwrap_or(host);
    name.trim_end_matches('.').to_owned()
}

fn add_record(zone: &PrivateZone, record: &str, address: &str) -> String {
    format!(
        "add the record: `az network private-dns record-set a add-record -g {} -z {} -n {} -a {} --subscription {}`",
        shell_word(zone.id.resource_group()),
        zone.id.name(),
        shell_word(record),
        shell_word(address),
        zone.id.subscription()
    )
}
