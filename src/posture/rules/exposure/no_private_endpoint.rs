//! RF006: no approved private endpoint.

use crate::posture::articles;
use crate::posture::check::{Judges, PostureCheck, Violation};
use crate::posture::policies;
use crate::posture::subject::Subject;
use crate::spec::{PostureRule, Severity};

pub(in crate::posture::rules) const CHECK: PostureCheck = PostureCheck {
    rule: PostureRule::NoPrivateEndpoint,
    severity: Severity::Note,
    judges: Judges::Live,
    about: "The registry has no private endpoint connection in state `Approved`. Its clients use public addresses or service \
            endpoints, and Azure Policy asks for private link.",
    remedy: "where the clients are in virtual networks, create a private endpoint: `az network private-endpoint \
             create --name {name} --resource-group GROUP --subnet SUBNET_ID --connection-name {name} --group-id registry \
             --private-connection-resource-id {registry}`",
    article: Some(articles::PRIVATE_LINK),
    policy: Some(&policies::PRIVATE_LINK),
    diagnostic: None,
    find,
};

fn find(subject: &Subject<'_>) -> Vec<Violation> {
    match subject.registry() {
        Some(registry) if registry.is_premium() && registry.approved_private_endpoints == 0 => {
            vec![Violation::new("no approved private endpoint")]
        }
        _ => Vec::new(),
    }
}
