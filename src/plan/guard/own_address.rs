//! Whoever closes a registry should not close it to themselves.

use super::case::{GuardCase, refusal};
use crate::model::{AddressSet, Cidr, PublicNetworkAccess, Setting};
use crate::plan::{Guard, Guards, OwnAddress, Refusal};

/// Refuses the loss of a protected address that gets in today.
pub(crate) fn lost(case: &GuardCase<'_>, guards: &Guards) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    for cidr in &guards.protect {
        match loses(case, *cidr).len() {
            0 => refusals.extend(may_lose(case, *cidr)),
            number => refusals.push(would_lose(*cidr, number)),
        }
    }
    refusals
}

/// The addresses of a range that are let in before the change and not after it.
fn loses(case: &GuardCase<'_>, cidr: Cidr) -> AddressSet {
    let protected = AddressSet::from_iter([cidr]);
    let outside = protected.difference(&case.before.addresses());
    protected.difference(&outside).difference(&case.after.addresses())
}

fn would_lose(cidr: Cidr, number: u64) -> Refusal {
    let message = match 1_u64 << (32 - cidr.prefix_len()) {
        1 => format!("the protected address `{cidr}` would lose access"),
        all => {
            format!("{number} of the {all} addresses of the protected range `{cidr}` would lose access")
        }
    };
    refusal(Guard::OwnAddress, message, number.to_string(), "0".to_owned())
}

/// A rule that cannot be read may be the one that lets the address in.
fn may_lose(case: &GuardCase<'_>, cidr: Cidr) -> Option<Refusal> {
    let stays_in = case.after.addresses().contains(cidr);
    (case.access.unparsed_closed > 0 && !stays_in).then(|| {
        let message = format!(
            "the protected `{cidr}` may lose access: whom {} admits is not known, and it goes",
            match case.access.unparsed_closed {
                1 => "a rule that is no IPv4 range and no subnet id".to_owned(),
                many => format!("each of {many} rules that are no IPv4 range and no subnet id"),
            }
        );
        let (measured, limit) = ("unknown".to_owned(), "known to stay in".to_owned());
        refusal(Guard::OwnAddress, message, measured, limit)
    })
}

/// Where a change closes anything and how this machine gets in is not known, it may be what is closed: an address, or
/// the subnet that it comes from.
pub(crate) fn unknown(case: &GuardCase<'_>, own: &OwnAddress) -> Option<Refusal> {
    if !closes(case) {
        return None;
    }
    let why = if let Some(reason) = own.unknown.get(&case.plan.id) {
        format!("whether this machine gets in is not known: {reason}")
    } else if own.admitted.contains(&case.plan.id) && !is_explained(case, own) {
        "this machine is admitted now, and whether it will be is not known: nothing names the address or subnet that \
         it comes from"
            .to_owned()
    } else {
        return None;
    };
    let mut refusal = refusal(
        Guard::OwnAddress,
        why,
        "unknown".to_owned(),
        "known to stay in".to_owned(),
    );
    refusal.help = Some("name the address instead of `auto`: --protect IP".to_owned());
    Some(refusal)
}

/// Whether anybody could lose access by it.
fn closes(case: &GuardCase<'_>) -> bool {
    let disables = case.plan.change(Setting::PublicNetworkAccess).is_some()
        && case.after.public_network_access == PublicNetworkAccess::Disabled;
    let access = case.access;
    access.closed > 0 || !access.subnets_closed.is_empty() || access.unparsed_closed > 0 || disables
}

/// Whether an address that another registry named is why this one lets the machine in. If that address loses access,
/// that is a refusal of its own.
fn is_explained(case: &GuardCase<'_>, own: &OwnAddress) -> bool {
    let before = case.before.addresses();
    own.named.iter().any(|cidr| before.contains(*cidr))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::guard::tests::planned;
    use crate::plan::{Direction, FailOn, Policy, RegistryPlan};

    const ODD: &str = "203.0.113.7/24";
    const PLAIN: &str = "198.51.100.1";

    fn codes(plan: &RegistryPlan) -> Vec<&str> {
        plan.refusals.iter().map(|refusal| &*refusal.code).collect()
    }

    #[test]
    fn a_rule_that_cannot_be_read_counts_as_a_rule_that_admits_somebody() {
        let plan = planned(&[ODD], &[], &Policy::default());
        assert_eq!(codes(&plan), ["last-rule"]);
        assert_eq!(plan.mode.before, "selected networks (1 IP, 0 subnets)");
        assert_eq!(
            (plan.access.unparsed_closed, plan.access.effect),
            (1, Direction::Narrows)
        );
        assert!(
            plan.notes
                .iter()
                .any(|note| note.code == "unreadable-rule" && note.message.contains(ODD))
        );
        let plan = planned(&[ODD, PLAIN], &[PLAIN], &Policy::default());
        assert_eq!((codes(&plan), plan.access.effect), (vec![], Direction::Narrows));
        let plan = planned(&[PLAIN], &[PLAIN], &Policy::default());
        assert_eq!((plan.access.effect, plan.notes.len()), (Direction::None, 0));
    }

    #[test]
    fn whoever_protects_an_address_or_fails_on_narrowing_is_told_of_it() {
        let protecting = |address: &str| Policy {
            protect: vec![address.parse().unwrap()],
            ..Policy::default()
        };
        let to = |policy: &Policy| planned(&[ODD, PLAIN], &[PLAIN], policy);
        let refused = to(&protecting("203.0.113.9"));
        assert_eq!(codes(&refused), ["own-address"]);
        assert_eq!(refused.refusals[0].measured.as_deref(), Some("unknown"));
        // It stays in by another rule, whatever goes.
        assert_eq!(codes(&to(&protecting(PLAIN))), [""; 0]);
        let narrows = Policy {
            fail_on: [FailOn::Narrows].into(),
            ..Policy::default()
        };
        let refused = to(&narrows);
        assert_eq!(codes(&refused), ["narrows"]);
        assert!(
            refused.refusals[0]
                .message
                .contains("whoever 1 unreadable rule admits")
        );
        let own = OwnAddress {
            admitted: [refused.id.clone()].into(),
            ..OwnAddress::default()
        };
        let auto = Policy {
            own: Some(own),
            ..Policy::default()
        };
        assert_eq!(codes(&to(&auto)), ["own-address"]);
    }
}
