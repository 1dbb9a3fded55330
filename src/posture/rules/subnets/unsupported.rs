//! RF026: subnet rules in clouds without service endpoints.

use crate::model::Setting;
use crate::posture::articles;
use crate::posture::check::{Judges, PostureCheck, Violation};
use crate::posture::subject::Subject;
use crate::spec::{PostureRule, Severity};

pub(in crate::posture::rules) const CHECK: PostureCheck = PostureCheck {
    rule: PostureRule::UnsupportedEndpoints,
    severity: Severity::Warning,
    judges: Judges::Live,
    about: "This cloud has no service endpoints for registries (container-registry-vnet). Its subnet rules are not supported.",
    remedy: "use private endpoints or IP rules, and set `subnets: []`",
    article: Some(articles::SERVICE_ENDPOINTS),
    policy: None,
    diagnostic: None,
    find,
};

fn find(subject: &Subject<'_>) -> Vec<Violation> {
    let supported = subject
        .reading
        .is_none_or(|reading| reading.service_endpoints_supported);
    let rules = subject.rules(Setting::VirtualNetworkRules);
    if supported || rules.is_empty() {
        return Vec::new();
    }
    let count = rules.len();
    let message = format!("subnet rules ({count}) in a cloud without service endpoints for registries");
    vec![
        Violation::new(message)
            .at(subject.place(Setting::VirtualNetworkRules))
            .removing(rules),
    ]
}
