//! RF037: leases whose time is over: the jobs that opened a registry for a while were killed.

use crate::lease::{Lease, leases_of};
use crate::model::{Access, Admitted, Cidr, Client, PublicNetworkAccess, Rule, decide};
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
        let message = match left_by(access, &lease, &running) {
            Left::Open(open) => format!("{open} is still open by the lease {named}"),
            Left::Dead(rules) => {
                let left = format!("has ended and has left the rule of {rules}");
                format!("the lease {named}, {left}, which admits no one as access is set now")
            }
            Left::Tag => format!("the lease {named}, has ended, and holds nothing of its own any more"),
        };
        found.push(Violation::new(message).about([&lease.name]));
    }
    found
}

/// What a lease has left and no running one holds.
enum Left {
    /// Its addresses that get in, or public access.
    Open(String),
    /// Its addresses that have a rule and do not get in.
    Dead(String),
    Tag,
}

fn left_by(access: &Access, lease: &Lease, running: &[Lease]) -> Left {
    let rules: Vec<Cidr> = access.ip_rules.iter().filter_map(Rule::cidr).collect();
    let (mut open, mut dead) = (Vec::new(), Vec::new());
    for address in &lease.addresses {
        let is_held = running.iter().any(|other| other.addresses.contains(address));
        if !rules.contains(address) || is_held {
            continue;
        }
        match decide(access, &Client::Address(*address)).admitted {
            Admitted::No => dead.push(address.to_string()),
            // What may be open is not called closed.
            Admitted::Yes | Admitted::Unknown => open.push(address.to_string()),
        }
    }
    if !open.is_empty() {
        return Left::Open(open.join(", "));
    }
    let enabled = access.public_network_access == Some(PublicNetworkAccess::Enabled);
    let is_held = running.iter().any(|other| other.was_disabled.is_some());
    if lease.was_disabled.is_some() && enabled && !is_held {
        return Left::Open("public access".to_owned());
    }
    match dead.is_empty() {
        true => Left::Tag,
        false => Left::Dead(dead.join(", ")),
    }
}
