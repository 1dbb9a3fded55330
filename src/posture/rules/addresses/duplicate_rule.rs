//! RF012: duplicate rules.

use std::collections::BTreeMap;

use crate::model::{Rule, Setting};
use crate::posture::articles;
use crate::posture::check::{Judges, PostureCheck, Violation};
use crate::posture::subject::Subject;
use crate::spec::{PostureRule, Severity};

pub(in crate::posture::rules) const CHECK: PostureCheck = PostureCheck {
    rule: PostureRule::DuplicateRule,
    severity: Severity::Note,
    judges: Judges::Live,
    about: "The list has a rule twice, such as `192.0.2.7` and `192.0.2.7/32`. Each copy takes a place of the quota, and a \
            tool that removes a rule by its text leaves the other copy in force.",
    remedy: "leave it to the next apply that changes the list: it sends each rule once",
    article: Some(articles::SELECTED_NETWORKS),
    policy: None,
    diagnostic: None,
    find,
};

fn find(subject: &Subject<'_>) -> Vec<Violation> {
    let mut found = Vec::new();
    for list in Setting::lists() {
        let mut copies: BTreeMap<&Rule, usize> = BTreeMap::new();
        for rule in subject.settings.rules(list).unwrap_or_default() {
            *copies.entry(rule).or_default() += 1;
        }
        for (rule, count) in copies {
            if count == 1 {
                continue;
            }
            let message = format!("`{rule}` is listed {count} times");
            let place = subject.place_of(list, rule);
            found.push(Violation::new(message).at(place).about([rule]));
        }
    }
    found
}
