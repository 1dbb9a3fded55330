//! The callers of a registry beside a change: who called it lately, and gets in no more.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::access;
use super::types::RegistryPlan;
use super::types::expectation::Answer;
use super::types::impact::CallerImpact;
use crate::live::surroundings::Caller;
use crate::model::{
    Access, Admitted, Cidr, Client, DefaultAction, OtherClient, PublicNetworkAccess, RegistryId,
    Setting, decide,
};
use crate::spec::{KnownNames, Source};

/// The two sides of a change, and the words of the spec for a rule.
struct Sides<'a> {
    before: &'a Access,
    after: &'a Access,
    registry: &'a RegistryId,
    place: Option<&'a Source>,
    names: &'a KnownNames,
}

impl RegistryPlan {
    /// Judges each caller before and after the plan.
    pub fn caller_impacts(&self, callers: &[Caller], names: &KnownNames) -> Vec<CallerImpact> {
        let (before, after) = access::sides(&self.basis, &self.changes, &self.switched);
        let list = self
            .change(Setting::IpRules)
            .and_then(|change| change.source.as_ref());
        caller_impacts(
            callers,
            &Sides {
                before: &before,
                after: &after,
                registry: &self.id,
                place: list.or(self.source.as_ref()),
                names,
            },
        )
    }
}

/// Judges each caller as the registry is, and as it would be under Deny with the rules that it has.
pub fn impacts_of_deny(registry: &RegistryId, access: &Access, callers: &[Caller]) -> Vec<CallerImpact> {
    let after = Access {
        default_action: DefaultAction::Deny,
        ..access.clone()
    };
    caller_impacts(
        callers,
        &Sides {
            before: access,
            after: &after,
            registry,
            place: None,
            names: &KnownNames::default(),
        },
    )
}

/// Judges each caller on both sides of a change.
fn caller_impacts(callers: &[Caller], sides: &Sides<'_>) -> Vec<CallerImpact> {
    let mut judged: Vec<CallerImpact> = callers.iter().map(|caller| judge(caller, sides)).collect();
    judged.sort_by_key(|caller| (!caller.loses(), std::cmp::Reverse(caller.events)));
    judged
}

fn judge(caller: &Caller, sides: &Sides<'_>) -> CallerImpact {
    let client = client(&caller.address, sides.before);
    let (before, after) = (
        answer(sides.before, client.as_ref()),
        answer(sides.after, client.as_ref()),
    );
    let admit = match (&client, after) {
        (Some(Client::Address(address)), Answer::Denied) => admit(*address, sides),
        _ => None,
    };
    CallerImpact {
        address: caller.address.clone(),
        identity: caller.identity.clone(),
        events: caller.events,
        refused: caller.refused,
        failed: caller.failed,
        last_seen: caller.last_seen.map(|time| time.to_string()),
        before,
        after,
        admit,
    }
}

/// Returns the client with this address. `None` for one that cannot be judged: a special-use address is one of a private or a
/// service endpoint, an IPv6 address reaches dual-stack endpoints alone, and an address may be masked or missing.
fn client(address: &str, access: &Access) -> Option<Client> {
    if address.parse::<Ipv6Addr>().is_ok() {
        let reaches = access.dual_stack == Admitted::Yes;
        return reaches.then_some(Client::Other(OtherClient::Ipv6));
    }
    let cidr = Cidr::containing(address.parse::<Ipv4Addr>().ok()?, 32)?;
    (!cidr.public().is_empty()).then_some(Client::Address(cidr))
}

fn answer(access: &Access, client: Option<&Client>) -> Answer {
    let Some(client) = client else {
        return Answer::Unknown;
    };
    match decide(access, client).admitted {
        Admitted::Yes => Answer::Allowed,
        Admitted::No => Answer::Denied,
        Admitted::Unknown => Answer::Unknown,
    }
}

