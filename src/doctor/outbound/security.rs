//! The rules of a security group that decide about a target.
//!
//! Rules are looked at by priority, the default rules last, and the first that fits decides (docs:
//! network-security-groups-overview, "Security rules"). Each rule takes its part of what no rule before it has decided, so
//! several rules together can decide about all of it.

use super::cover::{all_of_subnet, all_of_target, has_port, of_subnet, of_target};
use super::target::Target;
use crate::live::surroundings::SecurityRule;
use crate::model::{AddressSet, Cidr};

/// The port of every endpoint of a registry.
const HTTPS: u16 = 443;

/// The result for a target, with the rules that deny.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Passage<'r> {
    Allowed,
    Denied(Vec<&'r SecurityRule>),
    /// The rules deny some traffic, and other traffic passes.
    InPart(Vec<&'r SecurityRule>),
    /// No rule fits. Azure always has a last one, so the list is not whole.
    Unknown,
}

/// The traffic that a rule fits.
enum Fit {
    Nothing,
    /// Some traffic, and it is not known which: that from some ports, or of the members of a group that are not read.
    Some,
    /// All traffic of these clients to these addresses.
    All(AddressSet, AddressSet),
}

/// Traffic that no rule has decided yet: for each part of the clients, the addresses that are left.
struct Undecided(Vec<(AddressSet, AddressSet)>);

/// Decides about the traffic of a subnet to a target.
pub(crate) fn passage<'r>(rules: &'r [SecurityRule], target: &Target, prefixes: &[Cidr]) -> Passage<'r> {
    let clients = all_of_subnet(prefixes);
    let mut left = Undecided(vec![(clients.clone(), all_of_target(target))]);
    let (mut denying, mut passes) = (Vec::new(), false);
    let mut outbound: Vec<&SecurityRule> = rules.iter().filter(|rule| rule.outbound).collect();
    outbound.sort_by_key(|rule| rule.priority);
    for rule in outbound {
        let decides = match fit(rule, target, &clients) {
            Fit::Nothing => false,
            Fit::Some => !left.0.is_empty(),
            Fit::All(sources, destinations) => left.take(&sources, &destinations),
        };
        match rule.allows {
            _ if !decides => {}
            true => passes = true,
            false => denying.push(rule),
        }
    }
    match (denying.is_empty(), passes || !left.0.is_empty()) {
        (true, _) if passes => Passage::Allowed,
        (true, _) => Passage::Unknown,
        (false, true) => Passage::InPart(denying),
        (false, false) => Passage::Denied(denying),
    }
}

impl Undecided {
    /// Takes the traffic of these clients to these addresses away. Returns false if nothing of it is left.
    fn take(&mut self, sources: &AddressSet, destinations: &AddressSet) -> bool {
        let (mut parts, mut taken) = (Vec::new(), false);
        for (clients, left) in std::mem::take(&mut self.0) {
            let inside = clients.intersection(sources);
            if inside.is_empty() || left.intersection(destinations).is_empty() {
                parts.push((clients, left));
                continue;
            }
            taken = true;
            let outside = clients.difference(sources);
            let rest = left.difference(destinations);
            if !outside.is_empty() {
                parts.push((outside, left));
            }
            if !rest.is_empty() {
                parts.push((inside, rest));
            }
        }
        self.0 = parts;
        taken
    }
}

/// Returns the traffic to a target that a rule fits.
fn fit(rule: &SecurityRule, target: &Target, clients: &AddressSet) -> Fit {
    let protocol = ["*", "Tcp"]
        .iter()
        .any(|known| known.eq_ignore_ascii_case(&rule.protocol));
    if !protocol || !rule.destination_ports.iter().any(|range| has_port(range, HTTPS)) {
        return Fit::Nothing;
    }
    let mut destinations = AddressSet::default();
    for text in &rule.destinations {
        destinations = destinations.union(&of_target(text, target));
    }
    let mut sources = AddressSet::default();
    for text in &rule.sources {
        sources = sources.union(&of_subnet(text, clients));
    }
    // Members of an application security group are not read.
    let of_group = rule.sources.is_empty() && rule.names_groups;
    if destinations.is_empty() || sources.is_empty() && !of_group {
        return Fit::Nothing;
    }
    match of_group || !has_every_source_port(rule) {
        true => Fit::Some,
        false => Fit::All(sources, destinations),
    }
}

