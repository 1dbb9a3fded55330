//! RF003: open to all by the rule `0.0.0.0/0`.

use crate::model::{Rule, Setting};
use crate::posture::articles;
use crate::posture::check::{Judges, PostureCheck, Violation};
use crate::posture::subject::Subject;
use crate::spec::{PostureRule, Severity};

pub(in crate::posture::rules) const CHECK: PostureCheck = PostureCheck {
    rule: PostureRule::OpenByRule,
    severity: Severity::Error,
    judges: Judges::Both,
    about: "The rule `0.0.0.0/0` admits every address, whatever the default action is. The registry is restricted in name \
            only, and checks that look at the default action alone do not see it.",
    remedy: "list the addresses that the clients have, and remove `0.0.0.0/0`",
    article: Some(articles::SELECTED_NETWORKS),
    policy: None,
    diagnostic: None,
    find,
};

fn find(subject: &Subject<'_>) -> Vec<Violation> {
    let Some(rule) = any_address(subject) else {
        return Vec::new();
    };
    let name = subject.name(Setting::IpRules, rule);
    let message = format!("open to all: the rule {name} admits every address");
    let place = subject.place_of(Setting::IpRules, rule);
    vec![Violation::new(message).at(place).about([rule]).removing([rule])]
}

/// Returns the rule that admits every address, if it is in force.
pub(super) fn any_address<'a>(subject: &'a Subject<'_>) -> Option<&'a Rule> {
    subject.access_by_rules()?;
    let mut rules = subject.rules(Setting::IpRules).into_iter();
    rules.find(|rule| rule.cidr().is_some_and(|range| range.prefix_len() == 0))
}
