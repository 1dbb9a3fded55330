//! What a registry's settings amount to: who gets in.

use std::collections::BTreeSet;
use std::fmt;

use super::{AddressSet, Cidr, Client, SubnetId};

/// `properties.publicNetworkAccess`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PublicNetworkAccess {
    Enabled,
    Disabled,
}

impl PublicNetworkAccess {
    /// ARM's spelling.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Enabled => "Enabled",
            Self::Disabled => "Disabled",
        }
    }
}

/// `properties.networkRuleSet.defaultAction`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DefaultAction {
    Allow,
    Deny,
}

impl DefaultAction {
    /// ARM's spelling.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "Allow",
            Self::Deny => "Deny",
        }
    }
}

/// The settings that decide whether a request reaches authentication at all.
///
/// Trusted services, tasks and private endpoints are other doors; they stay as they are under any rule
/// (container-registry-access-selected-networks, container-registry-private-link).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    pub public_network_access: PublicNetworkAccess,
    pub default_action: DefaultAction,
    /// Rules as they are listed; ranges may overlap.
    pub ip_rules: Vec<Cidr>,
    pub subnets: BTreeSet<SubnetId>,
    pub unreadable: Unreadable,
}

/// Rules as ARM spells them that are no IPv4 range and no subnet id, which no known version accepts but a later one
/// may. They admit somebody; whom is not known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unreadable {
    pub ips: BTreeSet<String>,
    pub subnets: BTreeSet<String>,
}

/// The access mode in one word, as the portal and the documentation name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Anyone on the internet reaches the registry; listed rules are dormant.
    Open { dormant: usize },
    /// Only listed addresses and subnets do.
    SelectedNetworks { ips: usize, subnets: usize },
    /// Nothing public does: `Deny` without a rule.
    Closed,
    /// Public access is disabled, which cuts service endpoints too; listed rules are dead.
    PrivateOnly { dead: usize },
}

/// Whether a client gets in, and by what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    AllowedByDefault,
    AllowedBy(Client),
    DeniedByDefault,
    DeniedPublicAccessDisabled,
}

impl Verdict {
    pub fn allowed(&self) -> bool {
        matches!(self, Self::AllowedByDefault | Self::AllowedBy(_))
    }
}

impl Access {
    /// The registry's access mode.
    pub fn mode(&self) -> Mode {
        let ips = self.ip_rules.len() + self.unreadable.ips.len();
        let subnets = self.subnets.len() + self.unreadable.subnets.len();
        match (self.public_network_access, self.default_action) {
            (PublicNetworkAccess::Disabled, _) => Mode::PrivateOnly { dead: ips + subnets },
            (_, DefaultAction::Allow) => Mode::Open {
                dormant: ips + subnets,
            },
            _ if ips + subnets == 0 => Mode::Closed,
            _ => Mode::SelectedNetworks { ips, subnets },
        }
    }

    /// The public source addresses that get in.
    pub fn addresses(&self) -> AddressSet {
        match self.mode() {
            Mode::Open { .. } => AddressSet::all(),
            Mode::Closed | Mode::PrivateOnly { .. } => AddressSet::default(),
            Mode::SelectedNetworks { .. } => self.ip_rules.iter().copied().collect(),
        }
    }

    /// Whether requests from `subnet` over its service endpoint get in.
    pub fn admits_subnet(&self, subnet: &SubnetId) -> bool {
        match self.mode() {
            Mode::Open { .. } => true,
            Mode::Closed | Mode::PrivateOnly { .. } => false,
            Mode::SelectedNetworks { .. } => self.subnets.contains(subnet),
        }
    }

    /// How many rules that cannot be read come into force on the way to `after`. Where everybody gets in, none admits
    /// anybody more.
    pub fn gained_unreadable(&self, after: &Self) -> usize {
        if matches!(self.mode(), Mode::Open { .. }) {
            return 0;
        }
        let (old, new) = (self.unreadable_in_force(), after.unreadable_in_force());
        new.difference(&old).count()
    }

    fn unreadable_in_force(&self) -> BTreeSet<&String> {
        let Unreadable { ips, subnets } = &self.unreadable;
        match self.mode() {
            Mode::SelectedNetworks { .. } => ips.union(subnets).collect(),
            Mode::Open { .. } | Mode::Closed | Mode::PrivateOnly { .. } => BTreeSet::new(),
        }
    }

