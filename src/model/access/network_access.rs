//! Access to a registry: which clients its settings admit.

use std::collections::BTreeSet;
use std::fmt;

use super::Client;
use crate::model::{AddressSet, Rule, Setting, SettingKind, SettingValue, Settings, SubnetId};

/// `properties.publicNetworkAccess`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PublicNetworkAccess {
    Enabled,
    Disabled,
}

impl PublicNetworkAccess {
    /// Returns ARM's spelling.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Enabled => "Enabled",
            Self::Disabled => "Disabled",
        }
    }

    /// Reads ARM's spelling. An absent value is `Enabled`, an unknown one is taken for `Disabled`.
    pub fn of(word: Option<&str>) -> Self {
        match decisive_word(Setting::PublicNetworkAccess, word) {
            Some("Disabled") => Self::Disabled,
            _ => Self::Enabled,
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
    /// Returns ARM's spelling.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "Allow",
            Self::Deny => "Deny",
        }
    }

    /// Reads ARM's spelling. An absent value is `Allow`, an unknown one is taken for `Deny`.
    pub fn of(word: Option<&str>) -> Self {
        match decisive_word(Setting::DefaultAction, word) {
            Some("Deny") => Self::Deny,
            _ => Self::Allow,
        }
    }
}

/// Returns the known word that decides who gets in: an unknown one counts as the closed one.
fn decisive_word(setting: Setting, word: Option<&str>) -> Option<&'static str> {
    let known = setting.known_word(word?);
    let SettingKind::Word { unknown_means, .. } = setting.facts().kind else {
        return known;
    };
    known.or(unknown_means)
}

impl<R> From<PublicNetworkAccess> for SettingValue<R> {
    fn from(access: PublicNetworkAccess) -> Self {
        access.as_str().into()
    }
}

impl<R> From<DefaultAction> for SettingValue<R> {
    fn from(action: DefaultAction) -> Self {
        action.as_str().into()
    }
}

/// The settings that decide whether a request reaches authentication at all.
///
/// Trusted services, tasks and private endpoints get in beside the rules, whatever the rules are
/// (container-registry-access-selected-networks, container-registry-private-link).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    pub public_network_access: PublicNetworkAccess,
    pub default_action: DefaultAction,
    /// IP rules in the order of the list; ranges may overlap.
    pub ip_rules: Vec<Rule>,
    /// Subnet rules, each once.
    pub subnets: BTreeSet<Rule>,
}

/// The access mode in one word, as the portal and the documentation name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Everyone on the internet reaches the registry; listed rules are dormant.
    Open { dormant: usize },
    /// Only listed addresses and subnets reach the registry.
    SelectedNetworks { ips: usize, subnets: usize },
    /// No public client reaches the registry: `Deny` without a rule.
    Closed,
    /// Public access is disabled, which cuts service endpoints too; listed rules have no effect.
    PrivateOnly { dead: usize },
}

/// The decision about one client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    AllowedByDefault,
    /// The rule that admits the client.
    AllowedBy(Client),
    DeniedByDefault,
    DeniedPublicAccessDisabled,
}

impl Verdict {
    /// Returns true if the client gets in.
    pub fn allowed(&self) -> bool {
        matches!(self, Self::AllowedByDefault | Self::AllowedBy(_))
    }
}

impl Access {
    /// Returns the access that these settings give. Rules that the api-version hides are not counted.
    pub fn of(settings: &Settings) -> Self {
        let ip_rules = settings.rules(Setting::IpRules).unwrap_or_default();
        let subnets = settings.rules(Setting::VirtualNetworkRules).unwrap_or_default();
        Self {
            public_network_access: PublicNetworkAccess::of(settings.word(Setting::PublicNetworkAccess)),
            default_action: DefaultAction::of(settings.word(Setting::DefaultAction)),
            ip_rules: ip_rules.to_vec(),
            subnets: subnets.iter().cloned().collect(),
        }
    }

