//! RF039: registries that no spec names.

use crate::posture::check::{Judges, PostureCheck, Violation};
use crate::posture::subject::Subject;
use crate::spec::{PostureRule, Severity};

pub(in crate::posture::rules) const CHECK: PostureCheck = PostureCheck {
    rule: PostureRule::UnlistedRegistry,
    severity: Severity::Warning,
    judges: Judges::Live,
    about: "The registry is in a subscription of this audit, and none of the given specs names it. Nobody reviews its network \
            access, and its drift is not found.",
    remedy: "add it to the spec: `ringfence import {registry} --into {spec}{flags}`",
    article: None,
    policy: None,
    diagnostic: None,
    find,
};

fn find(subject: &Subject<'_>) -> Vec<Violation> {
    if subject.spec.is_some() || !subject.run.has_spec {
        return Vec::new();
    }
    vec![Violation::new("no spec names the registry")]
}
