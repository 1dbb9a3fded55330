//! RF013: IP rules inside other ones.

use crate::model::{Cidr, Rule, Setting, containers};
use crate::posture::articles;
use crate::posture::check::{Judges, PostureCheck, Violation};
use crate::posture::subject::Subject;
use crate::spec::{DiagnosticCode, PostureRule, Severity};

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
    let mut ranges: Vec<(&Rule, Cidr)> = Vec::new();
    for rule in subject.answered_rules() {
        ranges.extend(rule.cidr().map(|range| (rule, range)));
    }
    let all: Vec<Cidr> = ranges.iter().map(|(_, range)| *range).collect();
    let around = containers(&all);
    let mut found = Vec::new();
    for (at, (rule, _)) in ranges.iter().enumerate() {
        let mut outer = around[at];
        // A wider rule that ends first leaves the inner one to its clients.
        while let Some(wider) = outer
            && !outlasts(subject, ranges[wider].0, rule)
        {
            outer = around[wider];
        }
        let Some(outer) = outer.map(|wider| ranges[wider].0) else {
            continue;
        };
        let name = subject.name(Setting::IpRules, rule);
        let wider = subject.name(Setting::IpRules, outer);
        let message = format!("{name} is contained in {wider}");
        let place = subject.place_of(Setting::IpRules, rule);
        let violation = Violation::new(message).at(place).about([*rule, outer]);
        found.push(violation.removing([*rule]));
    }
    found
}

/// Returns true if the outer rule stays for as long as the inner one.
fn outlasts(subject: &Subject<'_>, outer: &Rule, inner: &Rule) -> bool {
    match (subject.end_of(outer), subject.end_of(inner)) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(outer), Some(inner)) => inner <= outer,
    }
}
