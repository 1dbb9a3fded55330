//! RF031: ACR Tasks bypass on a dual-stack registry.

use crate::model::Setting;
use crate::posture::articles;
use crate::posture::check::{Judges, PostureCheck, Violation};
use crate::posture::subject::Subject;
use crate::spec::{PostureRule, Severity};

pub(in crate::posture::rules) const CHECK: PostureCheck = PostureCheck {
    rule: PostureRule::DualStackTasks,
    severity: Severity::Warning,
    judges: Judges::Both,
    about: "The bypass for ACR Tasks is on, and the endpoints are dual-stack. ACR Tasks do not work on such a registry (public \
            preview of dual-stack endpoints, 2026-06), so the bypass helps no one.",
    remedy: "set `tasksBypass: false`, or `endpointProtocol: IPv4` where tasks are needed",
    article: Some(articles::TASKS),
    policy: None,
    diagnostic: None,
    find,
};

fn find(subject: &Subject<'_>) -> Vec<Violation> {
    let setting = Setting::NetworkRuleBypassAllowedForTasks;
    if subject.settings.flag(setting) != Some(true) || !subject.is_dual_stack() {
        return Vec::new();
    }
    let message = "the bypass for ACR Tasks is on, and tasks do not work with dual-stack endpoints";
    vec![Violation::new(message).at(subject.place(setting))]
}
