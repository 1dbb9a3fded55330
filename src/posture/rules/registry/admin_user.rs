//! RF036: the admin user is enabled.

use crate::posture::articles;
use crate::posture::check::{Judges, PostureCheck, Violation};
use crate::posture::policies;
use crate::posture::subject::Subject;
use crate::spec::{PostureRule, Severity};

pub(in crate::posture::rules) const CHECK: PostureCheck = PostureCheck {
    rule: PostureRule::AdminUser,
    severity: Severity::Warning,
    judges: Judges::Live,
    about: "The registry has one shared account with push and pull rights whose passwords do not expire. Who used it cannot be \
            told, and a leaked password works for every client that the network rules admit.",
    remedy: "give the clients identities of their own, then: `az acr update --name {name} --subscription {subscription} --admin-enabled false`",
    article: Some(articles::ADMIN_ACCOUNT),
    policy: Some(&policies::ADMIN),
    diagnostic: None,
    find,
};

fn find(subject: &Subject<'_>) -> Vec<Violation> {
    match subject.registry() {
        Some(registry) if registry.admin_user => {
            vec![Violation::new("the admin user is enabled")]
        }
        _ => Vec::new(),
    }
}
