//! RF002: open to all by the union of the IP rules.

use crate::model::{Cidr, Rule, Setting};
use crate::posture::articles;
use crate::posture::check::{Judges, PostureCheck, Violation};
use crate::posture::rules::exposure::open_by_rule::any_address;
use crate::posture::subject::Subject;
use crate::spec::{PostureRule, Severity};

pub(in crate::posture::rules) const CHECK: PostureCheck = PostureCheck {
    rule: PostureRule::OpenByUnion,
    severity: Severity::Error,
    judges: Judges::Both,
    about: "The IP rules together admit every public address, as `0.0.0.0/1` and `128.0.0.0/1` do. The default action `Deny` \
            then denies no one, and checks that look at it alone call the registry closed.",
    remedy: "replace the widest rules by the addresses that the clients have",
    article: Some(articles::SELECTED_NETWORKS),
    policy: None,
    diagnostic: None,
    find,
};

fn find(subject: &Subject<'_>) -> Vec<Violation> {
    let Some(access) = subject.access_by_rules() else {
        return Vec::new();
    };
    if !access.admits_everyone() || any_address(subject).is_some() {
        return Vec::new();
    }
    let mut rules: Vec<&Rule> = access
        .ip_rules
        .iter()
        .filter(|rule| rule.cidr().is_some())
        .collect();
    rules.sort_by_key(|rule| rule.cidr().map(Cidr::prefix_len));
    let number = rules.len();
    // The widest rules are those to look at.
    rules.truncate(2);
    let message = format!("open to all: {number} IP rules together admit every public address");
    vec![
        Violation::new(message)
            .at(subject.place(Setting::IpRules))
            .about(&rules)
            .removing(rules),
    ]
}
