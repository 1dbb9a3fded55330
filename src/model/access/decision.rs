//! The decision about one client: the one place that says who gets in.

use super::decided::{DecidedBy, Decision};
use super::subnet_decision::subnet;
use super::{Access, Admitted, Client, Gate, OtherClient};
use crate::model::{Cidr, Rule};

/// Decides about one client.
pub fn decide(access: &Access, client: &Client) -> Decision {
    let by_rules = decide_by_rules(access, client);
    // The address families of the endpoints come first.
    let most = by_protocol(access, client);
    if most < Admitted::Yes && most <= by_rules.admitted {
        Decision::new(most, DecidedBy::Protocol)
    } else {
        by_rules
    }
}

/// Returns the most that the address families of the endpoints allow. ACR Tasks do not work on a registry with dual-stack
/// endpoints (public preview of dual-stack endpoints, 2026-06).
fn by_protocol(access: &Access, client: &Client) -> Admitted {
    match (client, access.dual_stack) {
        (Client::Other(OtherClient::Ipv6), dual_stack) => dual_stack,
        (Client::Other(OtherClient::Tasks), Admitted::Yes) => Admitted::No,
        (Client::Other(OtherClient::Tasks), Admitted::Unknown) => Admitted::Unknown,
        _ => Admitted::Yes,
    }
}

/// Decides by the settings for all address families. Where public access is hidden, the answer is known if both of its
/// values give the same one.
fn decide_by_rules(access: &Access, client: &Client) -> Decision {
    let decision = decide_in(access, client, access.gate());
    if !access.hides_public_access() {
        return decision;
    }
    let disabled = decide_in(access, client, Gate::Disabled);
    if disabled.admitted == decision.admitted {
        decision
    } else {
        Decision::new(Admitted::Unknown, DecidedBy::PublicAccess)
    }
}

/// Decides behind a gate. The first match wins (container-registry-access-selected-networks).
fn decide_in(access: &Access, client: &Client, gate: Gate) -> Decision {
    match (client, gate) {
        // No client has a special-use address.
        (Client::Address(range), _) if range.public().is_empty() => {
            Decision::new(Admitted::No, DecidedBy::NoRule)
        }
        // Nor does one come over a service endpoint in a cloud without them.
        (Client::Other(OtherClient::UnlistedSubnets), _) if !access.has_service_endpoints => {
            Decision::new(Admitted::No, DecidedBy::NoRule)
        }
        (_, Gate::Open) => Decision::new(Admitted::Yes, DecidedBy::Open),
        // A bypass holds under disabled public access too.
        (Client::Other(OtherClient::TrustedServices), _) => {
            Decision::new(trusted_services(access, gate), DecidedBy::Bypass)
        }
        (Client::Other(OtherClient::Tasks), _) => Decision::new(access.tasks, DecidedBy::Bypass),
        (_, Gate::Disabled) => Decision::new(Admitted::No, DecidedBy::PublicAccess),
        (Client::Other(OtherClient::Ipv6), _) => Decision::new(ipv6(access), DecidedBy::NoRule),
        // A hidden rule may list a subnet, and then that is another client.
        (Client::Other(OtherClient::UnlistedSubnets), _) => {
            Decision::new(Admitted::No, DecidedBy::NoRule)
        }
        (Client::Subnet(id), _) => subnet(access, id),
        (Client::Address(range), _) => address(access, *range),
    }
}

/// Returns the answer to trusted services on a registry that is not open.
fn trusted_services(access: &Access, gate: Gate) -> Admitted {
    if access.trusted_services == Admitted::No {
        return Admitted::No;
    }
    // The bypass does not apply to a registry with a service endpoint (container-registry-vnet). No page says if that
    // holds for subnet rules that are dead.
    let listed = if gate == Gate::Disabled {
        Admitted::Unknown
    } else {
        Admitted::No
    };
    match (access.subnets.is_empty(), access.subnets_hidden) {
        (false, _) => listed,
        (true, true) => Admitted::Unknown,
        (true, false) => access.trusted_services,
    }
}

/// Returns the answer to IPv6 clients under `Deny`. Sources differ on IPv6 rules, so an unparsed rule may be one.
fn ipv6(access: &Access) -> Admitted {
    if access.unparsed_ip_rules().next().is_some() {
        Admitted::Unknown
    } else {
        Admitted::No
    }
}

/// Returns true if some addresses of the client get in and others do not, and nothing about them is hidden.
pub(crate) fn admits_in_part(access: &Access, client: &Client) -> bool {
    let clients = match client {
        Client::Address(range) => range.public(),
        Client::Subnet(id) if access.endpoints_off.contains(id) => {
            access.egress.get(id).cloned().unwrap_or_default()
        }
        Client::Subnet(_) | Client::Other(_) => return false,
    };
    let denied = clients.difference(&access.addresses());
    !access.hides_addresses() && !denied.is_empty() && denied != clients
}

