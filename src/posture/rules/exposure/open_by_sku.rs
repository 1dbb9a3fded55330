//! RF004: open to all, because the SKU has no network rules.

use crate::posture::articles;
use crate::posture::check::{Judges, PostureCheck, Violation};
use crate::posture::policies;
use crate::posture::subject::Subject;
use crate::spec::{PostureRule, Severity};

pub(in crate::posture::rules) const CHECK: PostureCheck = PostureCheck {
    rule: PostureRule::OpenBySku,
    severity: Severity::Error,
    judges: Judges::Live,
    about: "Network rules and private endpoints need the SKU `Premium`. A registry of another SKU admits every client, and no \
            setting changes that.",
    remedy: "upgrade it: `az acr update --name {name} --subscription {subscription} --sku Premium`",
    article: Some(articles::SKUS),
    policy: Some(&policies::SKU),
    diagnostic: None,
    find,
};

fn find(subject: &Subject<'_>) -> Vec<Violation> {
    match subject.registry() {
        Some(registry) if !registry.is_premium() => {
            let sku = &registry.sku;
            vec![Violation::new(format!(
                "open to all: SKU `{sku}` has no network rules"
            ))]
        }
        _ => Vec::new(),
    }
}
