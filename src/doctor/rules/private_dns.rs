//! Rules about the private endpoints of a virtual network, and the names that should lead to them (`--vnet`).

use super::evidence::{CauseRule, Evidence};
use crate::doctor::causes::{
    NO_PRIVATE_ENDPOINT, NO_PRIVATE_ENDPOINT_IN_VNET, SEVERAL_PRIVATE_ENDPOINTS, WRONG_PRIVATE_DNS,
};
use crate::doctor::facts::{AskedNetwork, Observations};
use crate::doctor::private_connections::creation_in;
use crate::doctor::private_names::{PrivateNames, ZoneState, private_names, zone_of_clients};
use crate::doctor::private_path::Unjudged;
use crate::doctor::steps::Step;
use crate::doctor::types::Confidence::{High, Low, Medium};
use crate::model::shell_word;

pub(super) const RULES: &[CauseRule] = &[
    CauseRule {
        cause: NO_PRIVATE_ENDPOINT,
        find: registry_has_none,
        steps: &[Step::PrivateEndpoints, Step::PrivateZone, Step::PrivateDns],
    },
    CauseRule {
        cause: NO_PRIVATE_ENDPOINT_IN_VNET,
        find: network_has_none,
        steps: &[Step::PrivateEndpoints, Step::PrivateZone, Step::PrivateDns],
    },
    CauseRule {
        cause: SEVERAL_PRIVATE_ENDPOINTS,
        find: network_has_several,
        steps: &[Step::PrivateEndpoints, Step::PrivateZone, Step::PrivateDns],
    },
    CauseRule {
        cause: WRONG_PRIVATE_DNS,
        find: names_lead_elsewhere,
        steps: &[Step::PrivateDns, Step::PrivateZone, Step::PrivateEndpoints],
    },
];

fn asked(facts: &Observations) -> Option<(&AskedNetwork, PrivateNames<'_>)> {
    let network = facts.surroundings.network.as_ref()?;
    Some((network, private_names(facts, &network.id)?))
}

/// Returns the state of the private zone in the network of `--vnet`, if addresses are known to compare it with.
pub(super) fn zone_of_network(facts: &Observations) -> Option<ZoneState<'_>> {
    let network = facts.surroundings.network.as_ref()?;
    let names = private_names(facts, &network.id)?;
    (!names.expected.is_empty()).then(|| names.zone_state(network))
}

fn registry_has_none(facts: &Observations) -> Option<Evidence> {
    let network = facts.surroundings.network.as_ref()?;
    let registry = &facts.reading()?.registry;
    if registry.private_endpoint_connections > 0 {
        return None;
    }
    let command = creation_in(&network.id, &registry.id);
    let mut found = Evidence::cause(High).fact("private endpoint connections", 0);
    // Azure refuses private endpoints of other tiers (docs: container-registry-private-link, "Prerequisites").
    if !registry.is_premium() {
        found = found
            .fact("tier", &registry.sku)
            .remedy("only Premium registries have private endpoints, so first change the tier: `az acr update -n {name} --sku Premium{subscription_flag}`");
    }
    Some(found.remedy(format!("make one: `{command}`")).only_these())
}

fn network_has_none(facts: &Observations) -> Option<Evidence> {
    let (network, names) = asked(facts)?;
    // One that cannot be read may be there.
    if !names.endpoints.is_empty() || !names.unread.is_empty() || names.elsewhere.is_empty() {
        return None;
    }
    let command = creation_in(&network.id, &facts.reading()?.registry.id);
    // In a hub and its spokes, one endpoint serves many networks.
    let found = match zone_of_clients(facts, network.id.key()) {
        Some(ZoneState::Right) => Evidence::note()
            .fact("private zone", "linked to the network, with the right records")
            .remedy("nothing to mend, if the network is peered with that of the private endpoint"),
        _ => Evidence::cause(High),
    };
    Some(
        found
            .fact("network", &network.id)
            .fact("subnets of its private endpoints", names.elsewhere.join(", "))
            .remedy("correct the id of the network")
            .remedy(format!("or make a private endpoint there: `{command}`"))
            .only_these(),
    )
}

fn network_has_several(facts: &Observations) -> Option<Evidence> {
    let (network, names) = asked(facts)?;
    let several = names.expected.values().any(|addresses| addresses.len() > 1);
    let ids: Vec<&str> = names
        .endpoints
        .iter()
        .map(|endpoint| endpoint.id.as_str())
        .collect();
    let mut found = Evidence::cause(High).fact("private endpoints", ids.join(", "));
    // Clients use the one that the zone leads to.
    let Some(used) = names.endpoint_of_zone(&network.id) else {
        return several.then_some(found);
    };
    for id in ids {
        if id != used.id.as_str() {
            let command = format!("az network private-endpoint delete --ids {}", shell_word(id));
            found = found.remedy(format!(
                "keep {}, which the zone leads to, and delete the other: `{command}`",
                used.id.name()
            ));
        }
    }
    several.then(|| found.only_these())
}

