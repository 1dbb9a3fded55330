//! The registry's firewall: decides which clients are admitted.

use std::net::{IpAddr, Ipv4Addr};

use ipnet::Ipv4Net;
use serde_json::Value;

use super::client_address::{ClientKind, Origin};
use crate::sandbox::protocol::json::{is, list, text};

/// The settings that decide who reaches a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Firewall {
    /// True at Premium: other SKUs have no network rules.
    restricts: bool,
    public_access: bool,
    default_allow: bool,
    addresses: Vec<Ipv4Net>,
    /// Ids of the admitted subnets, in lower case.
    subnets: Vec<String>,
    trusted_services: bool,
    tasks: bool,
    /// True if the endpoints take IPv6 clients too. ACR Tasks do not work then (public preview of dual-stack endpoints,
    /// 2026-06), and no source says what they are answered.
    dual_stack: bool,
    /// True if a private endpoint is approved.
    private_endpoint: bool,
}

/// Decision about a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Admission {
    Admitted,
    Refused,
    /// No source says which.
    Open,
}

impl Admission {
    fn of(admitted: bool) -> Self {
        if admitted { Self::Admitted } else { Self::Refused }
    }
}

impl Firewall {
    /// Reads the settings of a registry in its stored form.
    pub(crate) fn of(registry: &Value) -> Self {
        let properties = &registry["properties"];
        let set = &properties["networkRuleSet"];
        let mut addresses = Vec::new();
        for rule in list(set, "ipRules") {
            addresses.extend(range(text(rule, "/value")));
        }
        let mut subnets = Vec::new();
        for rule in list(set, "virtualNetworkRules") {
            subnets.push(text(rule, "/virtualNetworkSubnetResourceId").to_ascii_lowercase());
        }
        let status = "/properties/privateLinkServiceConnectionState/status";
        let mut connections = list(properties, "privateEndpointConnections").iter();
        Self {
            restricts: is(registry, "/sku/name", "Premium"),
            // Another value than Azure's two admits no client.
            public_access: matches!(text(properties, "/publicNetworkAccess"), "" | "Enabled"),
            default_allow: matches!(text(set, "/defaultAction"), "" | "Allow"),
            addresses,
            subnets,
            trusted_services: !is(properties, "/networkRuleBypassOptions", "None"),
            tasks: properties["networkRuleBypassAllowedForTasks"] == true,
            dual_stack: is(properties, "/endpointProtocol", "IPv4AndIPv6"),
            private_endpoint: connections.any(|connection| is(connection, status, "Approved")),
        }
    }

    /// Decides about a client. The first rule that applies decides (docs:
    /// container-registry-access-selected-networks, …-private-link, allow-access-trusted-services, …-vnet).
    pub(crate) fn admission(&self, origin: &Origin) -> Admission {
        match origin.kind {
            // Network rules do not apply to private endpoints.
            ClientKind::PrivateEndpoint => return Admission::of(self.private_endpoint),
            ClientKind::TrustedService if self.is_open_for_trusted() => return Admission::Open,
            ClientKind::TrustedService if self.bypassed() => return Admission::Admitted,
            ClientKind::Task if self.dual_stack => return Admission::Open,
            ClientKind::Task if self.tasks => return Admission::Admitted,
            ClientKind::Public | ClientKind::TrustedService | ClientKind::Task => {}
        }
        if !self.restricts {
            return Admission::Admitted;
        }
        Admission::of(self.public_access && (self.default_allow || self.lists(origin)))
    }

    /// Returns true if no source decides about trusted services: the bypass ends with a subnet rule, but public access is
    /// disabled, so that no rule counts.
    fn is_open_for_trusted(&self) -> bool {
        self.restricts && !self.public_access && self.trusted_services && !self.subnets.is_empty()
    }

    /// Returns true if trusted services pass the rules: not if the registry lists a subnet (docs:
    /// allow-access-trusted-services).
    fn bypassed(&self) -> bool {
        self.trusted_services && self.subnets.is_empty()
    }

    /// Returns true if a rule lists the subnet or the address of the client.
    fn lists(&self, origin: &Origin) -> bool {
        match (&origin.subnet, origin.address) {
            (Some(subnet), _) => self.subnets.contains(subnet),
            (None, IpAddr::V4(address)) => self.addresses.iter().any(|range| range.contains(&address)),
            (None, IpAddr::V6(_)) => false,
        }
    }
}

/// Parses the value of an IP rule, a range or a single address. An invalid value admits no client.
fn range(value: &str) -> Option<Ipv4Net> {
    if let Ok(address) = value.parse::<Ipv4Addr>() {
        return Some(address.into());
    }
    value.parse().ok()
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
    fn first_matching_setting_decides() {
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
            let firewall = Firewall::of(&registry);
            let inside = from("203.0.113.9");
            let visitors = [
                &inside,
                &from("192.0.2.7"),
                &from("8.8.8.8"),
                &over(SUBNET),
                &trusted,
            ];
            let found = visitors.map(|origin| firewall.admission(origin));
            assert_eq!(found, want.map(Admission::of), "{registry}");
            let is_refused = firewall.admission(&from("::1")) == Admission::Refused;
            assert!(
                !firewall.restricts || firewall.default_allow || is_refused,
                "IPv6 is in no rule"
            );
        }
    }

    /// allow-access-trusted-services ends the bypass with a subnet rule; container-registry-private-link keeps it while
    /// public access is disabled. No page has both.
    #[test]
    fn trusted_service_is_open_over_dead_subnet_rules() {
        let trusted = Origin {
            kind: ClientKind::TrustedService,
            ..from("8.8.8.8")
        };
        let rows = [
            ("AzureServices", "Disabled", &[SUBNET][..], Admission::Open),
            ("AzureServices", "Disabled", &[], Admission::Admitted),
            ("AzureServices", "Enabled", &[SUBNET], Admission::Refused),
            ("None", "Disabled", &[SUBNET], Admission::Refused),
        ];
        for (bypass, public, subnets, want) in rows {
            let firewall = Firewall::of(&registry("Premium", public, "Deny", bypass, subnets));
            assert_eq!(
                firewall.admission(&trusted),
                want,
                "{bypass} {public} {subnets:?}"
            );
        }
    }

    #[test]
    fn unknown_values_admit_no_client() {
        for (public, action) in [("SecuredByPerimeter", "Allow"), ("Enabled", "Maybe")] {
            let firewall = Firewall::of(&registry("Premium", public, action, "None", &[]));
            let found = firewall.admission(&from("8.8.8.8"));
            assert_eq!(found, Admission::Refused, "{public} {action}");
        }
    }

    #[test]
    fn tasks_and_private_endpoints_have_own_switches() {
        let mut registry = registry("Premium", "Disabled", "Deny", "AzureServices", &[]);
        let of = |kind| Origin {
            kind,
            ..from("8.8.8.8")
        };
        let visitors = [of(ClientKind::Task), of(ClientKind::PrivateEndpoint)];
        let admits = |registry: &Value| {
            visitors
                .each_ref()
                .map(|origin| Firewall::of(registry).admission(origin))
        };
        assert_eq!(admits(&registry), [Admission::Refused; 2]);
        registry["properties"]["networkRuleBypassAllowedForTasks"] = true.into();
        let state = json!({"properties": {"privateLinkServiceConnectionState": {"status": "Approved"}}});
        registry["properties"]["privateEndpointConnections"] = json!([state]);
        assert_eq!(admits(&registry), [Admission::Admitted; 2]);
    }
}
