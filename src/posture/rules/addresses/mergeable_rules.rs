//! RF014: IP rules that one wider rule can replace.

use super::wide_rule::WIDE;
use crate::model::{Cidr, Rule, Setting, containers, merged_ranges};
use crate::posture::articles;
use crate::posture::check::{Judges, PostureCheck, Violation};
use crate::posture::subject::Subject;
use crate::spec::{ListedRule, PostureRule, Severity};

pub(in crate::posture::rules) const CHECK: PostureCheck = PostureCheck {
    rule: PostureRule::MergeableRules,
    severity: Severity::Note,
    judges: Judges::Both,
    about: "Neighbouring rules with one owner, reason and end admit exactly the addresses of one wider range. One rule in their place leaves more of the quota \
            and is easier to review.",
    remedy: "list the wider range in their place",
    article: Some(articles::SELECTED_NETWORKS),
    policy: None,
    diagnostic: None,
    find,
};

fn find(subject: &Subject<'_>) -> Vec<Violation> {
    let guardrails = subject.spec.map(|spec| spec.guardrails);
    let widest = guardrails.unwrap_or_default().widest_rule;
    let mut found = Vec::new();
    for (_, ranges) in entries(subject) {
        for (wider, parts) in merged_ranges(ranges) {
            // A plan would refuse a rule over the guardrail, and one that counts as wide is a finding of its own.
            if wider.prefix_len() < widest || wider.prefix_len() <= WIDE {
                continue;
            }
            let rules: Vec<Rule> = parts.iter().copied().map(Rule::from).collect();
            let message = format!("{} rules are the range `{wider}` together", parts.len());
            let place = subject.place_of(Setting::IpRules, &rules[0]);
            let violation = Violation::new(message).at(place).about(&parts);
            found.push(violation.removing(&rules));
        }
    }
    found
}

/// Returns the ranges that no other one contains, by the entry that they belong to. Only rules that say the same about
/// their clients can become one.
fn entries<'a>(subject: &Subject<'a>) -> Vec<(Option<&'a ListedRule>, Vec<Cidr>)> {
    let rules = subject.answered_rules();
    let all: Vec<Cidr> = rules.into_iter().filter_map(Rule::cidr).collect();
    let mut entries: Vec<(Option<&ListedRule>, Vec<Cidr>)> = Vec::new();
    for (range, container) in all.iter().zip(containers(&all)) {
        // A range inside another one is a finding of its own.
        if container.is_some() {
            continue;
        }
        let entry = subject.listed(Setting::IpRules, &Rule::from(*range));
        let alike = entries.iter_mut().find(|(other, _)| is_alike(*other, entry));
        match alike {
            Some((_, ranges)) => ranges.push(*range),
            None => entries.push((entry, vec![*range])),
        }
    }
    entries
}

/// Returns true if two entries have the same name, owner, reason and end.
fn is_alike(one: Option<&ListedRule>, other: Option<&ListedRule>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => one.name == other.name && one.info == other.info,
        (one, other) => one.is_none() && other.is_none(),
    }
}
