//! RF027: trusted services are shut out.

use crate::model::Setting;
use crate::posture::articles;
use crate::posture::check::{Judges, PostureCheck, Violation};
use crate::posture::subject::Subject;
use crate::spec::{PostureRule, Severity};

pub(in crate::posture::rules) const CHECK: PostureCheck = PostureCheck {
    rule: PostureRule::TrustedServicesOff,
    severity: Severity::Note,
    judges: Judges::Both,
    about: "The registry is restricted and does not admit trusted Azure services. Container Instances, Machine Learning, Defender \
            for Cloud and imports from another registry need them (allow-access-trusted-services).",
    remedy: "where one of them uses the registry, set `trustedServices: true`",
    article: Some(articles::TRUSTED_SERVICES),
    policy: None,
    diagnostic: None,
    find,
};

fn find(subject: &Subject<'_>) -> Vec<Violation> {
    let setting = Setting::NetworkRuleBypassOptions;
    // Beside subnet rules, the setting changes nothing.
    if !subject.takes_bypass() || subject.word(setting) != Some("None") {
        return Vec::new();
    }
    vec![Violation::new("trusted services do not get in").at(subject.place(setting))]
}