/// Returns the line of the spec that would admit an address: the name of the smallest network that has it, or the address.
fn admit(address: Cidr, sides: &Sides<'_>) -> Option<String> {
    if sides.after.public_network_access == Some(PublicNetworkAccess::Disabled) {
        return None;
    }
    let entry = sides
        .names
        .network_with(address)
        .map_or_else(|| address.to_string(), str::to_owned);
    let registry = sides.registry.name();
    let place = match sides.place {
        Some(source) => format!("{registry} ({}:{})", source.file, source.line),
        None => registry.to_owned(),
    };
    Some(format!("add `- {entry}` to `ipRules` of {place}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Rule;

    fn caller(address: &str, events: u64) -> Caller {
        Caller {
            address: address.to_owned(),
            identity: "ci".to_owned(),
            events,
            refused: 0,
            failed: 0,
            last_refused: None,
            last_seen: None,
        }
    }

    fn judged(after: &Access, addresses: &[&str]) -> Vec<(String, Answer, Option<String>)> {
        let callers: Vec<Caller> = addresses.iter().map(|address| caller(address, 1)).collect();
        let registry =
            "/subscriptions/s/resourceGroups/r/providers/Microsoft.ContainerRegistry/registries/contoso";
        let sides = Sides {
            before: &Access::default(),
            after,
            registry: &RegistryId::parse(registry).unwrap(),
            place: None,
            names: &KnownNames::default(),
        };
        let judged = caller_impacts(&callers, &sides);
        judged
            .into_iter()
            .map(|one| (one.address, one.after, one.admit))
            .collect()
    }

    #[test]
    fn callers_that_no_rule_admits_lose_access() {
        let deny = Access {
            default_action: DefaultAction::Deny,
            ip_rules: vec![Rule::parse("203.0.113.0/24")].into(),
            ..Access::default()
        };
        let addresses = [
            "203.0.113.7",
            "8.8.8.8",
            "10.0.0.5",
            "2001:db8::1",
            "?",
            "8.8.8.8:51234",
            "",
        ];
        let found = judged(&deny, &addresses);
        let answers: Vec<(&str, Answer)> = found
            .iter()
            .map(|(address, answer, _)| (&**address, *answer))
            .collect();
        assert_eq!(
            answers,
            [
                ("8.8.8.8", Answer::Denied),
                ("203.0.113.7", Answer::Allowed),
                ("10.0.0.5", Answer::Unknown),
                ("2001:db8::1", Answer::Unknown),
                ("?", Answer::Unknown),
                ("8.8.8.8:51234", Answer::Unknown),
                ("", Answer::Unknown),
            ]
        );
        assert_eq!(
            found[0].2.as_deref(),
            Some("add `- 8.8.8.8` to `ipRules` of contoso")
        );
    }

    #[test]
    fn ipv6_callers_of_dual_stack_endpoints_are_judged() {
        let deny = Access {
            default_action: DefaultAction::Deny,
            ..Access::default()
        };
        let dual_stack = Access {
            dual_stack: Admitted::Yes,
            ..Access::default()
        };
        let client = client("2001:db8::1", &dual_stack);
        assert_eq!(answer(&dual_stack, client.as_ref()), Answer::Allowed);
        assert_eq!(client, Some(Client::Other(OtherClient::Ipv6)));
        assert_eq!(super::client("2001:db8::1", &deny), None);
    }

    #[test]
    fn callers_that_were_never_answered_lose_nothing() {
        let mut refused = caller("8.8.8.8", 2);
        for (times, failed, loses) in [(2, 0, false), (1, 1, false), (0, 2, false), (1, 0, true)] {
            (refused.refused, refused.failed) = (times, failed);
            let id = "/subscriptions/s/resourceGroups/r/providers/Microsoft.ContainerRegistry/registries/contoso";
            let id = RegistryId::parse(id).unwrap();
            let judged = impacts_of_deny(&id, &Access::default(), std::slice::from_ref(&refused));
            assert_eq!(judged[0].loses(), loses, "{times} {failed}");
        }
    }

    #[test]
    fn no_rule_admits_callers_where_public_access_is_disabled() {
        let private = Access {
            public_network_access: Some(PublicNetworkAccess::Disabled),
            ..Access::default()
        };
        assert_eq!(
            judged(&private, &["8.8.8.8"]),
            [("8.8.8.8".to_owned(), Answer::Denied, None)]
        );
    }
}
