//! The decision about one client, as a table (container-registry-access-selected-networks, container-registry-private-link,
//! container-registry-vnet, allow-access-trusted-services). The first row that matches decides.

use std::collections::BTreeSet;

use super::addresses::{count, inside};
use super::state::State;

/// The service endpoint of a subnet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Endpoint {
    On,
    Off,
    Unknown,
}

/// A client as it connects.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Client<'a> {
    Address(u32),
    /// A client in a subnet; `egress` is its public address while the endpoint is off, if that is known.
    Subnet {
        id: &'a str,
        endpoint: Endpoint,
        egress: Option<u32>,
    },
    TrustedService,
    /// An ACR Task with a system-assigned identity.
    Task,
    /// A client in a subnet that no rule lists, over its service endpoint.
    UnlistedSubnet,
    /// A client that comes through an approved private endpoint.
    PrivateEndpoint,
}

/// The answer to a client; `None` is unknown.
pub(crate) type Answer = Option<bool>;

impl State {
    /// Decides about one client. The answer is known if it is the same whatever the hidden settings are.
    pub(crate) fn decide(&self, client: Client<'_>) -> Answer {
        if ![self.public, self.trusted, self.tasks, self.dual_stack].contains(&None) {
            return self.decide_shown(client);
        }
        let mut answers = BTreeSet::new();
        for [state, _] in Self::possible_pairs(self, self) {
            answers.insert(state.decide_shown(client));
        }
        if answers.len() == 1 {
            answers.pop_first()?
        } else {
            None
        }
    }

    /// Returns what two states may be, with the same value for a setting that both hide.
    pub(crate) fn possible_pairs(from: &Self, to: &Self) -> Vec<[Self; 2]> {
        let mut pairs = Vec::new();
        for choice in 0..16 {
            let pair = [from, to].map(|state| state.revealed(choice));
            if !pairs.contains(&pair) {
                pairs.push(pair);
            }
        }
        pairs
    }

    /// Gives each hidden setting the value that its bit of the choice has.
    fn revealed(&self, choice: u8) -> Self {
        let bit = |shown: Option<bool>, place: u8| shown.or(Some(choice >> place & 1 == 1));
        Self {
            public: bit(self.public, 0),
            trusted: bit(self.trusted, 1),
            tasks: bit(self.tasks, 2),
            dual_stack: bit(self.dual_stack, 3),
            ..self.clone()
        }
    }

    /// Decides about one client where no setting but the subnet rules is hidden.
    pub(crate) fn decide_shown(&self, client: Client<'_>) -> Answer {
        let disabled = self.public == Some(false);
        match client {
            Client::PrivateEndpoint => Some(true),
            // Network rules exist on Premium alone.
            _ if !self.premium => Some(true),
            // Tasks do not work on dual-stack endpoints.
            Client::Task if self.dual_stack == Some(true) => Some(false),
            Client::Task if disabled => Some(self.tasks()),
            Client::TrustedService if disabled => self.decide_trusted_service_in_private(),
            _ if disabled => Some(false),
            _ if self.allow => Some(true),
            // Under `Deny` the rules and the two bypasses are left.
            Client::Address(address) => Some(self.lists(address)),
            Client::Subnet { id, endpoint, egress } => self.decide_subnet(id, endpoint, egress),
            Client::TrustedService => self.decide_trusted_service(),
            Client::Task => Some(self.tasks()),
            Client::UnlistedSubnet => Some(false),
        }
    }

    /// A subnet is known by its id while its endpoint is on, and by its public address while it is off.
    fn decide_subnet(&self, id: &str, endpoint: Endpoint, egress: Option<u32>) -> Answer {
        let over_endpoint = self
            .subnets
            .as_ref()
            .map(|subnets| subnets.contains(&id.to_lowercase()));
        let by_address = match egress {
            Some(address) => Some(self.lists(address)),
            None => self.decide_any_address(),
        };
        match endpoint {
            Endpoint::On => over_endpoint,
            Endpoint::Off => by_address,
            Endpoint::Unknown if over_endpoint == by_address => over_endpoint,
            Endpoint::Unknown => None,
        }
    }

    /// A public address that is not known is admitted where all are, and refused where none is.
    fn decide_any_address(&self) -> Answer {
        let listed = count(self.ips.iter().copied(), |address| self.lists(address)).public;
        let others = count(self.ips.iter().copied(), |address| !self.lists(address)).public;
        match (listed, others) {
            (0, _) => Some(false),
            (_, 0) => Some(true),
            _ => None,
        }
    }

