//! The route that the traffic of a subnet takes to a target.
//!
//! The longest prefix decides for each address (docs: virtual-networks-udr-overview, "How Azure selects a route"). A service tag
//! stands for the prefixes of its addresses, the tag of a region for fewer of them (same page, "Service tags for user-defined
//! routes"). A service endpoint's own route wins over both (docs: virtual-network-service-endpoints-overview).

use std::cmp::Reverse;

use super::cover::{all_of_target, names_target};
use super::target::Target;
use crate::live::surroundings::{Route, ServiceEndpoint};
use crate::model::{AddressSet, Cidr};

/// Shortest prefix that can be longer than one of a tag. No owner has a block of the internet that is wider (IANA: IPv4 address
/// space registry).
const SHORTEST_OF_TAG: u8 = 8;

/// A next hop that is not the internet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hop {
    /// The route drops the traffic.
    Dropped,
    /// A firewall or another appliance, or a gateway to a network outside of Azure. What these let through is not read.
    Elsewhere,
}

/// The traffic to a target that takes one kind of hop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Taken<'r> {
    pub(crate) routes: Vec<&'r Route>,
    /// False if other routes take some of it.
    pub(crate) whole: bool,
}

/// Returns the traffic to a target that takes this kind of hop. `None` if none does.
pub(crate) fn taken<'r>(
    routes: &'r [Route],
    endpoints: &[ServiceEndpoint],
    target: &Target,
    hop: Hop,
) -> Option<Taken<'r>> {
    if let Some(address) = target.private {
        let route = in_place_of_azures(routes, address).filter(|route| hop_of(route) == Some(hop))?;
        return Some(Taken {
            routes: vec![route],
            whole: true,
        });
    }
    if endpoints.iter().any(|endpoint| leads_to(endpoint, target)) {
        return None;
    }
    let (mut found, mut addresses) = (Vec::new(), AddressSet::default());
    for (route, own) in effective(routes, target) {
        if hop_of(route) == Some(hop) {
            found.push(route);
            addresses = addresses.union(&own);
        }
    }
    (!found.is_empty()).then(|| Taken {
        routes: found,
        whole: addresses == all_of_target(target),
    })
}

/// Returns the route that takes the place of Azure's own to a private endpoint: one with the same prefix (docs:
/// virtual-networks-udr-overview, "How Azure selects a route").
fn in_place_of_azures(routes: &[Route], address: Cidr) -> Option<&Route> {
    routes.iter().find(|route| route.prefix.parse() == Ok(address))
}

/// Returns the first route that may take the place of Azure's own to a private endpoint. A shorter prefix does so where the subnet of the
/// endpoint has network policies for route tables (docs: disable-private-endpoint-network-policy), which are not read.
pub(crate) fn doubtful_route(routes: &[Route], address: Cidr) -> Option<&Route> {
    if in_place_of_azures(routes, address).is_some() {
        return None;
    }
    let mut covering: Vec<(Cidr, &Route)> = Vec::new();
    for route in routes {
        if let Ok(range) = route.prefix.parse::<Cidr>()
            && range.prefix_len() > 0
            && range.contains(address)
        {
            covering.push((range, route));
        }
    }
    covering.sort_by_key(|(range, _)| Reverse(range.prefix_len()));
    let (_, longest) = *covering.first()?;
    hop_of(longest).map(|_| longest)
}

/// Returns the routes that addresses of a target take, each with these addresses.
fn effective<'r>(routes: &'r [Route], target: &Target) -> Vec<(&'r Route, AddressSet)> {
    let tag = of_tag(routes, target);
    let mut ranges: Vec<(Cidr, &Route)> = Vec::new();
    for route in routes {
        if let Ok(range) = route.prefix.parse() {
            ranges.push((range, route));
        }
    }
    ranges.sort_by_key(|(range, _)| Reverse(range.prefix_len()));
    let (mut left, mut found) = (all_of_target(target), Vec::new());
    for (range, route) in ranges {
        if tag.is_some() && range.prefix_len() < SHORTEST_OF_TAG {
            break;
        }
        let range = range.public();
        let own = left.intersection(&range);
        if !own.is_empty() {
            left = left.difference(&range);
            found.push((route, own));
        }
    }
    if let Some(tag) = tag
        && !left.is_empty()
    {
        found.push((tag, left));
    }
    found
}

/// Returns the route for the most exact tag of a target.
fn of_tag<'r>(routes: &'r [Route], target: &Target) -> Option<&'r Route> {
    let mut best: Option<(&Route, u8)> = None;
    for route in routes {
        if names_target(&route.prefix, target) {
            let rank = rank(&route.prefix, target);
            if best.is_none_or(|(_, known)| rank > known) {
                best = Some((route, rank));
            }
        }
    }
    best.map(|(route, _)| route)
}

/// Returns the kind of a route's next hop. `None` for the internet and Azure's own network.
fn hop_of(route: &Route) -> Option<Hop> {
    match route.next_hop.to_ascii_lowercase().as_str() {
        "none" => Some(Hop::Dropped),
        "virtualappliance" | "virtualnetworkgateway" => Some(Hop::Elsewhere),
        _ => None,
    }
}

/// Returns true if the endpoint is on and is that of the target, such as `Microsoft.Storage.Global` for Storage.
fn leads_to(endpoint: &ServiceEndpoint, target: &Target) -> bool {
    let service = endpoint.service.to_ascii_lowercase();
    let wanted = target.endpoint.to_ascii_lowercase();
    let is_on = endpoint.state.is_empty() || endpoint.state.eq_ignore_ascii_case("Succeeded");
    is_on && (service == wanted || service == format!("{wanted}.global"))
}

