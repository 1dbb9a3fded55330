//! RF034: disabled exports forbid public access.

use crate::posture::articles;
use crate::posture::check::{Judges, PostureCheck, Violation};
use crate::posture::policies;
use crate::posture::subject::Subject;
use crate::spec::{PostureRule, Severity};

pub(in crate::posture::rules) const CHECK: PostureCheck = PostureCheck {
    rule: PostureRule::ExportsDisabled,
    severity: Severity::Note,
    judges: Judges::Live,
    about: "Exports of the registry are disabled, as Azure Policy asks for. Azure refuses to enable public access until they are \
            enabled, so a restore to the default is refused too.",
    remedy: "before public access is enabled: `az acr update --name {name} --subscription {subscription} --allow-exports true`",
    article: Some(articles::EXPORTS),
    policy: Some(&policies::EXPORTS),
    diagnostic: None,
    find,
};

fn find(subject: &Subject<'_>) -> Vec<Violation> {
    match exports_are_disabled(subject) {
        true => vec![Violation::new(
            "exports are disabled, so public access cannot be enabled",
        )],
        false => Vec::new(),
    }
}

/// Returns true if Azure would refuse to enable public access.
pub(in crate::posture::rules) fn exports_are_disabled(subject: &Subject<'_>) -> bool {
    let registry = subject.registry();
    let status = registry.and_then(|registry| registry.export_policy.as_deref());
    status.is_some_and(|status| status.eq_ignore_ascii_case("disabled"))
}
