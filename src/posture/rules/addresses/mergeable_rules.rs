//! RF014: IP rules that one wider rule can replace.

use crate::model::{Cidr, Rule, Setting, containers, merged_ranges};
use crate::posture::check::{Judges, PostureCheck, Violation};
use crate::posture::subject::Subject;
use crate::spec::{PostureRule, Severity};

pub(in crate::posture::rules) const CHECK: PostureCheck = PostureCheck {
    rule: PostureRule::MergeableRules,
    severity: Severity::Note,
    judges: Judges::Both,
    about: "Neighbouring rules admit exactly the addresses of one wider range. One rule in their place leaves more of the quota \
            and is easier to review.",
    remedy: "list the wider range in their place",
    policy: None,
    diagnostic: None,
    find,
};

fn find(subject: &Subject<'_>) -> Vec<Violation> {
    let rules = subject.rules(Setting::IpRules);
    let all: Vec<Cidr> = rules.into_iter().filter_map(Rule::cidr).collect();
    // A range inside another one is a finding of its own.
    let mut outer = Vec::new();
    for (range, container) in all.iter().zip(containers(&all)) {
        if container.is_none() {
            outer.push(*range);
        }
    }
    let guardrails = subject.spec.map(|spec| spec.guardrails);
    let widest = guardrails.unwrap_or_default().widest_rule;
    let mut found = Vec::new();
    for (wider, parts) in merged_ranges(outer) {
        // A plan would refuse a rule this wide, and one for all addresses opens the registry.
        if wider.prefix_len() < widest.max(1) {
            continue;
        }
        let first = Rule::from(parts[0]);
        let message = format!("{} rules are the range `{wider}` together", parts.len());
        let place = subject.place_of(Setting::IpRules, &first);
        found.push(Violation::new(message).at(place).about(&parts));
    }
    found
}
