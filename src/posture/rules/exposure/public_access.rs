//! RF005: public network access is enabled.

use crate::model::Setting;
use crate::posture::articles;
use crate::posture::check::{Judges, PostureCheck, Violation};
use crate::posture::policies;
use crate::posture::subject::Subject;
use crate::spec::{PostureRule, Severity};

pub(in crate::posture::rules) const CHECK: PostureCheck = PostureCheck {
    rule: PostureRule::PublicAccess,
    severity: Severity::Note,
    judges: Judges::Both,
    about: "Public network access is enabled, restricted or not. Azure Policy and several standards ask for private endpoints \
            alone.",
    remedy: "where private endpoints reach every client, set `publicNetworkAccess: Disabled`",
    article: Some(articles::PRIVATE_LINK),
    policy: Some(&policies::PUBLIC_ACCESS),
    diagnostic: None,
    find,
};

/// The next step on a registry without private endpoints.
const FIRST_ENDPOINTS: &str = "create private endpoints (RF006); once they reach every client, set `publicNetworkAccess: Disabled`";

fn find(subject: &Subject<'_>) -> Vec<Violation> {
    let setting = Setting::PublicNetworkAccess;
    if !subject.restricts() || subject.word(setting) != Some("Enabled") {
        return Vec::new();
    }
    let found = Violation::new("`publicNetworkAccess` is `Enabled`").at(subject.place(setting));
    // Without a private endpoint, no client would be left.
    let has_endpoint = subject
        .registry()
        .is_none_or(|registry| registry.approved_private_endpoints > 0);
    vec![match has_endpoint {
        true => found,
        false => found.remedied_by(FIRST_ENDPOINTS),
    }]
}
