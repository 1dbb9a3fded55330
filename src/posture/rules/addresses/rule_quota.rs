//! RF015: number of rules near or over the quota.

use crate::live::Quota;
use crate::model::{SURE_RULES, Setting};
use crate::posture::articles;
use crate::posture::check::{Judges, PostureCheck, Violation};
use crate::posture::subject::Subject;
use crate::spec::{DiagnosticCode, PostureRule, Severity};

pub(in crate::posture::rules) const CHECK: PostureCheck = PostureCheck {
    rule: PostureRule::RuleQuota,
    severity: Severity::Warning,
    judges: Judges::Both,
    about: "The list has nine tenths of the rules that the registry is sure to accept, or more. The next rule that somebody \
            needs in a hurry may be refused.",
    remedy: "merge neighbouring ranges, and remove rules that are no longer needed",
    article: Some(articles::SELECTED_NETWORKS),
    policy: None,
    diagnostic: Some(DiagnosticCode::ManyRules),
    find,
};

fn find(subject: &Subject<'_>) -> Vec<Violation> {
    let usages = subject.reading.and_then(|reading| reading.usages.as_ref());
    let mut found = Vec::new();
    for (list, noun, quota) in [
        (
            Setting::IpRules,
            "IP rules",
            usages.and_then(|usages| usages.ip_rules),
        ),
        (
            Setting::VirtualNetworkRules,
            "subnet rules",
            usages.and_then(|usages| usages.subnet_rules),
        ),
    ] {
        let count = subject.settings.rules(list).unwrap_or_default().len();
        if let Some(message) = near(count as u64, noun, quota) {
            found.push(
                Violation::new(message)
                    .at(subject.place(list))
                    .about([list.path()]),
            );
        }
    }
    found
}

/// Says how near a number of rules is to the quota. Returns `None` where there is room.
fn near(count: u64, noun: &str, quota: Option<Quota>) -> Option<String> {
    let (limit, whose) = match quota {
        Some(quota) => (quota.limit, "the quota of the registry"),
        None => (SURE_RULES as u64, "the quota that every registry has"),
    };
    if count * 10 < limit * 9 {
        return None;
    }
    Some(match count.cmp(&limit) {
        std::cmp::Ordering::Greater => format!("{count} {noun} are more than {limit}, {whose}"),
        _ => format!("{count} {noun} are near {limit}, {whose}"),
    })
}
