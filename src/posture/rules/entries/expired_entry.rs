//! RF016: expired entries.

use super::named_entry::entries;
use crate::posture::check::{Judges, PostureCheck, Violation};
use crate::posture::subject::Subject;
use crate::spec::{DiagnosticCode, PostureRule, Severity};

pub(in crate::posture::rules) const CHECK: PostureCheck = PostureCheck {
    rule: PostureRule::ExpiredEntry,
    severity: Severity::Warning,
    judges: Judges::Spec,
    about: "The `expires` day of the entry has come, so its rules are not wanted any more. The next apply removes them, and \
            whoever still needs the access loses it.",
    remedy: "apply the spec, which removes its rules, and then remove the entry; or ask its owner and change the date",
    article: None,
    policy: None,
    diagnostic: Some(DiagnosticCode::Expired),
    find,
};

fn find(subject: &Subject<'_>) -> Vec<Violation> {
    let expired = subject.spec.map(|spec| spec.expired.as_slice());
    let mut found = Vec::new();
    for (name, entry) in entries(expired.unwrap_or_default()) {
        let day = entry.expires().map(|day| format!(" on {day}"));
        let message = format!("{name} expired{}", day.unwrap_or_default());
        found.push(Violation::new(message).at(entry.source.clone()).about([name]));
    }
    found
}
