//! RF013: IP rules inside other ones.

use crate::model::{Setting, lasting_containers};
use crate::posture::articles;
use crate::posture::check::{Judges, PostureCheck, Violation};
use crate::posture::subject::Subject;
use crate::spec::{DiagnosticCode, ListedRule, PostureRule, Severity};

pub(in crate::posture::rules) const CHECK: PostureCheck = PostureCheck {
    rule: PostureRule::ContainedRule,
    severity: Severity::Warning,
    judges: Judges::Both,
    about: "Another rule admits every address of this one for as long as it is listed. It takes a place of the quota, and to remove \
            it takes access from no one, whatever its author expects.",
    remedy: "remove the inner rule",
    article: Some(articles::SELECTED_NETWORKS),
    policy: None,
    diagnostic: Some(DiagnosticCode::ContainedRule),
    find,
};

fn find(subject: &Subject<'_>) -> Vec<Violation> {
    let list = Setting::IpRules;
    let (mut rules, mut ranges) = (Vec::new(), Vec::new());
    for rule in subject.answered_rules() {
        if let Some(range) = rule.cidr() {
            let entry = subject.listed(list, rule);
            rules.push(rule);
            ranges.push((range, entry.and_then(ListedRule::expires)));
        }
    }
    let mut found = Vec::new();
    for (rule, outer) in rules.iter().zip(lasting_containers(&ranges)) {
        let Some(outer) = outer.map(|at| rules[at]) else {
            continue;
        };
        let (name, wider) = (subject.name(list, rule), subject.name(list, outer));
        let violation = Violation::new(format!("{name} is contained in {wider}"))
            .at(subject.place_of(list, rule))
            .about([*rule, outer]);
        found.push(violation.removing([*rule]));
    }
    found
}
