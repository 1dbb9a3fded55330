//! RF010: wide IP rules.

use crate::model::{Gate, Setting, grouped};
use crate::posture::articles;
use crate::posture::check::{Judges, PostureCheck, Violation};
use crate::posture::subject::Subject;
use crate::spec::{PostureRule, Severity};

/// Longest prefix of a range that counts as wide: 65,536 addresses.
pub(super) const WIDE: u8 = 16;

pub(in crate::posture::rules) const CHECK: PostureCheck = PostureCheck {
    rule: PostureRule::WideRule,
    severity: Severity::Warning,
    judges: Judges::Both,
    about: "The range has 65,536 addresses or more (`/16` or wider). A range of this width is seldom one organisation's, so it \
            admits strangers.",
    remedy: "list the addresses that the clients have in its place; `guardrails.widestRule` refuses wider rules in a plan",
    article: Some(articles::SELECTED_NETWORKS),
    policy: None,
    diagnostic: None,
    find,
};

fn find(subject: &Subject<'_>) -> Vec<Violation> {
    // Under the default action `Allow`, no rule admits anyone.
    let verb = match subject.access_behind(Gate::Open) {
        Some(_) => "has",
        None => "admits",
    };
    let mut found = Vec::new();
    for rule in subject.rules(Setting::IpRules) {
        let Some(range) = rule.cidr() else { continue };
        // All addresses at once is a rule of its own, and so are ranges without a public address.
        let public = range.public().len();
        if range.prefix_len() == 0 || range.prefix_len() > WIDE || public == 0 {
            continue;
        }
        let name = subject.name(Setting::IpRules, rule);
        let message = format!("{name} {verb} {} addresses", grouped(public));
        let place = subject.place_of(Setting::IpRules, rule);
        found.push(Violation::new(message).at(place).about([rule]).removing([rule]));
    }
    found
}
