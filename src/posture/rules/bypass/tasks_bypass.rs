//! RF030: ACR Tasks bypass the network rules.

use crate::model::Setting;
use crate::posture::articles;
use crate::posture::check::{Judges, PostureCheck, Violation};
use crate::posture::subject::Subject;
use crate::spec::{PostureRule, Severity};

pub(in crate::posture::rules) const CHECK: PostureCheck = PostureCheck {
    rule: PostureRule::TasksBypass,
    severity: Severity::Note,
    judges: Judges::Both,
    about: "ACR Tasks with a system-assigned identity get in whatever the rules say. Code that runs in a task has network access \
            to the registry, so the right to run tasks is a way past the firewall.",
    remedy: "where no task uses the registry, set `tasksBypass: false`",
    article: Some(articles::TASKS),
    policy: None,
    diagnostic: None,
    find,
};

fn find(subject: &Subject<'_>) -> Vec<Violation> {
    let setting = Setting::NetworkRuleBypassAllowedForTasks;
    let on = subject.settings.flag(setting) == Some(true);
    if !on || subject.restricted_access().is_none() || subject.is_dual_stack() {
        return Vec::new();
    }
    let message = "ACR Tasks with a system-assigned identity bypass the network rules";
    vec![Violation::new(message).at(subject.place(setting))]
}
