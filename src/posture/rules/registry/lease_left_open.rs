//! RF037: leases whose time is over: the jobs that opened a registry for a while were killed.

use crate::lease::{Lease, leases_of};
use crate::model::{Access, Cidr, PublicNetworkAccess, Rule};
use crate::posture::check::{Judges, PostureCheck, Violation};
use crate::posture::subject::Subject;
use crate::spec::{PostureRule, Severity};

pub(in crate::posture::rules) const CHECK: PostureCheck = PostureCheck {
    rule: PostureRule::LeaseLeftOpen,
    severity: Severity::Error,
    judges: Judges::Live,
    about: "The time of a lease of `open` or `with-access` is over, and its tag is still there: its job was killed and closes \
            nothing. The addresses of a hosted runner belong to somebody else by now.",
    remedy: "close what killed jobs left: `ringfence close {registry} --expired{flags}`",
    article: None,
    policy: None,
    diagnostic: None,
    find,
};

fn find(subject: &Subject<'_>) -> Vec<Violation> {
    let (Some(registry), Some(access)) = (subject.registry(), &subject.access) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for lease in leases_of(registry) {
        if lease.is_expired(subject.moment.now) {
            let named = format!("{}, until {}", lease.name, lease.until);
            let message = match still_open(access, &lease) {
                Some(open) => format!("{open} is still open by the lease {named}"),
                None => format!("the lease {named} has ended, and holds nothing any more"),
            };
            found.push(Violation::new(message).about([&lease.name]));
        }
    }
    found
}

/// Returns what a lease still opens: its addresses that have a rule, or else public access.
fn still_open(access: &Access, lease: &Lease) -> Option<String> {
    let rules: Vec<Cidr> = access.ip_rules.iter().filter_map(Rule::cidr).collect();
    let mut there = Vec::new();
    for address in &lease.addresses {
        if rules.contains(address) {
            there.push(address.to_string());
        }
    }
    if !there.is_empty() {
        return Some(there.join(", "));
    }
    let enabled = access.public_network_access == Some(PublicNetworkAccess::Enabled);
    (lease.was_disabled.is_some() && enabled).then(|| "public access".to_owned())
}
