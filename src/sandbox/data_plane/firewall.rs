//! The registry's firewall.

use std::net::{IpAddr, Ipv4Addr};

use ipnet::Ipv4Net;
use serde_json::Value;

use super::client_address::{ClientKind, Origin};
use crate::sandbox::protocol::json::{is, list, text};

/// The settings that decide who reaches a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Gate {
    /// Network rules are for Premium only.
    restricts: bool,
    public: bool,
    open: bool,
    addresses: Vec<Ipv4Net>,
    /// Ids in lower case.
    subnets: Vec<String>,
    trusted_services: bool,
    tasks: bool,
    /// An approved private endpoint.
    private: bool,
}

impl Gate {
    pub(crate) fn of(registry: &Value) -> Self {
        let properties = &registry["properties"];
        let set = &properties["networkRuleSet"];
        let rules = list(set, "virtualNetworkRules").iter();
        let subnet = |rule: &Value| text(rule, "/virtualNetworkSubnetResourceId").to_ascii_lowercase();
        let approved = |connection: &Value| {
            let status = "/properties/privateLinkServiceConnectionState/status";
            is(connection, status, "Approved")
        };
        Self {
            restricts: is(registry, "/sku/name", "Premium"),
            public: matches!(text(properties, "/publicNetworkAccess"), "" | "Enabled"),
            open: matches!(text(set, "/defaultAction"), "" | "Allow"),
            addresses: list(set, "ipRules").iter().filter_map(range).collect(),
            subnets: rules.map(subnet).collect(),
            trusted_services: !is(properties, "/networkRuleBypassOptions", "None"),
            tasks: properties["networkRuleBypassAllowedForTasks"] == true,
            private: list(properties, "privateEndpointConnections")
                .iter()
                .any(approved),
        }
    }

    /// Who gets in; the first that applies (docs: container-registry-access-selected-networks, …-private-link,
    /// allow-access-trusted-services, …-vnet).
    pub(crate) fn admits(&self, origin: &Origin) -> bool {
        match origin.kind {
            ClientKind::PrivateEndpoint => return self.private,
            ClientKind::TrustedService if self.bypassed() => return true,
            ClientKind::Task if self.tasks => return true,
            ClientKind::Public | ClientKind::TrustedService | ClientKind::Task => {}
        }
        if !self.restricts {
            return true;
        }
        self.public && (self.open || self.lists(origin))
    }

    /// The bypass does not apply to a registry with service endpoints (docs: allow-access-trusted-services).
    fn bypassed(&self) -> bool {
        self.trusted_services && self.subnets.is_empty()
    }

    fn lists(&self, origin: &Origin) -> bool {
        match (&origin.subnet, origin.address) {
            (Some(subnet), _) => self.subnets.contains(subnet),
            (None, IpAddr::V4(address)) => self.addresses.iter().any(|range| range.contains(&address)),
            (None, IpAddr::V6(_)) => false,
        }
    }
}

/// The addresses of an IP rule. A value that is none admits nobody.
fn range(rule: &Value) -> Option<Ipv4Net> {
    let value = text(rule, "/value");
    let single = || value.parse::<Ipv4Addr>().ok().map(Ipv4Net::from);
    value.parse().ok().or_else(single)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const SUBNET: &str = "/subscriptions/s/subnets/a";

    fn registry(sku: &str, public: &str, action: &str, bypass: &str, subnets: &[&str]) -> Value {
        let subnets: Vec<Value> = subnets
            .iter()
            .map(|id| json!({"virtualNetworkSubnetResourceId": id}))
            .collect();
        json!({"sku": {"name": sku}, "properties": {
            "publicNetworkAccess": public, "networkRuleBypassOptions": bypass,
            "networkRuleSet": {"defaultAction": action, "virtualNetworkRules": subnets,
                "ipRules": [{"value": "203.0.113.0/24"}, {"value": "192.0.2.7"}, {"value": "nonsense"}]},
        }})
    }

    fn from(address: &str) -> Origin {
        Origin {
            address: address.parse().unwrap(),
            subnet: None,
            kind: ClientKind::Public,
        }
    }

    fn over(subnet: &str) -> Origin {
        Origin {
            subnet: Some(subnet.to_ascii_lowercase()),
            ..from("10.0.0.4")
        }
    }

    #[test]
    fn the_first_setting_that_applies_decides() {
        let trusted = Origin {
            kind: ClientKind::TrustedService,
            ..from("8.8.8.8")
        };
        let rows = [
            // inside, single, outside, subnet, trusted service
            (
                registry("Premium", "Enabled", "Allow", "None", &[]),
                [true, true, true, true, true],
            ),
            (
                registry("Premium", "Enabled", "Deny", "None", &[SUBNET]),
                [true, true, false, true, false],
            ),
            (
                registry("Premium", "Enabled", "Deny", "AzureServices", &[]),
                [true, true, false, false, true],
            ),
            (
                registry("Premium", "Enabled", "Deny", "AzureServices", &[SUBNET]),
                [true, true, false, true, false],
            ),
            (
                registry("Premium", "Disabled", "Allow", "None", &[SUBNET]),
                [false, false, false, false, false],
            ),
            (
                registry("Premium", "Disabled", "Deny", "AzureServices", &[]),
                [false, false, false, false, true],
            ),
            (
                registry("Basic", "Enabled", "Deny", "None", &[]),
                [true, true, true, true, true],
            ),
        ];
        for (registry, want) in rows {
            let gate = Gate::of(&registry);
            let inside = from("203.0.113.9");
            let visitors = [
                &inside,
                &from("192.0.2.7"),
                &from("8.8.8.8"),
                &over(SUBNET),
                &trusted,
            ];
            assert_eq!(visitors.map(|origin| gate.admits(origin)), want, "{registry}");
            assert!(
                !gate.restricts || gate.open || !gate.admits(&from("::1")),
                "IPv6 is in no rule"
            );
        }
    }

    #[test]
    fn what_is_neither_open_nor_closed_lets_nobody_in() {
        for (public, action) in [("SecuredByPerimeter", "Allow"), ("Enabled", "Maybe")] {
            let gate = Gate::of(&registry("Premium", public, action, "None", &[]));
            assert!(!gate.admits(&from("8.8.8.8")), "{public} {action}");
        }
    }

    #[test]
    fn tasks_and_private_endpoints_have_switches_of_their_own() {
        let mut registry = registry("Premium", "Disabled", "Deny", "AzureServices", &[]);
        let of = |kind| Origin {
            kind,
            ..from("8.8.8.8")
        };
        let visitors = [of(ClientKind::Task), of(ClientKind::PrivateEndpoint)];
        let admits = |registry: &Value| {
            visitors
                .each_ref()
                .map(|origin| Gate::of(registry).admits(origin))
        };
        assert_eq!(admits(&registry), [false, false]);
        registry["properties"]["networkRuleBypassAllowedForTasks"] = true.into();
        let state = json!({"properties": {"privateLinkServiceConnectionState": {"status": "Approved"}}});
        registry["properties"]["privateEndpointConnections"] = json!([state]);
        assert_eq!(admits(&registry), [true, true]);
    }
}
