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
    let now = subject.moment.now;
    let (ended, running): (Vec<Lease>, Vec<Lease>) = leases_of(registry)
        .into_iter()
        .partition(|lease| lease.is_expired(now));
    let mut found = Vec::new();
    for lease in ended {
        let named = format!("{}, until {}", lease.name, lease.until);
        let message = match still_open(access, &lease, &running) {
            Some(open) => format!("{open} is still open by the lease {named}"),
            None => format!("the lease {named}, has ended, and holds nothing of its own any more"),
        };
        found.push(Violation::new(message).about([&lease.name]));
    }
    found
}

/// Returns what a lease still opens, and no running one does: its addresses that have a rule, or else public access.
fn still_open(access: &Access, lease: &Lease, running: &[Lease]) -> Option<String> {
    let rules: Vec<Cidr> = access.ip_rules.iter().filter_map(Rule::cidr).collect();
    let mut there = Vec::new();
    for address in &lease.addresses {
        let is_held = running.iter().any(|other| other.addresses.contains(address));
        if rules.contains(address) && !is_held {
            there.push(address.to_string());
        }
    }
    if !there.is_empty() {
        return Some(there.join(", "));
    }
    let enabled = access.public_network_access == Some(PublicNetworkAccess::Enabled);
    let is_held = running.iter().any(|other| other.was_disabled.is_some());
    (lease.was_disabled.is_some() && enabled && !is_held).then(|| "public access".to_owned())
}
