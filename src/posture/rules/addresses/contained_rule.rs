//! RF013: IP rules inside other ones.

use crate::model::{Cidr, Rule, Setting, containers};
use crate::posture::check::{Judges, PostureCheck, Violation};
use crate::posture::subject::Subject;
use crate::spec::{DiagnosticCode, PostureRule, Severity};

pub(in crate::posture::rules) const CHECK: PostureCheck = PostureCheck {
    rule: PostureRule::ContainedRule,
    severity: Severity::Warning,
    judges: Judges::Both,
    about: "Another rule admits every address of this one. It takes a place of the quota, and to remove it takes access from no \
            one, whatever its author expects.",
    remedy: "remove the inner rule, or narrow the outer one",
    policy: None,
    diagnostic: Some(DiagnosticCode::ContainedRule),
    find,
};

fn find(subject: &Subject<'_>) -> Vec<Violation> {
    let rules: Vec<&Rule> = subject.rules(Setting::IpRules).into_iter().collect();
    let ranges: Vec<(&Rule, Cidr)> = rules
        .iter()
        .filter_map(|rule| Some((*rule, rule.cidr()?)))
        .collect();
    let mut found = Vec::new();
    let only_ranges: Vec<Cidr> = ranges.iter().map(|(_, range)| *range).collect();
    for ((rule, _), outer) in ranges.iter().zip(containers(&only_ranges)) {
        let Some(outer) = outer else { continue };
        let name = subject.name(Setting::IpRules, rule);
        let wider = subject.name(Setting::IpRules, ranges[outer].0);
        let message = format!("{name} is contained in {wider}");
        let place = subject.place_of(Setting::IpRules, rule);
        found.push(Violation::new(message).at(place).about([*rule]));
    }
    found
}