    /// With public access disabled, the bypass still applies. No page says if subnet rules, which are dead then, end it.
    fn decide_trusted_service_in_private(&self) -> Answer {
        match &self.subnets {
            _ if !self.trusted() => Some(false),
            Some(subnets) if subnets.is_empty() => Some(true),
            _ => None,
        }
    }

    /// The bypass of trusted services does not apply to a registry with subnet rules.
    fn decide_trusted_service(&self) -> Answer {
        match &self.subnets {
            _ if !self.trusted() => Some(false),
            Some(subnets) => Some(subnets.is_empty()),
            None => None,
        }
    }

    fn trusted(&self) -> bool {
        self.trusted == Some(true)
    }

    fn tasks(&self) -> bool {
        self.tasks == Some(true)
    }

    fn lists(&self, address: u32) -> bool {
        self.ips.iter().any(|range| inside((address, address), *range))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::reference::addresses::range;

    fn registry(public: &str, action: &str, subnets: &Value, bypass: [bool; 2]) -> State {
        let trusted = if bypass[0] { "AzureServices" } else { "None" };
        State::of(&json!({"sku": {"name": "Premium"}, "properties": {
            "publicNetworkAccess": public,
            "networkRuleSet": {"defaultAction": action, "ipRules": [{"value": "20.0.0.0/24"}], "virtualNetworkRules": subnets},
            "networkRuleBypassOptions": trusted, "networkRuleBypassAllowedForTasks": bypass[1],
            "endpointProtocol": "IPv4",
        }}))
    }

    /// The answers to an address outside the rules, one inside, a listed subnet with its endpoint on, off and unknown, a
    /// trusted service, a task and a private endpoint.
    fn answers(state: &State) -> String {
        let address = |text| range(text).0;
        let subnet = |endpoint| Client::Subnet {
            id: "BUILD",
            endpoint,
            egress: Some(address("20.0.1.1")),
        };
        let clients = [
            Client::Address(address("20.0.1.0")),
            Client::Address(address("20.0.0.255")),
            subnet(Endpoint::On),
            subnet(Endpoint::Off),
            subnet(Endpoint::Unknown),
            Client::TrustedService,
            Client::Task,
            Client::PrivateEndpoint,
        ];
        let letter = |client| match state.decide(client) {
            Some(true) => 'y',
            Some(false) => 'n',
            None => '?',
        };
        clients.map(letter).iter().collect()
    }

    #[test]
    fn answers_follow_the_documented_order() {
        let (none, build) = (json!([]), json!([{"id": "build"}]));
        let rows = [
            ("Enabled", "Allow", &build, [false, false], "yyyyyyyy"),
            ("Enabled", "Deny", &build, [true, true], "nyyn?nyy"),
            ("Enabled", "Deny", &none, [true, false], "nynnnyny"),
            ("Enabled", "Deny", &none, [false, true], "nynnnnyy"),
            ("Disabled", "Allow", &none, [true, false], "nnnnnyny"),
            ("Disabled", "Deny", &build, [false, true], "nnnnnnyy"),
            ("Disabled", "Deny", &build, [true, false], "nnnnn?ny"),
            // A version that hides subnet rules.
            ("Enabled", "Deny", &Value::Null, [true, true], "ny?n??yy"),
        ];
        for (public, action, subnets, bypass, want) in rows {
            let state = registry(public, action, subnets, bypass);
            assert_eq!(answers(&state), want, "{public} {action} {subnets} {bypass:?}");
        }
        let mut dual = registry("Enabled", "Allow", &none, [true, true]);
        dual.dual_stack = Some(true);
        assert_eq!(answers(&dual), "yyyyyyny");
        let mut hidden = registry("Enabled", "Deny", &build, [true, true]);
        (hidden.public, hidden.tasks) = (None, None);
        assert_eq!(answers(&hidden), "n??n???y");
        let mut basic = registry("Enabled", "Deny", &none, [false, false]);
        basic.premium = false;
        assert_eq!(answers(&basic), "yyyyyyyy");
    }

    #[test]
    fn subnet_without_known_address_is_known_only_where_no_rule_exists() {
        let mut state = registry("Enabled", "Deny", &json!([]), [false, false]);
        let client = Client::Subnet {
            id: "build",
            endpoint: Endpoint::Off,
            egress: None,
        };
        assert_eq!(state.decide(client), None);
        state.ips.clear();
        assert_eq!(state.decide(client), Some(false));
    }
}
