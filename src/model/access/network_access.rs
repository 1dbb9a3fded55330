//! Access to a registry: which clients its settings admit.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::words::{has_flag, has_word};
use super::{Admitted, DefaultAction, Mode, PublicNetworkAccess};
use crate::model::{AddressSet, Cidr, Rule, Setting, Settings, SubnetId};

/// The settings that decide whether a request reaches authentication at all.
///
/// Private endpoints get in whatever the settings are (container-registry-private-link).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// `None` if the api-version hides it.
    pub public_network_access: Option<PublicNetworkAccess>,
    pub default_action: DefaultAction,
    /// IP rules in the order of the list; ranges may overlap.
    pub ip_rules: Arc<Vec<Rule>>,
    /// True if there may be IP rules that are not among these.
    pub ips_hidden: bool,
    /// Subnet rules, each once.
    pub subnets: BTreeSet<Rule>,
    /// True if the api-version hides subnet rules, so that there may be some.
    pub subnets_hidden: bool,
    /// Subnets whose service endpoint is known to be off. One that is in neither set counts as on: Azure takes a rule for no
    /// other subnet.
    pub endpoints_off: BTreeSet<SubnetId>,
    /// Subnets whose service endpoint may be on or off.
    pub endpoints_unknown: BTreeSet<SubnetId>,
    /// Public source addresses of the clients of subnets, as far as they are known.
    pub egress: BTreeMap<SubnetId, AddressSet>,
    /// The answer of `networkRuleBypassOptions` to trusted services.
    pub trusted_services: Admitted,
    /// The answer of `networkRuleBypassAllowedForTasks` to ACR Tasks.
    pub tasks: Admitted,
    /// The answer of the endpoints to IPv6 clients, before any rule.
    pub dual_stack: Admitted,
    /// True if the SKU has network rules. A registry below Premium is always open.
    pub restricts: bool,
    /// True if the cloud has service endpoints for registries.
    pub has_service_endpoints: bool,
}

impl Default for Access {
    /// Returns the access of a new Premium registry.
    fn default() -> Self {
        Self {
            public_network_access: Some(PublicNetworkAccess::Enabled),
            subnets_hidden: false,
            trusted_services: Admitted::Yes,
            tasks: Admitted::No,
            dual_stack: Admitted::No,
            ..Self::of(&Settings::default())
        }
    }
}

/// The settings that decide about public clients, before any rule is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gate {
    /// Everyone gets in: by the default action, or because the SKU has no network rules.
    Open,
    /// The rules decide.
    Rules,
    /// Public access is disabled.
    Disabled,
}

impl Access {
    /// Returns the access that these settings give on a Premium registry whose subnets all have the endpoint.
    pub fn of(settings: &Settings) -> Self {
        let ip_rules = settings.shared_rules(Setting::IpRules);
        let shown = settings.rules(Setting::VirtualNetworkRules);
        let subnets = shown.unwrap_or_default();
        Self {
            public_network_access: settings
                .word(Setting::PublicNetworkAccess)
                .map(PublicNetworkAccess::of),
            default_action: DefaultAction::of(settings.word(Setting::DefaultAction)),
            ip_rules: ip_rules.cloned().unwrap_or_default(),
            ips_hidden: false,
            subnets: subnets.iter().cloned().collect(),
            subnets_hidden: shown.is_none(),
            endpoints_off: BTreeSet::new(),
            endpoints_unknown: BTreeSet::new(),
            egress: BTreeMap::new(),
            trusted_services: has_word(settings, Setting::NetworkRuleBypassOptions, "AzureServices"),
            tasks: has_flag(settings, Setting::NetworkRuleBypassAllowedForTasks),
            dual_stack: has_word(settings, Setting::EndpointProtocol, "IPv4AndIPv6"),
            restricts: true,
            has_service_endpoints: true,
        }
    }

    /// Returns true if public access may be disabled, because the api-version hides it.
    pub fn hides_public_access(&self) -> bool {
        self.restricts && self.public_network_access.is_none()
    }

