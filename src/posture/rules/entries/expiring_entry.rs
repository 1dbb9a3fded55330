//! RF017: entries that expire soon.

use super::named_entry::{entries, listed};
use crate::posture::check::{Judges, PostureCheck, Violation};
use crate::posture::subject::Subject;
use crate::spec::{PostureRule, Severity};

pub(in crate::posture::rules) const CHECK: PostureCheck = PostureCheck {
    rule: PostureRule::ExpiringEntry,
    severity: Severity::Note,
    judges: Judges::Spec,
    about: "The entry expires within 14 days, or within the time of `--expiring`. Its clients lose access with the first apply \
            after that day, unless its owner asks for more time.",
    remedy: "ask the owner and change the date, or let it expire: the next apply after that day removes its rules",
    article: None,
    policy: None,
    diagnostic: None,
    find,
};

fn find(subject: &Subject<'_>) -> Vec<Violation> {
    let mut found = Vec::new();
    for (name, entry) in entries(listed(subject)) {
        let Some(day) = entry.expires() else { continue };
        if day > subject.moment.soon {
            continue;
        }
        let info = entry.info.as_deref();
        let owner = match info.and_then(|info| info.owner.as_ref()) {
            Some(owner) => format!("owner {owner}"),
            None => "no owner is named".to_owned(),
        };
        let message = format!("{name} expires on {day}; {owner}");
        found.push(Violation::new(message).at(entry.source.clone()).about([name]));
    }
    found
}
