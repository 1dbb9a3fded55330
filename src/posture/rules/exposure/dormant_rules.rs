//! RF009: dormant rules under the default action `Allow`.

use crate::model::{Gate, Mode, Setting};
use crate::posture::articles;
use crate::posture::check::{Judges, PostureCheck, Violation};
use crate::posture::subject::Subject;
use crate::spec::{DiagnosticCode, PostureRule, Severity};

pub(in crate::posture::rules) const CHECK: PostureCheck = PostureCheck {
    rule: PostureRule::DormantRules,
    severity: Severity::Warning,
    judges: Judges::Both,
    about: "The default action is `Allow`, so the listed rules restrict nothing. They look like a firewall to a reader, and the \
            registry is open.",
    remedy: "list every client under {lists}, set `defaultAction: Deny`, and apply with --verify-endpoints",
    article: Some(articles::SELECTED_NETWORKS),
    policy: None,
    diagnostic: Some(DiagnosticCode::DormantRules),
    find,
};

fn find(subject: &Subject<'_>) -> Vec<Violation> {
    let access = subject.access_behind(Gate::Open);
    let Some(Mode::Open { dormant: count @ 1.. }) = access.map(|access| access.mode()) else {
        return Vec::new();
    };
    let message = format!("`defaultAction` is `Allow`, so the listed rules ({count}) have no effect");
    vec![Violation::new(message).at(subject.place(Setting::DefaultAction))]
}
