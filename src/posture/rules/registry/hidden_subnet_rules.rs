//! RF038: subnet rules that the api-version hides.

use crate::model::Setting;
use crate::posture::articles;
use crate::posture::check::{Judges, PostureCheck, Violation};
use crate::posture::subject::Subject;
use crate::spec::{PostureRule, Severity};

pub(in crate::posture::rules) const CHECK: PostureCheck = PostureCheck {
    rule: PostureRule::HiddenSubnetRules,
    severity: Severity::Warning,
    judges: Judges::Live,
    about: "The usages of the registry count more subnet rules than the api-version shows. Subnets get in that neither this \
            audit nor a reader of the registry sees.",
    remedy: "read the registry with an api-version that shows them, such as 2026-03-01-preview: `az rest --method get \
             --url '{registry}?api-version=2026-03-01-preview'`",
    article: Some(articles::SERVICE_ENDPOINTS),
    policy: None,
    diagnostic: None,
    find,
};

fn find(subject: &Subject<'_>) -> Vec<Violation> {
    let Some(reading) = subject.reading else {
        return Vec::new();
    };
    let quota = reading.usages.as_ref().and_then(|usages| usages.subnet_rules);
    let shown = subject
        .settings
        .rules(Setting::VirtualNetworkRules)
        .unwrap_or_default();
    match quota {
        Some(quota) if quota.current > shown.len() as u64 => {
            let noun = if quota.current == 1 { "rule" } else { "rules" };
            let message = format!(
                "the registry counts {} subnet {noun}, and api-version `{}` shows {}",
                quota.current,
                reading.registry.api_version,
                shown.len()
            );
            vec![Violation::new(message)]
        }
        _ => Vec::new(),
    }
}
