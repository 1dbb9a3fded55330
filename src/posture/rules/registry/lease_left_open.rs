//! RF037: leases whose time is over: the jobs that opened a registry for a while were killed.

use crate::lease::leases_of;
use crate::model::Cidr;
use crate::posture::check::{Judges, PostureCheck, Violation};
use crate::posture::subject::Subject;
use crate::spec::{PostureRule, Severity};

pub(in crate::posture::rules) const CHECK: PostureCheck = PostureCheck {
    rule: PostureRule::LeaseLeftOpen,
    severity: Severity::Error,
    judges: Judges::Live,
    about: "The time of a lease of `open` or `with-access` is over, and its rule is still there: its job was killed and closes \
            nothing. The addresses of a hosted runner belong to somebody else by now.",
    remedy: "close what killed jobs left: ringfence close {registry} --expired",
    policy: None,
    diagnostic: None,
    find,
};

fn find(subject: &Subject<'_>) -> Vec<Violation> {
    let Some(registry) = subject.registry() else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for lease in leases_of(registry) {
        if lease.is_expired(subject.moment.now) {
            let addresses: Vec<String> = lease.addresses.iter().map(Cidr::to_string).collect();
            let message = format!(
                "{} still gets in by the lease {}, until {}",
                addresses.join(", "),
                lease.name,
                lease.until
            );
            found.push(Violation::new(message).about([&lease.name]));
        }
    }
    found
}
