//! RF029: ACR Tasks are shut out.

use crate::model::Setting;
use crate::posture::articles;
use crate::posture::check::{Judges, PostureCheck, Violation};
use crate::posture::subject::Subject;
use crate::spec::{PostureRule, Severity};

pub(in crate::posture::rules) const CHECK: PostureCheck = PostureCheck {
    rule: PostureRule::TasksOff,
    severity: Severity::Note,
    judges: Judges::Both,
    about: "The registry is restricted, and tasks with a system-assigned identity do not get in. Since June 2025 `az acr build`, \
            `purge` and such tasks are answered 403 without this bypass, whatever trusted services may do.",
    remedy: "where tasks use the registry, set `tasksBypass: true`, or run them on an agent pool",
    article: Some(articles::TASKS),
    policy: None,
    diagnostic: None,
    find,
};

fn find(subject: &Subject<'_>) -> Vec<Violation> {
    let setting = Setting::NetworkRuleBypassAllowedForTasks;
    let off = subject.settings.flag(setting) == Some(false);
    if !off || subject.restricted_access().is_none() || subject.is_dual_stack() {
        return Vec::new();
    }
    let message = "ACR Tasks with a system-assigned identity do not get in";
    vec![Violation::new(message).at(subject.place(setting))]
}
