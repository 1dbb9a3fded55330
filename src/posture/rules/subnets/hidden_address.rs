//! RF025: IP rules for addresses that a service endpoint hides.

use std::collections::BTreeMap;

use crate::live::{Egress, LiveSubnet};
use crate::model::{AddressSet, Client, Rule, Setting, SubnetId};
use crate::posture::articles;
use crate::posture::check::{Judges, PostureCheck, Violation};
use crate::posture::subject::Subject;
use crate::spec::{PostureRule, Severity};

pub(in crate::posture::rules) const CHECK: PostureCheck = PostureCheck {
    rule: PostureRule::HiddenAddress,
    severity: Severity::Note,
    judges: Judges::Both,
    about: "The rule admits the public address of a subnet whose service endpoint is on, and no other client is known to use it. \
            The clients of the subnet come from private addresses then, so the rule admits them no longer.",
    remedy: "remove the IP rule",
    article: Some(articles::SERVICE_ENDPOINTS),
    policy: None,
    diagnostic: None,
    find,
};

/// The next step on a registry without a rule for the subnet.
const WITH_RULE: &str =
    "list the subnet under `subnets` where its clients use the registry, then remove the IP rule";

fn find(subject: &Subject<'_>) -> Vec<Violation> {
    let known = egress(subject);
    let mut found = Vec::new();
    for (id, addresses) in &known {
        if !is_on(subject, id) {
            continue;
        }
        for rule in subject.rules(Setting::IpRules) {
            let hidden = rule.cidr().is_some_and(|range| addresses.contains(range));
            if hidden && !has_other_clients(subject, rule, &known) {
                found.push(violation(subject, rule, id));
            }
        }
    }
    found
}

fn violation(subject: &Subject<'_>, rule: &Rule, id: &SubnetId) -> Violation {
    let name = subject.name(Setting::IpRules, rule);
    let message = format!(
        "{name} is the address of subnet `{}`, which its service endpoint hides",
        id.short()
    );
    let found = Violation::new(message)
        .at(subject.place_of(Setting::IpRules, rule))
        .about([rule.to_string(), id.to_string()])
        .removing([rule]);
    let has_rule = subject.subnets().contains(&id);
    match has_rule || !subject.takes_subnets() {
        true => found,
        false => found.remedied_by(WITH_RULE),
    }
}

/// Returns true if the rule is known to admit other clients too: a subnet behind the same address whose endpoint is off, or
/// an address that the spec expects to get in.
fn has_other_clients(
    subject: &Subject<'_>,
    rule: &Rule,
    known: &BTreeMap<&SubnetId, AddressSet>,
) -> bool {
    let Some(range) = rule.cidr() else { return false };
    for (id, addresses) in known {
        if addresses.contains(range) && !is_on(subject, id) {
            return true;
        }
    }
    for expectation in subject.spec.into_iter().flat_map(|spec| &spec.expect) {
        if let Client::Address(address) = expectation.client
            && expectation.allowed
            && (address.contains(range) || range.contains(address))
        {
            return true;
        }
    }
    false
}

/// Returns the public addresses of the subnets of which they are known.
fn egress<'a>(subject: &Subject<'a>) -> BTreeMap<&'a SubnetId, AddressSet> {
    let mut known = BTreeMap::new();
    for (id, egress) in subject.reading.into_iter().flat_map(|reading| &reading.egress) {
        if let Egress::Known(addresses) = egress {
            known.insert(id, addresses.iter().copied().collect());
        }
    }
    // The spec knows better than Azure.
    for (id, addresses) in subject.spec.into_iter().flat_map(|spec| &*spec.egress) {
        known.insert(id, addresses.iter().copied().collect());
    }
    known
}

/// Returns true if the endpoint of a subnet is on, or is turned on by an apply of the spec.
fn is_on(subject: &Subject<'_>, id: &SubnetId) -> bool {
    if let Some(reading) = subject.reading {
        let subnet = reading.subnets.get(id);
        return matches!(subnet, Some(LiveSubnet::Present(subnet)) if subnet.has_endpoint);
    }
    subject.wants_endpoint(id)
}