/// Decides about a range under `Deny`. The range of several rules that cover it together is the range itself.
fn address(access: &Access, range: Cidr) -> Decision {
    let clients = range.public();
    let denied = clients.difference(&access.addresses());
    if denied.is_empty() {
        let mut rules = access.ip_rules.iter().filter_map(Rule::cidr);
        let rule = rules.find(|rule| rule.contains(range)).unwrap_or(range);
        return Decision::new(Admitted::Yes, DecidedBy::Rule(Client::Address(rule)));
    }
    // An IPv6 rule admits no IPv4 address. Of any other unparsed rule, nothing is known.
    let unknown = access.unparsed_ip_rules().any(|rule| !rule.is_ipv6());
    let admitted = if denied == clients && !unknown {
        Admitted::No
    } else {
        Admitted::Unknown
    };
    Decision::new(admitted, DecidedBy::NoRule)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::model::{DefaultAction, PublicNetworkAccess, Setting, SettingValue, Settings, SubnetId};

    const SUBNET: &str =
        "/subscriptions/s/resourceGroups/r/providers/Microsoft.Network/virtualNetworks/v/subnets/a";

    fn parsed(rules: &[&str]) -> Arc<Vec<Rule>> {
        let rules: Vec<Rule> = rules.iter().map(|text| Rule::parse(text)).collect();
        rules.into()
    }

    /// A registry that is not open, with IP rules.
    fn under_deny(rules: &[&str]) -> Access {
        Access {
            default_action: DefaultAction::Deny,
            ip_rules: parsed(rules),
            ..Access::default()
        }
    }

    fn trusted(access: &Access) -> bool {
        decide(access, &Client::Other(OtherClient::TrustedServices)).allowed()
    }

    fn tasks(access: &Access) -> bool {
        decide(access, &Client::Other(OtherClient::Tasks)).allowed()
    }

    #[test]
    fn several_rules_admit_a_range_together() {
        let access = under_deny(&["203.0.113.0/25", "203.0.113.128/25"]);
        let answer = |range: &str| decide(&access, &Client::Address(range.parse().unwrap())).admitted;
        assert_eq!(answer("203.0.113.0/24"), Admitted::Yes);
        assert_eq!(answer("203.0.112.0/23"), Admitted::Unknown);
        assert_eq!(answer("203.0.112.0/24"), Admitted::No);
    }

    #[test]
    fn part_of_a_client_is_told_from_an_unknown_answer() {
        let id = SubnetId::parse(SUBNET).unwrap();
        let range = Client::Address("203.0.112.0/23".parse().unwrap());
        let subnet = Client::Subnet(id.clone());
        let mut access = under_deny(&["203.0.113.0/24"]);
        access.endpoints_off.insert(id.clone());
        assert!(admits_in_part(&access, &range));
        assert!(!admits_in_part(&access, &subnet));
        let egress = ["203.0.113.7", "198.51.100.7"].map(|text| text.parse().unwrap());
        access.egress.insert(id, egress.into_iter().collect());
        assert!(admits_in_part(&access, &subnet));
        access.public_network_access = None;
        assert!(!admits_in_part(&access, &range) && !admits_in_part(&access, &subnet));
    }

    #[test]
    fn open_registries_admit_every_client_whatever_the_flags_say() {
        let open = Access {
            trusted_services: Admitted::No,
            ..Access::default()
        };
        let basic = Access {
            restricts: false,
            public_network_access: Some(PublicNetworkAccess::Disabled),
            trusted_services: Admitted::No,
            ..under_deny(&[])
        };
        for access in [open, basic] {
            assert!(trusted(&access) && tasks(&access), "{access:?}");
        }
    }

    #[test]
    fn bypasses_decide_on_restricted_registries() {
        let closed = under_deny(&[]);
        assert!(trusted(&closed) && !tasks(&closed));
        let private = Access {
            public_network_access: Some(PublicNetworkAccess::Disabled),
            trusted_services: Admitted::No,
            tasks: Admitted::Yes,
            ..Access::default()
        };
        assert!(!trusted(&private) && tasks(&private));
    }

    #[test]
    fn rules_for_all_addresses_admit_no_subnet_over_its_endpoint() {
        let client = Client::Other(OtherClient::UnlistedSubnets);
        for (access, admitted) in [
            (Access::default(), Admitted::Yes),
            (under_deny(&["0.0.0.0/1", "128.0.0.0/1"]), Admitted::No),
            (
                Access {
                    subnets_hidden: true,
                    ..under_deny(&["0.0.0.0/0"])
                },
                Admitted::No,
            ),
        ] {
            assert_eq!(decide(&access, &client).admitted, admitted, "{access:?}");
        }
    }

    #[test]
    fn first_subnet_rule_cuts_trusted_services() {
        let mut access = under_deny(&[]);
        access.subnets.insert(Rule::parse(SUBNET));
        assert!(!trusted(&access));
    }

    #[test]
    fn dead_subnet_rules_leave_trusted_services_unknown() {
        let client = Client::Other(OtherClient::TrustedServices);
        let mut access = Access {
            public_network_access: Some(PublicNetworkAccess::Disabled),
            ..under_deny(&[])
        };
        assert_eq!(decide(&access, &client).admitted, Admitted::Yes);
        access.subnets.insert(Rule::parse(SUBNET));
        assert_eq!(decide(&access, &client).admitted, Admitted::Unknown);
        access.trusted_services = Admitted::No;
        assert_eq!(decide(&access, &client).admitted, Admitted::No);
    }

    #[test]
    fn hidden_subnet_rules_are_unknown_and_not_none() {
        let id = SubnetId::parse(SUBNET).unwrap();
        let access = Access {
            subnets_hidden: true,
            ..under_deny(&[])
        };
        for client in [Client::Subnet(id), Client::Other(OtherClient::TrustedServices)] {
            assert_eq!(decide(&access, &client).admitted, Admitted::Unknown, "{client}");
        }
        assert_eq!(
            access.mode().to_string(),
            "selected networks (0 IP, subnets unknown)"
        );
    }

    #[test]
    fn unparsed_rules_may_admit_clients_that_no_other_rule_admits() {
        let answer = |rules: &[&str]| {
            let client = Client::Address("198.51.100.1".parse().unwrap());
            decide(&under_deny(rules), &client).admitted
        };
        assert_eq!(answer(&["198.51.100.1-198.51.100.9"]), Admitted::Unknown);
        assert_eq!(answer(&["198.51.100.0/24", "odd"]), Admitted::Yes);
        assert_eq!(answer(&["2001:db8::/32", "2001:db8::1"]), Admitted::No);
    }

    #[test]
    fn ipv6_clients_need_dual_stack_endpoints() {
        let answer = |access: &Access| decide(access, &Client::Other(OtherClient::Ipv6)).admitted;
        assert_eq!(answer(&Access::default()), Admitted::No);
        let dual = |access| Access {
            dual_stack: Admitted::Yes,
            ..access
        };
        assert_eq!(answer(&dual(Access::default())), Admitted::Yes);
        assert_eq!(answer(&dual(under_deny(&["203.0.113.7"]))), Admitted::No);
        assert_eq!(answer(&dual(under_deny(&["2001:db8::/32"]))), Admitted::Unknown);
    }

    #[test]
    fn dual_stack_endpoints_stop_tasks() {
        let answer = |dual_stack| {
            let access = Access {
                dual_stack,
                tasks: Admitted::Yes,
                ..Access::default()
            };
            decide(&access, &Client::Other(OtherClient::Tasks)).admitted
        };
        let protocols = [Admitted::No, Admitted::Unknown, Admitted::Yes];
        let answers = [Admitted::Yes, Admitted::Unknown, Admitted::No];
        assert_eq!(protocols.map(answer), answers);
    }

    /// An answer of a version without any of these fields, such as 2019-05-01.
    #[test]
    fn hidden_settings_are_unknown_and_not_their_defaults() {
        let listed = Client::Address("203.0.113.7".parse().unwrap());
        let other = Client::Address("8.8.8.8".parse().unwrap());
        let mut settings = Settings::default();
        settings.set(
            Setting::IpRules,
            SettingValue::Rules(vec![Rule::parse("203.0.113.7")].into()),
        );
        settings.set(
            Setting::VirtualNetworkRules,
            SettingValue::Rules(Vec::new().into()),
        );
        let open = Access::of(&settings);
        let selected = Access {
            default_action: DefaultAction::Deny,
            ..open.clone()
        };
        for (access, client, admitted) in [
            (&open, &other, Admitted::Unknown),
            (&selected, &listed, Admitted::Unknown),
            (&selected, &other, Admitted::No),
        ] {
            assert_eq!(decide(access, client).admitted, admitted, "{client}");
        }
        for kind in OtherClient::ALL {
            assert_eq!(
                decide(&open, &Client::Other(kind)).admitted,
                Admitted::Unknown,
                "{kind}"
            );
        }
        assert_eq!(
            open.mode_in_words(),
            "open (1 dormant rule), public access unknown"
        );
        assert_eq!(selected.admits_anyone(), Admitted::Unknown);
    }
}
