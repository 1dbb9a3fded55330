//! RF032: artifact cache without the bypass.

use crate::model::Setting;
use crate::posture::check::{Judges, PostureCheck, Violation};
use crate::posture::subject::Subject;
use crate::spec::{PostureRule, Severity};

pub(in crate::posture::rules) const CHECK: PostureCheck = PostureCheck {
    rule: PostureRule::CacheWithoutBypass,
    severity: Severity::Warning,
    judges: Judges::Live,
    about: "The registry is restricted, has artifact cache rules, and does not admit trusted services. The artifact cache needs \
            the bypass on a restricted registry, so it brings in nothing new.",
    remedy: "set `trustedServices: true`",
    policy: None,
    diagnostic: None,
    find,
};

fn find(subject: &Subject<'_>) -> Vec<Violation> {
    let setting = Setting::NetworkRuleBypassOptions;
    let rules = subject
        .reading
        .and_then(|reading| reading.cache_rules)
        .unwrap_or(0);
    let off = subject.word(setting) == Some("None");
    if rules == 0 || !off || subject.restricted_access().is_none() {
        return Vec::new();
    }
    let message = format!("artifact cache rules ({rules}) without the bypass for trusted services");
    vec![Violation::new(message).at(subject.place(setting))]
}
