//! RF035: anonymous pull is enabled.

use crate::posture::articles;
use crate::posture::check::{Judges, PostureCheck, Violation};
use crate::posture::policies;
use crate::posture::subject::Subject;
use crate::spec::{PostureRule, Severity};

pub(in crate::posture::rules) const CHECK: PostureCheck = PostureCheck {
    rule: PostureRule::AnonymousPull,
    severity: Severity::Warning,
    judges: Judges::Live,
    about: "Every client that the network rules admit can pull every repository without credentials. The network rules are then \
            the only protection.",
    remedy: "turn it off: `az acr update --name {name} --subscription {subscription} --anonymous-pull-enabled false`",
    article: Some(articles::ANONYMOUS_PULL),
    policy: Some(&policies::ANONYMOUS),
    diagnostic: None,
    find,
};

fn find(subject: &Subject<'_>) -> Vec<Violation> {
    match subject.registry() {
        Some(registry) if registry.anonymous_pull => {
            vec![Violation::new("anonymous pull is enabled")]
        }
        _ => Vec::new(),
    }
}
