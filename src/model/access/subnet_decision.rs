//! The decision about the clients of a subnet under `Deny`. Their service endpoint decides which source a registry sees.

use super::decided::{DecidedBy, Decision};
use super::{Access, Admitted, Client};
use crate::model::{AddressSet, SubnetId};

/// Decides about the clients of a subnet. Where the endpoint is not known, the answer is known if both of its states give
/// the same one.
pub(crate) fn subnet(access: &Access, id: &SubnetId) -> Decision {
    if access.endpoints_off.contains(id) {
        return over_public_address(access, id);
    }
    let on = over_endpoint(access, id);
    if access.endpoints_unknown.contains(id) && over_public_address(access, id).admitted != on.admitted {
        return Decision::new(Admitted::Unknown, DecidedBy::Endpoint);
    }
    on
}

/// Decides by the subnet rules, which name the source that the registry sees while the endpoint is on.
fn over_endpoint(access: &Access, id: &SubnetId) -> Decision {
    if access.lists_subnet(id) {
        return Decision::new(Admitted::Yes, DecidedBy::Rule(Client::Subnet(id.clone())));
    }
    let admitted = if access.subnets_hidden {
        Admitted::Unknown
    } else {
        Admitted::No
    };
    Decision::new(admitted, DecidedBy::NoRule)
}

/// Decides by the IP rules, which name the source that the registry sees while the endpoint is off.
fn over_public_address(access: &Access, id: &SubnetId) -> Decision {
    let admitted = match access.egress.get(id) {
        Some(egress) => part_of(egress, access),
        None => any_address(access),
    };
    Decision::new(admitted, DecidedBy::Endpoint)
}

/// Returns `Yes` if all of these addresses are admitted, and `Unknown` if a part of them is. Clients without any public
/// address are not admitted.
fn part_of(clients: &AddressSet, access: &Access) -> Admitted {
    let denied = clients.difference(&access.addresses());
    // An IPv6 rule admits no IPv4 address. Of any other unparsed rule, nothing is known.
    let unknown = access.unparsed_ip_rules().any(|rule| !rule.is_ipv6());
    if clients.is_empty() {
        Admitted::No
    } else if denied.is_empty() {
        Admitted::Yes
    } else if denied == *clients && !unknown {
        Admitted::No
    } else {
        Admitted::Unknown
    }
}

/// Returns the answer to a public address that is not known.
fn any_address(access: &Access) -> Admitted {
    let admitted = access.addresses().public();
    if admitted == AddressSet::all().public() {
        Admitted::Yes
    } else if admitted.is_empty() && access.unparsed_ip_rules().next().is_none() {
        Admitted::No
    } else {
        Admitted::Unknown
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::model::{Cidr, DefaultAction, Rule, decide};

    const SUBNET: &str =
        "/subscriptions/s/resourceGroups/r/providers/Microsoft.Network/virtualNetworks/v/subnets/a";

    fn id() -> SubnetId {
        SubnetId::parse(SUBNET).unwrap()
    }

    /// A registry under `Deny` with these IP rules, and with a rule for the subnet if it is `listed`.
    fn under_deny(rules: &[&str], listed: bool) -> Access {
        let rules: Vec<Rule> = rules.iter().map(|text| Rule::parse(text)).collect();
        Access {
            default_action: DefaultAction::Deny,
            ip_rules: Arc::new(rules),
            subnets: listed.then(|| Rule::parse(SUBNET)).into_iter().collect(),
            ..Access::default()
        }
    }

    fn answer(access: &Access) -> Admitted {
        decide(access, &Client::Subnet(id())).admitted
    }

    #[test]
    fn subnet_needs_its_service_endpoint() {
        let client = Client::Subnet(id());
        assert!(decide(&under_deny(&[], true), &client).allowed());
        for (rules, admitted) in [
            (&[][..], Admitted::No),
            (&["203.0.113.7"], Admitted::Unknown),
            (&["0.0.0.0/1", "128.0.0.0/1"], Admitted::Yes),
        ] {
            let access = under_deny(rules, true).with_endpoint(&id(), false);
            let expected = Decision::new(admitted, DecidedBy::Endpoint);
            assert_eq!(decide(&access, &client), expected, "{rules:?}");
        }
    }

    #[test]
    fn unknown_endpoint_is_known_where_both_states_agree() {
        use Admitted::{No, Unknown, Yes};
        let all = &["0.0.0.0/1", "128.0.0.0/1"][..];
        let rows = [
            // Rules, the egress, the answer without and with a subnet rule.
            (&[][..], None, [No, Unknown]),
            (&["203.0.113.7"], None, [Unknown, Unknown]),
            (&["203.0.113.7"], Some("203.0.113.7"), [Unknown, Yes]),
            (&["203.0.113.7"], Some("198.51.100.7"), [No, Unknown]),
            (all, None, [Unknown, Yes]),
        ];
        for (rules, egress, answers) in rows {
            let mut found = [No; 2];
            for (listed, found) in [false, true].into_iter().zip(&mut found) {
                let mut access = under_deny(rules, listed);
                access.endpoints_unknown.insert(id());
                if let Some(egress) = egress {
                    let egress: Cidr = egress.parse().unwrap();
                    access.egress.insert(id(), [egress].into_iter().collect());
                }
                *found = answer(&access);
            }
            assert_eq!(found, answers, "{rules:?} {egress:?}");
        }
    }

    /// Nothing is known of the clients of an unparsed rule, so it may admit the public address of the subnet.
    #[test]
    fn unparsed_rule_may_admit_a_known_egress() {
        for (rule, admitted) in [
            ("198.51.100.1-198.51.100.9", Admitted::Unknown),
            ("2001:db8::/32", Admitted::No),
        ] {
            let mut access = under_deny(&[rule], false).with_endpoint(&id(), false);
            let egress: Cidr = "198.51.100.8".parse().unwrap();
            access.egress.insert(id(), [egress].into_iter().collect());
            assert_eq!(answer(&access), admitted, "{rule}");
            access.egress.insert(id(), AddressSet::default());
            assert_eq!(answer(&access), Admitted::No, "{rule}");
        }
    }
}