fn names_lead_elsewhere(facts: &Observations) -> Option<Evidence> {
    let (network, names) = asked(facts)?;
    // The names of an endpoint without an approved connection lead nowhere, right or wrong.
    if !names.endpoints.iter().any(|endpoint| endpoint.is_approved()) {
        return None;
    }
    let wrong = names.wrong_lookups(network);
    let missing = &names.without_address;
    let zone = names.zone_state(network);
    // Where no name was looked up, the zone alone tells.
    let unasked = network.lookups.is_empty() && matches!(zone, ZoneState::Faulty { .. });
    if wrong.is_empty() && missing.is_empty() && !unasked {
        return None;
    }
    let confidence = match &zone {
        _ if !missing.is_empty() => High,
        ZoneState::Faulty { .. } => High,
        ZoneState::Unjudged(Unjudged::NoZone) => Medium,
        // The network may be well, and this machine outside of it.
        ZoneState::Right | ZoneState::Unjudged(_) => Low,
    };
    let mut found = Evidence::cause(confidence);
    for (host, what) in wrong {
        found = found.fact(&host, what);
    }
    for host in missing {
        found = found.fact(host, "no private endpoint of the network has an address for it");
    }
    match zone {
        ZoneState::Faulty { faults, remedies } => {
            for fault in faults {
                found = found.fact("private zone", fault);
            }
            for remedy in remedies {
                found = found.remedy(remedy);
            }
        }
        ZoneState::Unjudged(Unjudged::NoZone) => {
            found = found.fact("private zone", "none that this account sees");
        }
        ZoneState::Unjudged(why) => {
            found = match why {
                Unjudged::OwnServers(servers) => {
                    found.fact("DNS servers of the network", servers.join(", "))
                }
                _ => found.fact("private zone", "not judged"),
            };
            found = found
                .remedy("run this on a machine in the network: this machine may ask other DNS servers");
        }
        ZoneState::Right => {
            found = found.fact("private zone", "linked to the network, with the right records").remedy(
                "run this on a machine in the network: the zone is right, and this machine asks other DNS servers",
            );
        }
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use serde_json::{Value, json};

    use crate::doctor::facts::{
        AskedName, AskedNetwork, Lookup, LookupOutcome, Observations, RegistryView,
    };
    use crate::doctor::{Confidence, diagnose};
    use crate::live::surroundings::{
        EndpointAddress, EndpointAddresses, PrivateDnsFacts, PrivateEndpoint, PrivateZone, ZoneLink,
    };
    use crate::live::{Reading, parse_registry};
    use crate::model::{RegistryId, ResourceId};

    const HUB: &str =
        "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/hub";
    const HOST: &str = "contoso.azurecr.io";

    fn id(text: &str) -> ResourceId {
        ResourceId::parse(text).unwrap()
    }

    fn endpoint(network: &str, name: &str, address: &str) -> PrivateEndpoint {
        PrivateEndpoint {
            id: id(&format!(
                "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/privateEndpoints/{name}"
            )),
            state: "Approved".to_owned(),
            addresses: Ok(EndpointAddresses {
                subnet: id(&format!("{network}/subnets/private")),
                location: None,
                addresses: vec![EndpointAddress {
                    host: HOST.to_owned(),
                    address: address.to_owned(),
                }],
            }),
            zone_groups: Ok(Vec::new()),
        }
    }

    fn link(network: &str) -> ZoneLink {
        ZoneLink {
            network: id(network),
            falls_back: false,
        }
    }

    fn zone(linked: bool, record: Option<&str>) -> PrivateZone {
        let records = record.map(|address| EndpointAddress {
            host: "contoso".to_owned(),
            address: address.to_owned(),
        });
        PrivateZone {
            id: id(
                "/subscriptions/s/resourceGroups/dns/providers/Microsoft.Network/privateDnsZones/privatelink.azurecr.io",
            ),
            links: Ok(if linked { vec![link(HUB)] } else { Vec::new() }),
            records: Ok(records.into_iter().collect()),
        }
    }

    /// The observations of a registry with these endpoints and zones, whose name resolves to `found`.
    fn observations(
        endpoints: Vec<PrivateEndpoint>,
        zones: Vec<PrivateZone>,
        found: &str,
    ) -> Observations {
        let registry =
            "/subscriptions/s/resourceGroups/g/providers/Microsoft.ContainerRegistry/registries/contoso";
        let connections: Vec<Value> = endpoints
            .iter()
            .map(|endpoint| {
                json!({"id": format!("{registry}/privateEndpointConnections/one"), "properties": {
                    "privateEndpoint": {"id": endpoint.id.as_str()},
                    "privateLinkServiceConnectionState": {"status": endpoint.state}}})
            })
            .collect();
        let body = json!({"id": registry, "location": "eastus", "sku": {"name": "Premium"}, "properties": {
            "provisioningState": "Succeeded", "loginServer": HOST, "publicNetworkAccess": "Disabled",
            "networkRuleBypassOptions": "AzureServices", "privateEndpointConnections": connections,
            "networkRuleSet": {"defaultAction": "Deny", "ipRules": [], "virtualNetworkRules": []}}});
        let registry = parse_registry(&RegistryId::parse(registry).unwrap(), "2026-09-01-preview", body);
        let mut facts = Observations::new(Timestamp::UNIX_EPOCH, AskedName::parse("contoso").unwrap());
        facts.registry = RegistryView::Read(Box::new(Reading::of(registry.unwrap())));
        facts.surroundings.dns = Some(PrivateDnsFacts {
            endpoints,
            zones,
            ..PrivateDnsFacts::default()
        });
        let lookup = Lookup {
            servers: Vec::new(),
            aliases: Vec::new(),
            addresses: found.parse().into_iter().collect(),
            outcome: LookupOutcome::Answered,
        };
        facts.surroundings.network = Some(AskedNetwork {
            id: id(HUB),
            lookups: vec![(HOST.to_owned(), lookup)],
        });
        facts
    }

    fn verdicts(facts: &Observations) -> Vec<(String, Confidence)> {
        let verdicts = diagnose(facts).verdicts;
        verdicts
            .into_iter()
            .map(|verdict| (verdict.id, verdict.confidence))
            .collect()
    }

    #[test]
    fn names_are_compared_with_the_endpoint_and_the_zone() {
        let here = || vec![endpoint(HUB, "one", "10.0.0.5")];
        let wrong = |confidence| vec![("WRONG_PRIVATE_DNS".to_owned(), confidence)];
        let rows = [
            ("right", zone(true, Some("10.0.0.5")), "10.0.0.5", Vec::new()),
            (
                "outside",
                zone(true, Some("10.0.0.5")),
                "20.1.2.3",
                wrong(Confidence::Low),
            ),
            (
                "another record",
                zone(true, Some("10.0.0.6")),
                "10.0.0.6",
                wrong(Confidence::High),
            ),
            ("no record", zone(true, None), "20.1.2.3", wrong(Confidence::High)),
            (
                "no link",
                zone(false, Some("10.0.0.5")),
                "20.1.2.3",
                wrong(Confidence::High),
            ),
            ("own DNS servers", zone(false, None), "10.0.0.5", Vec::new()),
        ];
        for (what, zone, found, want) in rows {
            assert_eq!(verdicts(&observations(here(), vec![zone], found)), want, "{what}");
        }
        let unseen = observations(here(), Vec::new(), "20.1.2.3");
        assert_eq!(verdicts(&unseen), wrong(Confidence::Medium));
    }

    #[test]
    fn remedy_is_the_command_that_mends_the_zone() {
        let remedy = |zone| {
            let facts = observations(vec![endpoint(HUB, "one", "10.0.0.5")], vec![zone], "20.1.2.3");
            diagnose(&facts).verdicts[0].remedies[0].clone()
        };
        assert_eq!(
            remedy(zone(false, None)),
            format!(
                "link the zone: `az network private-dns link vnet create -g dns -z privatelink.azurecr.io -n hub -v {HUB} -e false --subscription s`"
            )
        );
        assert_eq!(
            remedy(zone(true, None)),
            "add the record: `az network private-dns record-set a add-record -g dns -z privatelink.azurecr.io -n contoso -a 10.0.0.5 --subscription s`"
        );
    }

    #[test]
    fn endpoints_of_the_network_are_counted() {
        let spoke = HUB.replace("/hub", "/spoke");
        let high = |id: &str| vec![(id.to_owned(), Confidence::High)];
        let none = observations(Vec::new(), Vec::new(), "20.1.2.3");
        assert_eq!(verdicts(&none), high("NO_PRIVATE_ENDPOINT"));
        let elsewhere = observations(vec![endpoint(&spoke, "one", "10.0.0.5")], Vec::new(), "20.1.2.3");
        assert_eq!(verdicts(&elsewhere), high("NO_PRIVATE_ENDPOINT_IN_VNET"));
        let two = vec![endpoint(HUB, "one", "10.0.0.5"), endpoint(HUB, "two", "10.0.0.6")];
        let several = observations(two, vec![zone(true, Some("10.0.0.5"))], "10.0.0.5");
        assert_eq!(verdicts(&several), high("SEVERAL_PRIVATE_ENDPOINTS"));
        let remedies = &diagnose(&several).verdicts[0].remedies;
        assert!(remedies[0].contains("keep one,") && remedies[0].ends_with("privateEndpoints/two`"));
        let mut waiting = endpoint(HUB, "one", "10.0.0.5");
        waiting.state = "Pending".to_owned();
        let pending = observations(vec![waiting], vec![zone(true, Some("10.0.0.5"))], "10.0.0.5");
        assert_eq!(verdicts(&pending), high("N11"));
    }
}
