//! The guard over protected addresses: a run must not lock out the machine that it runs on.

use super::case::{GuardCase, refusal};
use crate::model::{AddressSet, Cidr, Gate, OtherClient, PublicNetworkAccess, Setting, SubnetId};
use crate::plan::{Guard, Guards, OwnAddress, Refusal};

/// The next step where the address of this machine is not known.
const NAME_IT: &str = "name the address instead of `auto`: --protect IP";

/// Refuses the loss of a protected address that gets in today.
pub(crate) fn lost(case: &GuardCase<'_>, guards: &Guards) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    for cidr in &guards.protect {
        if cidr.public().is_empty() {
            refusals.extend(lost_over_endpoint(case, *cidr));
            continue;
        }
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

/// Refuses the loss of an address that is not public. A registry sees it over the service endpoint of a subnet, so that no IP
/// rule matches it (container-registry-vnet). Which subnet that is, nothing tells.
fn lost_over_endpoint(case: &GuardCase<'_>, cidr: Cidr) -> Option<Refusal> {
    let access = case.access;
    let unlisted = OtherClient::UnlistedSubnets;
    let closes = access.others_closed.contains(&unlisted);
    // A subnet whose endpoint is still off does not show such an address.
    let loses_rule = access.subnets_closed.iter().any(|id| !is_switched(case, id));
    if !closes && !loses_rule {
        return None;
    }
    let has_rules = case.after.subnets_hidden || !case.after.subnets.is_empty();
    let may_be_listed = case.after.gate() == Gate::Rules && has_rules;
    if closes && !may_be_listed && !access.uncertain.others.contains(&unlisted) {
        let mut refusal = would_lose(cidr, cidr.size());
        refusal.message += ": it is not public, and no IP rule admits such an address";
        return Some(refusal);
    }
    let message = format!(
        "the protected `{cidr}` may lose access: it is not public, so only a rule for its subnet admits it, and nothing names \
         that subnet"
    );
    let (measured, limit) = ("unknown".to_owned(), "known to stay in".to_owned());
    Some(refusal(Guard::OwnAddress, message, measured, limit))
}

fn is_switched(case: &GuardCase<'_>, id: &SubnetId) -> bool {
    case.plan.switched.iter().any(|switched| switched.subnet == *id)
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
    let (why, help) = if let Some(reason) = own.unknown.get(&case.plan.id) {
        let why = format!("whether this machine gets in is not known: {reason}");
        (why, NAME_IT)
    } else if own.admitted.contains(&case.plan.id) && !is_explained(case, own) {
        unexplained(own)
    } else {
        return None;
    };
    let mut refusal = refusal(
        Guard::OwnAddress,
        why,
        "unknown".to_owned(),
        "known to stay in".to_owned(),
    );
    refusal.help = Some(help.to_owned());
    Some(refusal)
}

/// Says that this machine gets in and that no rule is known to admit it, and the next step.
fn unexplained(own: &OwnAddress) -> (String, &'static str) {
    let why = "this machine gets in now, and may not afterwards";
    match own.over_endpoints().next() {
        Some(address) => (
            format!(
                "{why}: another registry sees it at `{address}`, which is not public, so it comes from a subnet over a service \
                 endpoint"
            ),
            "make sure that `subnets` lists the subnet of this machine, then go on with --override own-address",
        ),
        None => (
            format!("{why}: nothing names the address or subnet that it comes from"),
            NAME_IT,
        ),
    }
}

/// Returns true if a client could lose access by the change.
fn closes(case: &GuardCase<'_>) -> bool {
    // Disabled public access also closes subnet rules that the api-version hides.
    let disables = case.plan.change(Setting::PublicNetworkAccess).is_some()
        && case.after.public_network_access == Some(PublicNetworkAccess::Disabled);
    let access = case.access;
    // This machine may come from a subnet without a rule, or over IPv6. It is never a trusted service or an ACR task.
    let others = [OtherClient::UnlistedSubnets, OtherClient::Ipv6];
    access.closed > 0
        || !access.subnets_closed.is_empty()
        || access.unparsed_closed > 0
        || others.iter().any(|kind| access.others_closed.contains(kind))
        || disables
}

/// Returns true if this registry admits an address that another registry named for this machine. The loss of that address
/// is a refusal of its own.
fn is_explained(case: &GuardCase<'_>, own: &OwnAddress) -> bool {
    let before = case.before.addresses();
    own.public().any(|cidr| before.contains(*cidr))
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