    /// Returns the registry's access mode.
    pub fn mode(&self) -> Mode {
        let (ips, subnets) = (self.ip_rules.len(), self.subnets.len());
        // The first match wins (container-registry-access-selected-networks).
        match (self.public_network_access, self.default_action) {
            (PublicNetworkAccess::Disabled, _) => Mode::PrivateOnly { dead: ips + subnets },
            (_, DefaultAction::Allow) => Mode::Open {
                dormant: ips + subnets,
            },
            // Under `Deny`, the rules decide.
            _ if ips + subnets == 0 => Mode::Closed,
            _ => Mode::SelectedNetworks { ips, subnets },
        }
    }

    /// Returns the public source addresses that get in.
    pub fn addresses(&self) -> AddressSet {
        match self.mode() {
            Mode::Open { .. } => AddressSet::all(),
            Mode::Closed | Mode::PrivateOnly { .. } => AddressSet::default(),
            Mode::SelectedNetworks { .. } => self.ip_rules.iter().filter_map(Rule::cidr).collect(),
        }
    }

    /// Returns true if requests from `subnet` over its service endpoint get in.
    pub fn admits_subnet(&self, subnet: &SubnetId) -> bool {
        match self.mode() {
            Mode::Open { .. } => true,
            Mode::Closed | Mode::PrivateOnly { .. } => false,
            Mode::SelectedNetworks { .. } => self.lists_subnet(subnet),
        }
    }

    /// Returns true if there is a rule for `subnet`, in force or not.
    pub fn lists_subnet(&self, subnet: &SubnetId) -> bool {
        self.subnets.contains(&Rule::from(subnet.clone()))
    }

    /// Returns the number of unparsed rules that come into force on the way to `after`. Where everyone gets in already,
    /// a rule admits no one more.
    pub fn gained_unparsed(&self, after: &Self) -> usize {
        if matches!(self.mode(), Mode::Open { .. }) {
            return 0;
        }
        let (old, new) = (self.unparsed_in_force(), after.unparsed_in_force());
        new.difference(&old).count()
    }

    fn unparsed_in_force(&self) -> BTreeSet<&Rule> {
        if !matches!(self.mode(), Mode::SelectedNetworks { .. }) {
            return BTreeSet::new();
        }
        // A rule of the other list's kind counts as unparsed too: the service cannot mean it so.
        let ips = self.ip_rules.iter().filter(|rule| rule.cidr().is_none());
        let subnets = self.subnets.iter().filter(|rule| rule.subnet().is_none());
        ips.chain(subnets).collect()
    }

    /// Decides for one client. A range gets in only as a whole.
    pub fn verdict(&self, client: &Client) -> Verdict {
        match self.mode() {
            Mode::PrivateOnly { .. } => Verdict::DeniedPublicAccessDisabled,
            Mode::Open { .. } => Verdict::AllowedByDefault,
            Mode::Closed | Mode::SelectedNetworks { .. } => match self.rule_for(client) {
                Some(rule) => Verdict::AllowedBy(rule),
                None => Verdict::DeniedByDefault,
            },
        }
    }

    /// Returns the rule that admits the client under `Deny`. For a range that several rules cover together, that is the
    /// range itself.
    fn rule_for(&self, client: &Client) -> Option<Client> {
        match client {
            Client::Subnet(id) => self.lists_subnet(id).then(|| client.clone()),
            Client::Address(cidr) => {
                // Prefer one rule that covers the whole range.
                for rule in &self.ip_rules {
                    if let Some(range) = rule.cidr()
                        && range.contains(*cidr)
                    {
                        return Some(Client::Address(range));
                    }
                }
                self.addresses().contains(*cidr).then(|| client.clone())
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
        let ip_rules = rules.iter().map(|text| Rule::parse(text)).collect();
        let subnets = if rules.is_empty() {
            BTreeSet::new()
        } else {
            [Rule::parse(SUBNET)].into()
        };
        Access {
            public_network_access: public,
            default_action: action,
            ip_rules,
            subnets,
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
    fn two_rules_can_admit_a_range_together() {
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
