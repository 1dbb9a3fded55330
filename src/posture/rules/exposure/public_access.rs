//! RF005: public network access is enabled.

use crate::model::Setting;
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
    policy: Some(&policies::PUBLIC_ACCESS),
    diagnostic: None,
    find,
};

fn find(subject: &Subject<'_>) -> Vec<Violation> {
    let setting = Setting::PublicNetworkAccess;
    if !subject.restricts() || subject.word(setting) != Some("Enabled") {
        return Vec::new();
    }
    vec![Violation::new("`publicNetworkAccess` is `Enabled`").at(subject.place(setting))]
}
