//! RF007: no client gets in.

use crate::model::{Admitted, Client, Gate, OtherClient, Setting, decide};
use crate::posture::articles;
use crate::posture::check::{Judges, PostureCheck, Violation};
use crate::posture::rules::addresses::special_use_range::reserved;
use crate::posture::subject::Subject;
use crate::spec::{PostureRule, Severity};

pub(in crate::posture::rules) const CHECK: PostureCheck = PostureCheck {
    rule: PostureRule::NoClient,
    severity: Severity::Warning,
    judges: Judges::Live,
    about: "No rule admits a public client or a subnet, and there is no approved private endpoint. Nobody can pull, as after \
            a restore or a migration that ended half way.",
    remedy: "list the clients under {lists} with `publicNetworkAccess: Enabled` and `defaultAction: Deny`, or create a private endpoint",
    article: Some(articles::PRIVATE_LINK),
    policy: None,
    diagnostic: None,
    find,
};

/// The next step beside private and reserved ranges: Azure refuses every list with a private one.
const BESIDE_RESERVED: &str = "list the clients under {lists} in place of every private or reserved range, with \
                               `publicNetworkAccess: Enabled` and `defaultAction: Deny`";

fn find(subject: &Subject<'_>) -> Vec<Violation> {
    let (Some(registry), Some(access)) = (subject.registry(), subject.restricted_access()) else {
        return Vec::new();
    };
    // The rule of a subnet that does not exist admits no one.
    let mut access = access.clone();
    for id in subject.subnets() {
        if subject.is_gone(id) {
            access = access.with_endpoint(id, false);
        }
    }
    if registry.approved_private_endpoints > 0 || access.admits_anyone() != Admitted::No {
        return Vec::new();
    }
    let (why, setting) = match access.gate() {
        Gate::Disabled => ("public access is disabled", Setting::PublicNetworkAccess),
        Gate::Rules | Gate::Open => (
            "the default action is `Deny`, and no rule admits one",
            Setting::DefaultAction,
        ),
    };
    let trusted = decide(&access, &Client::Other(OtherClient::TrustedServices));
    let but = match trusted.admitted {
        Admitted::No => "",
        Admitted::Yes | Admitted::Unknown => " but trusted services",
    };
    let message = format!("no client{but} gets in: {why}, and no private endpoint is approved");
    let found = Violation::new(message).at(subject.place(setting));
    let reserved = reserved(subject);
    vec![match reserved.is_empty() {
        true => found,
        false => found.remedied_by(BESIDE_RESERVED).removing(reserved).first(),
    }]
}
