//! RF012: duplicate rules.

use std::collections::BTreeMap;

use crate::model::{Rule, Setting};
use crate::posture::check::{Judges, PostureCheck, Violation};
use crate::posture::subject::Subject;
use crate::spec::{PostureRule, Severity};

pub(in crate::posture::rules) const CHECK: PostureCheck = PostureCheck {
    rule: PostureRule::DuplicateRule,
    severity: Severity::Note,
    judges: Judges::Live,
    about: "The list has a rule twice, such as `192.0.2.7` and `192.0.2.7/32`. Each copy takes a place of the quota, and a \
            removal of one by its text leaves the other in force.",
    remedy: "remove one of the two; an apply that changes the list sends each rule once",
    policy: None,
    diagnostic: None,
    find,
};

fn find(subject: &Subject<'_>) -> Vec<Violation> {
    let mut found = Vec::new();
    for list in Setting::lists() {
        let mut seen: BTreeMap<&Rule, &Rule> = BTreeMap::new();
        for rule in subject.settings.rules(list).unwrap_or_default() {
            let Some(first) = seen.insert(rule, rule) else {
                continue;
            };
            let message = format!("`{rule}` repeats `{first}`");
            let place = subject.place_of(list, rule);
            found.push(Violation::new(message).at(place).about([rule]));
        }
    }
    found
}
