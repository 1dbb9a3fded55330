//! RF023: subnet rules together with private endpoints.

use crate::model::Setting;
use crate::posture::articles;
use crate::posture::check::{Judges, PostureCheck, Violation};
use crate::posture::subject::Subject;
use crate::spec::{PostureRule, Severity};

pub(in crate::posture::rules) const CHECK: PostureCheck = PostureCheck {
    rule: PostureRule::SubnetsWithPrivateEndpoints,
    severity: Severity::Warning,
    judges: Judges::Live,
    about: "The registry has subnet rules and private endpoints. Azure does not support both on one registry \
            (container-registry-vnet).",
    remedy: "move the clients to private endpoints, then set `subnets: []`",
    article: Some(articles::SERVICE_ENDPOINTS),
    policy: None,
    diagnostic: None,
    find,
};

fn find(subject: &Subject<'_>) -> Vec<Violation> {
    let connections = subject.registry().map_or(0, |it| it.private_endpoint_connections);
    let rules = subject.rules(Setting::VirtualNetworkRules);
    if connections == 0 || rules.is_empty() {
        return Vec::new();
    }
    let subnets = rules.len();
    let approved = match subject.registry() {
        Some(registry) if registry.approved_private_endpoints == 0 => ", none of them approved",
        _ => "",
    };
    let message = format!(
        "subnet rules ({subnets}) together with private endpoint connections ({connections}{approved})"
    );
    vec![
        Violation::new(message)
            .at(subject.place(Setting::VirtualNetworkRules))
            .removing(rules),
    ]
}
