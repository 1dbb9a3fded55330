//! RF018: entries without owner or reason.

use super::named_entry::{entries, listed};
use crate::model::Setting;
use crate::posture::check::{Judges, PostureCheck, Violation};
use crate::posture::subject::Subject;
use crate::spec::{PostureRule, Severity};

/// Entries that a message names; more are counted.
const MOST_NAMED: usize = 5;

pub(in crate::posture::rules) const CHECK: PostureCheck = PostureCheck {
    rule: PostureRule::UnownedEntry,
    severity: Severity::Note,
    judges: Judges::Spec,
    about: "Entries of `ipRules` do not say who is responsible for the addresses, or why they are listed. In a year no one \
            knows whose they are, so no one dares to remove them.",
    remedy: "give the entries `owner` and `reason`: {cidr: 192.0.2.7, owner: platform, reason: build agents}",
    article: None,
    policy: None,
    diagnostic: None,
    find,
};

fn find(subject: &Subject<'_>) -> Vec<Violation> {
    let mut without = Vec::new();
    for (name, entry) in entries(listed(subject)) {
        let info = entry.info.as_deref();
        if info.is_none_or(|info| info.owner.is_none() || info.reason.is_none()) {
            without.push(name);
        }
    }
    if without.is_empty() {
        return Vec::new();
    }
    let mut named = without[..without.len().min(MOST_NAMED)].join(", ");
    if without.len() > MOST_NAMED {
        named += &format!(" and {} more", without.len() - MOST_NAMED);
    }
    let noun = match without.len() {
        1 => "entry has",
        _ => "entries have",
    };
    let message = format!("{} {noun} no owner or no reason: {named}", without.len());
    // One finding for all of them: its identity must not change with each entry.
    vec![Violation::new(message).at(subject.place(Setting::IpRules))]
}