    /// Decides for one client. A range gets in only as a whole.
    pub fn verdict(&self, client: &Client) -> Verdict {
        match self.mode() {
            Mode::PrivateOnly { .. } => Verdict::DeniedPublicAccessDisabled,
            Mode::Open { .. } => Verdict::AllowedByDefault,
            Mode::Closed | Mode::SelectedNetworks { .. } => self
                .rule_for(client)
                .map_or(Verdict::DeniedByDefault, Verdict::AllowedBy),
        }
    }

    /// The rule that admits the client under `Deny`. For a range that several rules cover together, the range.
    fn rule_for(&self, client: &Client) -> Option<Client> {
        match client {
            Client::Subnet(id) => self.subnets.get(id).cloned().map(Client::Subnet),
            Client::Address(cidr) => {
                let single = self.ip_rules.iter().find(|rule| rule.contains(*cidr)).copied();
                let together = || self.addresses().contains(*cidr).then_some(*cidr);
                single.or_else(together).map(Client::Address)
            }
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Open { dormant: 0 } => f.write_str("open"),
            Self::Open { dormant } => {
                write!(f, "open ({dormant} dormant {})", plural(dormant, "rule", "rules"))
            }
            Self::SelectedNetworks { ips, subnets } => {
                write!(
                    f,
                    "selected networks ({ips} IP, {subnets} {})",
                    plural(subnets, "subnet", "subnets")
                )
            }
            Self::Closed => f.write_str("closed"),
            Self::PrivateOnly { dead: 0 } => f.write_str("private only"),
            Self::PrivateOnly { dead } => {
                write!(f, "private only ({dead} dead {})", plural(dead, "rule", "rules"))
            }
        }
    }
}

fn plural<'a>(count: usize, one: &'a str, many: &'a str) -> &'a str {
    if count == 1 { one } else { many }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SUBNET: &str =
        "/subscriptions/s/resourceGroups/r/providers/Microsoft.Network/virtualNetworks/v/subnets/a";

    fn access(public: PublicNetworkAccess, action: DefaultAction, rules: &[&str]) -> Access {
        let ip_rules: Vec<Cidr> = rules.iter().map(|text| text.parse().unwrap()).collect();
        let subnets = if rules.is_empty() {
            BTreeSet::new()
        } else {
            [SubnetId::parse(SUBNET).unwrap()].into()
        };
        Access {
            public_network_access: public,
            default_action: action,
            ip_rules,
            subnets,
            unreadable: Unreadable::default(),
        }
    }

    /// The effective-decision table: first match wins (container-registry-access-selected-networks).
    #[test]
    fn mode_and_verdict_follow_the_effective_decision() {
        use {DefaultAction::*, PublicNetworkAccess::*};
        let inside = Client::Address("203.0.113.7".parse().unwrap());
        let outside = Client::Address("8.8.8.8".parse().unwrap());
        let subnet = Client::Subnet(SubnetId::parse(&SUBNET.to_uppercase()).unwrap());
        let rules = &["203.0.113.0/24"][..];
        let rows = [
            (
                Disabled,
                Allow,
                rules,
                "private only (2 dead rules)",
                [false, false, false],
            ),
            (Disabled, Deny, &[], "private only", [false, false, false]),
            (
                Enabled,
                Allow,
                rules,
                "open (2 dormant rules)",
                [true, true, true],
            ),
            (Enabled, Allow, &[], "open", [true, true, true]),
            (
                Enabled,
                Deny,
                rules,
                "selected networks (1 IP, 1 subnet)",
                [true, false, true],
            ),
            (Enabled, Deny, &[], "closed", [false, false, false]),
        ];
        for (public, action, rules, mode, verdicts) in rows {
            let access = access(public, action, rules);
            assert_eq!(access.mode().to_string(), mode);
            let got = [&inside, &outside, &subnet].map(|client| access.verdict(client).allowed());
            assert_eq!(got, verdicts, "{mode}");
        }
    }

    #[test]
    fn a_range_covered_by_two_rules_together_gets_in() {
        let access = access(
            PublicNetworkAccess::Enabled,
            DefaultAction::Deny,
            &["203.0.113.0/25", "203.0.113.128/25"],
        );
        assert!(
            access
                .verdict(&Client::Address("203.0.113.0/24".parse().unwrap()))
                .allowed()
        );
        assert!(
            !access
                .verdict(&Client::Address("203.0.112.0/23".parse().unwrap()))
                .allowed()
        );
    }
}
