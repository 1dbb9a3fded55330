//! The rule of a security group that decides about a target.
//!
//! Rules are looked at by priority, the default rules last, and the first that fits decides (docs:
//! network-security-groups-overview, "Security rules").

use super::cover::{Cover, has_port, of_subnet, of_target};
use super::target::Target;
use crate::live::surroundings::SecurityRule;
use crate::model::Cidr;

/// The port of every endpoint of a registry.
const HTTPS: u16 = 443;

/// The result for a target, with the rule that decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Passage<'r> {
    Allowed(&'r SecurityRule),
    Denied(&'r SecurityRule),
    /// The rule denies some addresses, and others pass.
    InPart(&'r SecurityRule),
    /// No rule fits. Azure always has a last one, so the list is not whole.
    Unknown,
}

/// Decides about the traffic of a subnet to a target.
pub(crate) fn passage<'r>(rules: &'r [SecurityRule], target: &Target, prefixes: &[Cidr]) -> Passage<'r> {
    let (mut denied_part, mut allowed_part) = (None, false);
    let mut outbound: Vec<&SecurityRule> = rules.iter().filter(|rule| rule.outbound).collect();
    outbound.sort_by_key(|rule| rule.priority);
    for rule in outbound {
        match (cover(rule, target, prefixes), rule.allows) {
            (Cover::Nothing, _) => {}
            (Cover::Part, true) => allowed_part = true,
            (Cover::Part, false) => denied_part = denied_part.or(Some(rule)),
            (Cover::Whole, true) => {
                return match denied_part {
                    Some(denied) => Passage::InPart(denied),
                    None => Passage::Allowed(rule),
                };
            }
            (Cover::Whole, false) if allowed_part => return Passage::InPart(rule),
            (Cover::Whole, false) => return Passage::Denied(rule),
        }
    }
    Passage::Unknown
}

/// Returns how much of the traffic a rule fits.
fn cover(rule: &SecurityRule, target: &Target, prefixes: &[Cidr]) -> Cover {
    let protocol = ["*", "Tcp"]
        .iter()
        .any(|known| known.eq_ignore_ascii_case(&rule.protocol));
    if !protocol || !rule.destination_ports.iter().any(|range| has_port(range, HTTPS)) {
        return Cover::Nothing;
    }
    let destination = most(&rule.destinations, |text| of_target(text, target));
    let source = match rule.sources.is_empty() && rule.names_groups {
        // Members of an application security group are not read.
        true => Cover::Part,
        false => most(&rule.sources, |text| of_subnet(text, prefixes)),
    };
    destination.min(source).min(source_ports(rule))
}

/// Returns the widest cover of a list.
fn most(list: &[String], of: impl Fn(&str) -> Cover) -> Cover {
    list.iter().map(|text| of(text)).max().unwrap_or(Cover::Nothing)
}

/// Clients connect from any port.
fn source_ports(rule: &SecurityRule) -> Cover {
    let whole = ["*", "0-65535", "Any"];
    let ports = &rule.source_ports;
    if ports.is_empty() || ports.iter().any(|range| whole.contains(&range.as_str())) {
        Cover::Whole
    } else {
        Cover::Part
    }
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
        let target = Target {
            tag: "AzureContainerRegistry",
            region: Some("westeurope".to_owned()),
            purpose: "the registry",
            endpoint: "Microsoft.ContainerRegistry",
        };
        match passage(&group(rules), &target, &[]) {
            Passage::Allowed(rule) => format!("allowed by {}", rule.name),
            Passage::Denied(rule) => format!("denied by {}", rule.name),
            Passage::InPart(rule) => format!("in part by {}", rule.name),
            Passage::Unknown => "unknown".to_owned(),
        }
    }

    #[test]
    fn default_rules_let_traffic_out() {
        assert_eq!(decided(Vec::new()), "allowed by AllowInternetOutBound");
    }

    #[test]
    fn first_rule_by_priority_decides() {
        let deny = rule("no-internet", 200, false, "Internet", "*");
        let allow = rule("registry", 100, true, "AzureContainerRegistry", "443");
        assert_eq!(decided(vec![deny.clone()]), "denied by no-internet");
        assert_eq!(decided(vec![deny.clone(), allow.clone()]), "allowed by registry");
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
        assert_eq!(decided(others.to_vec()), "allowed by AllowInternetOutBound");
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
        assert_eq!(decided(vec![own, rest.clone()]), "allowed by own");
        assert_eq!(decided(vec![other, rest]), "denied by no-internet");
    }
}
