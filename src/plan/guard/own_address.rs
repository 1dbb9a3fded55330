//! The guard over protected addresses: a run must not lock out the machine that it runs on.

use super::case::{GuardCase, refusal};
use crate::model::{AddressSet, Cidr, PublicNetworkAccess, Setting};
use crate::plan::{Guard, Guards, OwnAddress, Refusal};

/// Refuses the loss of a protected address that gets in today.
pub(crate) fn lost(case: &GuardCase<'_>, guards: &Guards) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    for cidr in &guards.protect {
        match loses(case, *cidr).len() {
            // No address is known to be lost; an unparsed rule or an endpoint may still take one.
            0 => {
                refusals.extend(may_lose(case, *cidr));
                refusals.extend(switched_away(case, *cidr));
            }
            number => refusals.push(would_lose(*cidr, number)),
        }
    }
    refusals
}

/// Returns the addresses of a range that get in before the change and not after it.
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

/// Refuses the loss of an unparsed rule, which may be the one that admits the address.
fn may_lose(case: &GuardCase<'_>, cidr: Cidr) -> Option<Refusal> {
    let stays_in = case.after.addresses().contains(cidr);
    if case.access.unparsed_closed == 0 || stays_in {
        return None;
    }
    let rules = match case.access.unparsed_closed {
        1 => "a rule that is neither an IPv4 range nor a subnet id".to_owned(),
        many => format!("{many} rules that are neither IPv4 ranges nor subnet ids"),
    };
    let message = format!(
        "the protected `{cidr}` may lose access: the change removes {rules}, and the clients of such a rule are not \
         known"
    );
    let (measured, limit) = ("unknown".to_owned(), "known to stay in".to_owned());
    Some(refusal(Guard::OwnAddress, message, measured, limit))
}

/// Refuses to turn on the endpoint of a subnet whose clients have the protected address today, if they lose this registry
/// by that.
fn switched_away(case: &GuardCase<'_>, cidr: Cidr) -> Vec<Refusal> {
    let protected = AddressSet::from_iter([cidr]);
    let mut refusals = Vec::new();
    for switched in &case.plan.switched {
        let (verb, measured) = match &switched.egress {
            Some(egress) if egress.iter().any(|range| protected.intersects(*range)) => ("is", "lost"),
            // Clients with other addresses do not have this one.
            Some(_) => continue,
            None => ("may be", "unknown"),
        };
        // An address that no rule admits has nothing to lose.
        let gets_in = case.before.addresses().intersects(cidr);
        if !gets_in || !case.access.subnets_closed.contains(&switched.subnet) {
            continue;
        }
        let message = format!(
            "the protected `{cidr}` {verb} the public address of subnet {}, whose clients would lose access: the run turns on \
             its service endpoint",
            switched.subnet.short()
        );
        let limit = "known to stay in".to_owned();
        refusals.push(refusal(Guard::OwnAddress, message, measured.to_owned(), limit));
    }
    refusals
}

/// Refuses a change that closes anything, if it is not known how this machine gets in: the change may close its address,
/// or the subnet that it comes from.
pub(crate) fn unknown(case: &GuardCase<'_>, own: &OwnAddress) -> Option<Refusal> {
    if !closes(case) {
        return None;
    }
    // The answers of the registries explain some cases.
    let why = if let Some(reason) = own.unknown.get(&case.plan.id) {
        format!("whether this machine gets in is not known: {reason}")
    } else if own.admitted.contains(&case.plan.id) && !is_explained(case, own) {
        "this machine gets in now, and may not afterwards: nothing names the address or subnet that it comes from"
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

/// Returns true if a client could lose access by the change.
fn closes(case: &GuardCase<'_>) -> bool {
    // Disabled public access also closes subnet rules that the api-version hides.
    let disables = case.plan.change(Setting::PublicNetworkAccess).is_some()
        && case.after.public_network_access == Some(PublicNetworkAccess::Disabled);
    let access = case.access;
    access.closed > 0 || !access.subnets_closed.is_empty() || access.unparsed_closed > 0 || disables
}

/// Returns true if this registry admits an address that another registry named for this machine. The loss of that address
/// is a refusal of its own.
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

    /// A policy that removes rules whose clients are not known.
    fn removing() -> Policy {
        Policy {
            overrides: [Guard::Unparsed].into(),
            ..Policy::default()
        }
    }

    fn codes(plan: &RegistryPlan) -> Vec<&str> {
        plan.refusals.iter().map(|refusal| refusal.code.name()).collect()
    }

    #[test]
    fn unparsed_rule_counts_as_an_admitting_rule() {
        let plan = planned(&[ODD], &[], &removing());
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
        let plan = planned(&[ODD, PLAIN], &[PLAIN], &removing());
        assert_eq!((codes(&plan), plan.access.effect), (vec![], Direction::Narrows));
        let plan = planned(&[PLAIN], &[PLAIN], &removing());
        assert_eq!((plan.access.effect, plan.notes.len()), (Direction::None, 0));
    }

    #[test]
    fn removing_an_unparsed_rule_breaks_the_guards_over_access() {
        let protecting = |address: &str| Policy {
            protect: vec![address.parse().unwrap()],
            ..removing()
        };
        let to = |policy: &Policy| planned(&[ODD, PLAIN], &[PLAIN], policy);
        let refused = to(&protecting("203.0.113.9"));
        assert_eq!(codes(&refused), ["own-address"]);
        assert_eq!(refused.refusals[0].measured.as_deref(), Some("unknown"));
        // It stays in by another rule, whatever goes.
        assert_eq!(codes(&to(&protecting(PLAIN))), [""; 0]);
        let narrows = Policy {
            fail_on: [FailOn::Narrows].into(),
            ..removing()
        };
        let refused = to(&narrows);
        assert_eq!(codes(&refused), ["narrows"]);
        let measured = refused.refusals[0].measured.as_deref();
        assert!(measured.is_some_and(|found| found.contains("the clients of 1 unreadable rule")));
        let own = OwnAddress {
            admitted: [refused.id.clone()].into(),
            ..OwnAddress::default()
        };
        let auto = Policy {
            own: Some(own),
            ..removing()
        };
        assert_eq!(codes(&to(&auto)), ["own-address"]);
    }
}
