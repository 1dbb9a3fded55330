//! The route that the traffic of a subnet takes to a target.
//!
//! A route for a service tag wins over one for all addresses, the tag of a region over that of all (docs:
//! virtual-networks-udr-overview, "Service tags for user-defined routes"). A service endpoint's own route wins over both
//! (docs: virtual-network-service-endpoints-overview).

use super::cover::{Cover, of_target};
use super::target::Target;
use crate::live::surroundings::{Route, ServiceEndpoint};

/// The next hop to a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Hop<'r> {
    /// Azure's own network, by the service endpoint.
    ServiceEndpoint,
    /// The internet, by a route of the table or by Azure's own.
    Internet,
    /// The route drops the traffic.
    Dropped(&'r Route),
    /// A firewall or another appliance, whose own rules are not read.
    Appliance(&'r Route),
    /// A gateway to a network outside of Azure.
    Gateway(&'r Route),
}

/// Returns the next hop of the traffic to a target.
pub(crate) fn hop<'r>(routes: &'r [Route], endpoints: &[ServiceEndpoint], target: &Target) -> Hop<'r> {
    if endpoints.iter().any(|endpoint| leads_to(endpoint, target)) {
        return Hop::ServiceEndpoint;
    }
    let mut best: Option<(&Route, u8)> = None;
    for route in routes {
        if of_target(&route.prefix, target) == Cover::Whole {
            let rank = rank(&route.prefix, target);
            if best.is_none_or(|(_, known)| rank > known) {
                best = Some((route, rank));
            }
        }
    }
    let Some((route, _)) = best else {
        return Hop::Internet;
    };
    match route.next_hop.to_ascii_lowercase().as_str() {
        "none" => Hop::Dropped(route),
        "virtualappliance" => Hop::Appliance(route),
        "virtualnetworkgateway" => Hop::Gateway(route),
        _ => Hop::Internet,
    }
}

/// Returns true if the endpoint is on and is that of the target, such as `Microsoft.Storage.Global` for Storage.
fn leads_to(endpoint: &ServiceEndpoint, target: &Target) -> bool {
    let service = endpoint.service.to_ascii_lowercase();
    let wanted = target.endpoint.to_ascii_lowercase();
    let is_on = endpoint.state.is_empty() || endpoint.state.eq_ignore_ascii_case("Succeeded");
    is_on && (service == wanted || service == format!("{wanted}.global"))
}

/// Returns how exact a prefix is: all addresses, all of Azure, the tag.
fn rank(prefix: &str, target: &Target) -> u8 {
    let (tag, region) = prefix.split_once('.').unwrap_or((prefix, ""));
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
        };
        match hop(routes, endpoints, &target) {
            Hop::ServiceEndpoint => "endpoint".to_owned(),
            Hop::Internet => "internet".to_owned(),
            Hop::Dropped(route) => format!("dropped by {}", route.name),
            Hop::Appliance(route) => format!("appliance by {}", route.name),
            Hop::Gateway(route) => format!("gateway by {}", route.name),
        }
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
            (vec![], "internet"),
            (vec![private.clone(), other], "internet"),
            (vec![all.clone(), private], "appliance by 0.0.0.0/0"),
            (vec![all.clone(), azure.clone()], "dropped by AzureCloud"),
            (vec![azure, tag.clone(), all.clone()], "internet"),
            (
                vec![tag, region, all],
                "gateway by AzureContainerRegistry.WestEurope",
            ),
        ];
        for (routes, want) in rows {
            assert_eq!(to_registry(&routes, &[]), want);
        }
    }

    #[test]
    fn service_endpoint_wins_over_routes() {
        let endpoint = |state: &str| ServiceEndpoint {
            service: "Microsoft.ContainerRegistry".to_owned(),
            state: state.to_owned(),
        };
        let routes = [route("0.0.0.0/0", "None")];
        assert_eq!(to_registry(&routes, &[endpoint("Succeeded")]), "endpoint");
        assert_eq!(
            to_registry(&routes, &[endpoint("Updating")]),
            "dropped by 0.0.0.0/0"
        );
    }
}