    /// Returns the access mode in words, and says if it only holds with public access enabled.
    pub fn mode_in_words(&self) -> String {
        let mode = self.mode();
        if self.hides_public_access() {
            format!("{mode}, public access unknown")
        } else {
            mode.to_string()
        }
    }

    /// Returns what decides about public clients. Public access that is hidden counts as enabled.
    pub(crate) fn gate(&self) -> Gate {
        // The first match wins (container-registry-access-selected-networks).
        match (self.public_network_access, self.default_action) {
            _ if !self.restricts => Gate::Open,
            (Some(PublicNetworkAccess::Disabled), _) => Gate::Disabled,
            (_, DefaultAction::Allow) => Gate::Open,
            (_, DefaultAction::Deny) => Gate::Rules,
        }
    }

    /// Returns the registry's access mode. Public access that is hidden counts as enabled.
    pub fn mode(&self) -> Mode {
        let (ips, subnets) = (self.ip_rules.len(), self.subnets.len());
        let shown = (!self.subnets_hidden).then_some(subnets);
        match self.gate() {
            Gate::Open => Mode::Open {
                dormant: ips + subnets,
            },
            Gate::Disabled => Mode::PrivateOnly { dead: ips + subnets },
            Gate::Rules if ips == 0 && !self.ips_hidden && shown == Some(0) => Mode::Closed,
            Gate::Rules if self.lists_all_addresses() => Mode::AllAddresses { ips, subnets: shown },
            Gate::Rules => Mode::SelectedNetworks {
                ips: (!self.ips_hidden).then_some(ips),
                subnets: shown,
            },
        }
    }

    /// Returns true if the rules together admit every public address.
    fn lists_all_addresses(&self) -> bool {
        // Most lists have far too few addresses, and sets take time.
        let most: u64 = self.ip_rules.iter().filter_map(Rule::cidr).map(Cidr::size).sum();
        if most < 1 << 31 {
            return false;
        }
        let all = AddressSet::all().public();
        all.difference(&self.listed_addresses()).is_empty()
    }

    fn listed_addresses(&self) -> AddressSet {
        self.ip_rules.iter().filter_map(Rule::cidr).collect()
    }

    /// Returns the source addresses that get in, special-use addresses included. Where public access is hidden, they may get
    /// in.
    pub fn addresses(&self) -> AddressSet {
        match self.gate() {
            Gate::Open => AddressSet::all(),
            Gate::Rules => self.listed_addresses(),
            Gate::Disabled => AddressSet::default(),
        }
    }

    /// Returns true if every public address gets in, or may where public access is hidden.
    pub(crate) fn admits_everyone(&self) -> bool {
        matches!(self.mode(), Mode::Open { .. } | Mode::AllAddresses { .. })
    }

    /// Returns true if addresses that no range admits may get in, or if those that a range admits may not.
    pub(crate) fn hides_addresses(&self) -> bool {
        self.hides_public_access() || self.may_admit_more()
    }

    /// Returns true if addresses that no range admits may get in.
    pub(crate) fn may_admit_more(&self) -> bool {
        let in_force = self.gate() == Gate::Rules;
        in_force && self.unparsed_ip_rules().any(|rule| !rule.is_ipv6())
    }

    /// Returns the IP rules whose clients are not known.
    pub(crate) fn unparsed_ip_rules(&self) -> impl Iterator<Item = &Rule> {
        self.ip_rules.iter().filter(|rule| rule.cidr().is_none())
    }

    /// Returns `Yes` if any public address or subnet certainly gets in, and `Unknown` if one may.
    pub(crate) fn admits_anyone(&self) -> Admitted {
        let most = if self.hides_public_access() {
            Admitted::Unknown
        } else {
            Admitted::Yes
        };
        self.admits_anyone_if_enabled().min(most)
    }