/// Returns how exact a tag is: the whole internet, all of Azure, the tag of the target.
fn rank(tag: &str, target: &Target) -> u8 {
    let (tag, region) = tag.split_once('.').unwrap_or((tag, ""));
    let of_region = u8::from(!region.is_empty());
    if tag.eq_ignore_ascii_case(target.tag) {
        4 + of_region
    } else if tag.eq_ignore_ascii_case("AzureCloud") {
        2 + of_region
    } else {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(prefix: &str, next_hop: &str) -> Route {
        Route {
            name: prefix.to_owned(),
            prefix: prefix.to_owned(),
            next_hop: next_hop.to_owned(),
            next_hop_address: None,
        }
    }

    fn to_registry(routes: &[Route], endpoints: &[ServiceEndpoint]) -> String {
        let target = Target {
            tag: "AzureContainerRegistry",
            region: Some("westeurope".to_owned()),
            purpose: "the registry",
            endpoint: "Microsoft.ContainerRegistry",
            private: None,
        };
        let mut words = Vec::new();
        for (hop, what) in [(Hop::Dropped, "dropped"), (Hop::Elsewhere, "elsewhere")] {
            if let Some(taken) = taken(routes, endpoints, &target, hop) {
                let part = if taken.whole { "" } else { " in part" };
                let names: Vec<&str> = taken.routes.iter().map(|route| route.name.as_str()).collect();
                words.push(format!("{what}{part} by {}", names.join(" and ")));
            }
        }
        words.join(", ")
    }

    #[test]
    fn most_exact_route_decides() {
        let all = route("0.0.0.0/0", "VirtualAppliance");
        let azure = route("AzureCloud", "None");
        let tag = route("AzureContainerRegistry", "Internet");
        let region = route("AzureContainerRegistry.WestEurope", "VirtualNetworkGateway");
        let other = route("AzureContainerRegistry.EastUS", "None");
        let private = route("10.0.0.0/8", "None");
        let rows = [
            (vec![], ""),
            (vec![private.clone(), other], ""),
            (vec![all.clone(), private], "elsewhere by 0.0.0.0/0"),
            (vec![all.clone(), azure.clone()], "dropped by AzureCloud"),
            (vec![azure, tag.clone(), all.clone()], ""),
            (
                vec![tag, region, all],
                "elsewhere by AzureContainerRegistry.WestEurope",
            ),
        ];
        for (routes, want) in rows {
            assert_eq!(to_registry(&routes, &[]), want);
        }
    }

    #[test]
    fn routes_together_cover_a_target() {
        let none = |prefix| route(prefix, "None");
        let internet = |prefix| route(prefix, "Internet");
        let tag = || internet("AzureContainerRegistry");
        let rows = [
            (
                vec![none("0.0.0.0/1"), none("128.0.0.0/1")],
                "dropped by 0.0.0.0/1 and 128.0.0.0/1",
            ),
            (vec![none("0.0.0.0/1")], "dropped in part by 0.0.0.0/1"),
            // The longer prefix wins, whatever the shorter one says.
            (
                vec![none("0.0.0.0/0"), internet("0.0.0.0/1"), internet("128.0.0.0/1")],
                "",
            ),
            (
                vec![none("0.0.0.0/0"), internet("20.0.0.0/8")],
                "dropped in part by 0.0.0.0/0",
            ),
            (
                vec![internet("0.0.0.0/0"), none("20.0.0.0/8")],
                "dropped in part by 20.0.0.0/8",
            ),
            (
                vec![none("0.0.0.0/1"), route("128.0.0.0/1", "VirtualAppliance")],
                "dropped in part by 0.0.0.0/1, elsewhere in part by 128.0.0.0/1",
            ),
            // A tag has prefixes that are longer than half of the internet.
            (vec![none("0.0.0.0/1"), none("128.0.0.0/1"), tag()], ""),
            (vec![none("20.1.0.0/16"), tag()], "dropped in part by 20.1.0.0/16"),
        ];
        for (routes, want) in rows {
            assert_eq!(to_registry(&routes, &[]), want, "{routes:?}");
        }
    }

    #[test]
    fn only_the_same_prefix_takes_a_private_endpoint() {
        let address: Cidr = "10.0.1.5".parse().unwrap();
        let rows = [
            ("10.0.1.5/32", "None", true, false),
            ("10.0.1.5/32", "VirtualAppliance", false, false),
            ("10.0.0.0/16", "None", false, true),
            ("10.0.0.0/16", "VnetLocal", false, false),
            ("10.2.0.0/16", "None", false, false),
            ("0.0.0.0/0", "VirtualAppliance", false, false),
        ];
        for (prefix, hop, dropped, doubtful) in rows {
            let routes = [route(prefix, hop)];
            let target = super::super::target::private_target(address);
            let found = taken(&routes, &[], &target, Hop::Dropped).is_some();
            assert_eq!(found, dropped, "{prefix} {hop}");
            assert_eq!(
                doubtful_route(&routes, address).is_some(),
                doubtful,
                "{prefix} {hop}"
            );
        }
    }

    #[test]
    fn service_endpoint_wins_over_routes() {
        let endpoint = |state: &str| ServiceEndpoint {
            service: "Microsoft.ContainerRegistry".to_owned(),
            state: state.to_owned(),
        };
        let routes = [route("0.0.0.0/0", "None")];
        assert_eq!(to_registry(&routes, &[endpoint("Succeeded")]), "");
        assert_eq!(
            to_registry(&routes, &[endpoint("Updating")]),
            "dropped by 0.0.0.0/0"
        );
    }
}