/// Returns true if a rule fits clients of any port. Clients connect from any.
fn has_every_source_port(rule: &SecurityRule) -> bool {
    let whole = ["*", "0-65535", "Any"];
    let ports = &rule.source_ports;
    ports.is_empty() || ports.iter().any(|range| whole.contains(&range.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(name: &str, priority: u64, allows: bool, destination: &str, ports: &str) -> SecurityRule {
        SecurityRule {
            name: name.to_owned(),
            priority,
            outbound: true,
            allows,
            protocol: "*".to_owned(),
            sources: vec!["*".to_owned()],
            source_ports: vec!["*".to_owned()],
            destinations: vec![destination.to_owned()],
            destination_ports: vec![ports.to_owned()],
            names_groups: false,
        }
    }

    /// The rules, and the outbound default rules of every group.
    fn group(mut rules: Vec<SecurityRule>) -> Vec<SecurityRule> {
        rules.push(rule("AllowVnetOutBound", 65000, true, "VirtualNetwork", "*"));
        rules.push(rule("AllowInternetOutBound", 65001, true, "Internet", "*"));
        rules.push(rule("DenyAllOutBound", 65500, false, "*", "*"));
        rules
    }

    fn decided(rules: Vec<SecurityRule>) -> String {
        of_clients(rules, &[])
    }

    fn of_clients(rules: Vec<SecurityRule>, prefixes: &[Cidr]) -> String {
        let target = Target {
            tag: "AzureContainerRegistry",
            region: Some("westeurope".to_owned()),
            purpose: "the registry",
            endpoint: "Microsoft.ContainerRegistry",
            private: None,
        };
        let rules = group(rules);
        let (what, denying) = match passage(&rules, &target, prefixes) {
            Passage::Allowed => return "allowed".to_owned(),
            Passage::Unknown => return "unknown".to_owned(),
            Passage::Denied(rules) => ("denied", rules),
            Passage::InPart(rules) => ("in part", rules),
        };
        let names: Vec<&str> = denying.iter().map(|rule| rule.name.as_str()).collect();
        format!("{what} by {}", names.join(" and "))
    }

    #[test]
    fn default_rules_let_traffic_out() {
        assert_eq!(decided(Vec::new()), "allowed");
    }

    #[test]
    fn first_rule_by_priority_decides() {
        let deny = rule("no-internet", 200, false, "Internet", "*");
        let allow = rule("registry", 100, true, "AzureContainerRegistry", "443");
        assert_eq!(decided(vec![deny.clone()]), "denied by no-internet");
        assert_eq!(decided(vec![deny.clone(), allow.clone()]), "allowed");
        let late = SecurityRule {
            priority: 300,
            ..allow
        };
        assert_eq!(decided(vec![deny, late]), "denied by no-internet");
    }

    #[test]
    fn rules_for_other_traffic_do_not_decide() {
        let deny = rule("deny", 100, false, "*", "*");
        let others = [
            SecurityRule {
                outbound: false,
                ..deny.clone()
            },
            SecurityRule {
                protocol: "Udp".to_owned(),
                ..deny.clone()
            },
            SecurityRule {
                destination_ports: vec!["80".to_owned()],
                ..deny.clone()
            },
            SecurityRule {
                destinations: vec!["Sql".to_owned()],
                ..deny
            },
        ];
        assert_eq!(decided(others.to_vec()), "allowed");
    }

    #[test]
    fn rules_for_single_addresses_decide_in_part() {
        let deny = rule("deny-some", 100, false, "20.0.0.0/8", "*");
        assert_eq!(decided(vec![deny]), "in part by deny-some");
        let allow = rule("allow-some", 100, true, "20.0.0.0/8", "443");
        let rest = rule("no-internet", 200, false, "Internet", "*");
        assert_eq!(decided(vec![allow, rest]), "in part by no-internet");
    }

    #[test]
    fn tags_of_other_regions_do_not_decide() {
        let own = rule("own", 100, true, "AzureContainerRegistry.WestEurope", "443");
        let other = rule("other", 100, true, "AzureContainerRegistry.EastUS", "443");
        let rest = rule("no-internet", 200, false, "Internet", "*");
        assert_eq!(decided(vec![own, rest.clone()]), "allowed");
        assert_eq!(decided(vec![other, rest]), "denied by no-internet");
    }

    #[test]
    fn rules_together_cover_a_target() {
        let low = rule("low", 100, false, "0.0.0.0/1", "*");
        let high = rule("high", 110, false, "128.0.0.0/1", "*");
        assert_eq!(decided(vec![low.clone(), high.clone()]), "denied by low and high");
        assert_eq!(decided(vec![low.clone()]), "in part by low");
        // What an earlier rule allows is not denied any more.
        let all = rule("all", 90, true, "Internet", "443");
        assert_eq!(decided(vec![all, low.clone(), high.clone()]), "allowed");
        let some = rule("some", 90, true, "20.0.0.0/8", "443");
        assert_eq!(decided(vec![some, low, high]), "in part by low and high");
    }

    #[test]
    fn sources_together_cover_a_subnet() {
        let from = |name: &str, source: &str| SecurityRule {
            sources: vec![source.to_owned()],
            ..rule(name, 100, false, "Internet", "*")
        };
        let (first, second) = (from("first", "10.0.1.0/25"), from("second", "10.0.1.128/25"));
        let subnet = ["10.0.1.0/24".parse().unwrap()];
        assert_eq!(
            of_clients(vec![first.clone(), second], &subnet),
            "denied by first and second"
        );
        assert_eq!(of_clients(vec![first], &subnet), "in part by first");
    }

    #[test]
    fn source_ports_decide_in_part() {
        let ports = SecurityRule {
            source_ports: vec!["1-1024".to_owned()],
            ..rule("low-ports", 100, false, "Internet", "*")
        };
        assert_eq!(decided(vec![ports.clone()]), "in part by low-ports");
        let rest = rule("no-internet", 200, false, "Internet", "*");
        assert_eq!(
            decided(vec![ports.clone(), rest.clone()]),
            "denied by low-ports and no-internet"
        );
        let allowed = SecurityRule {
            allows: true,
            ..ports
        };
        assert_eq!(decided(vec![allowed, rest]), "in part by no-internet");
    }
}