    fn admits_anyone_if_enabled(&self) -> Admitted {
        match self.gate() {
            Gate::Open => Admitted::Yes,
            Gate::Disabled => Admitted::No,
            Gate::Rules => {
                let mut ranges = self.ip_rules.iter().filter_map(Rule::cidr);
                if ranges.any(|range| !range.public().is_empty()) {
                    return Admitted::Yes;
                }
                let may = self.subnets_hidden || !self.unparsed_in_force().is_empty();
                let least = if may { Admitted::Unknown } else { Admitted::No };
                self.most_of_a_subnet_rule().max(least)
            }
        }
    }

    /// Returns the most access that a subnet rule gives. A rule admits no client while the endpoint is off.
    fn most_of_a_subnet_rule(&self) -> Admitted {
        let mut most = Admitted::No;
        for id in self.subnets.iter().filter_map(Rule::subnet) {
            if self.endpoints_unknown.contains(id) {
                most = most.max(Admitted::Unknown);
            } else if !self.endpoints_off.contains(id) {
                return Admitted::Yes;
            }
        }
        most
    }

    /// Returns the same access where the endpoint of this subnet is known.
    pub(crate) fn with_endpoint(&self, subnet: &SubnetId, is_on: bool) -> Self {
        let mut access = self.clone();
        access.endpoints_unknown.remove(subnet);
        if is_on {
            access.endpoints_off.remove(subnet);
        } else {
            access.endpoints_off.insert(subnet.clone());
        }
        access
    }

    /// Returns true if there is a rule for `subnet`, in force or not.
    pub fn lists_subnet(&self, subnet: &SubnetId) -> bool {
        self.subnets.contains(&Rule::from(subnet.clone()))
    }

    /// Returns the number of unparsed rules that come into force on the way to `after`. Where everyone gets in already,
    /// a rule admits no one more.
    pub fn gained_unparsed(&self, after: &Self) -> usize {
        if self.gate() == Gate::Open {
            return 0;
        }
        let (old, new) = (self.unparsed_in_force(), after.unparsed_in_force());
        new.difference(&old).count()
    }

    fn unparsed_in_force(&self) -> BTreeSet<&Rule> {
        if self.gate() != Gate::Rules {
            return BTreeSet::new();
        }
        // A rule of the other list's kind counts as unparsed too: the service cannot mean it so.
        let subnets = self.subnets.iter().filter(|rule| rule.subnet().is_none());
        self.unparsed_ip_rules().chain(subnets).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Client, decide};

    const SUBNET: &str =
        "/subscriptions/s/resourceGroups/r/providers/Microsoft.Network/virtualNetworks/v/subnets/a";

    fn access(public: PublicNetworkAccess, action: DefaultAction, rules: &[&str]) -> Access {
        let ip_rules: Vec<Rule> = rules.iter().map(|text| Rule::parse(text)).collect();
        let subnets = if rules.is_empty() {
            BTreeSet::new()
        } else {
            [Rule::parse(SUBNET)].into()
        };
        Access {
            public_network_access: Some(public),
            default_action: action,
            ip_rules: ip_rules.into(),
            subnets,
            ..Access::default()
        }
    }

    /// The effective-decision table: first match wins (container-registry-access-selected-networks).
    #[test]
    fn mode_and_decision_follow_the_effective_decision() {
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
            let got = [&inside, &outside, &subnet].map(|client| decide(&access, client).allowed());
            assert_eq!(got, verdicts, "{mode}");
        }
    }

    #[test]
    fn rules_for_every_public_address_are_open_to_all() {
        use {DefaultAction::*, PublicNetworkAccess::*};
        for (rules, mode) in [
            (&["0.0.0.0/0"][..], "open to all (1 IP, 1 subnet)"),
            (&["0.0.0.0/1", "128.0.0.0/1"], "open to all (2 IP, 1 subnet)"),
            (&["0.0.0.0/1"], "selected networks (1 IP, 1 subnet)"),
        ] {
            assert_eq!(access(Enabled, Deny, rules).mode().to_string(), mode);
        }
    }
}
