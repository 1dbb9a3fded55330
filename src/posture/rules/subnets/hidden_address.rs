//! RF025: IP rules for addresses that a service endpoint hides.

use std::collections::BTreeMap;

use crate::live::{Egress, LiveSubnet};
use crate::model::{AddressSet, Rule, Setting, SubnetId};
use crate::posture::check::{Judges, PostureCheck, Violation};
use crate::posture::subject::Subject;
use crate::spec::{PostureRule, ServiceEndpoints, Severity};

pub(in crate::posture::rules) const CHECK: PostureCheck = PostureCheck {
    rule: PostureRule::HiddenAddress,
    severity: Severity::Note,
    judges: Judges::Both,
    about: "The rule admits the public address of a subnet whose service endpoint is on. The clients of the subnet come from \
            private addresses then, so the rule admits them no longer and may admit others.",
    remedy: "remove the IP rule once the subnet has a rule of its own",
    policy: None,
    diagnostic: None,
    find,
};

fn find(subject: &Subject<'_>) -> Vec<Violation> {
    let mut found = Vec::new();
    for (id, egress) in egress(subject) {
        if !is_on(subject, id) {
            continue;
        }
        for rule in subject.rules(Setting::IpRules) {
            if rule.cidr().is_some_and(|range| egress.contains(range)) {
                let name = subject.name(Setting::IpRules, rule);
                let message = format!(
                    "{name} is the address of subnet `{}`, which its service endpoint hides",
                    id.short()
                );
                let place = subject.place_of(Setting::IpRules, rule);
                found.push(
                    Violation::new(message)
                        .at(place)
                        .about([rule.to_string(), id.to_string()]),
                );
            }
        }
    }
    found
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
    let ensures = subject
        .spec
        .is_some_and(|spec| spec.service_endpoints == ServiceEndpoints::Ensure);
    let rule = Rule::from(id.clone());
    ensures && subject.listed(Setting::VirtualNetworkRules, &rule).is_some()
}
