//! RF006: no approved private endpoint.

use crate::model::shell_word;
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
    let Some(registry) = subject.registry() else {
        return Vec::new();
    };
    if !registry.is_premium() || registry.approved_private_endpoints > 0 {
        return Vec::new();
    }
    let none = "no approved private endpoint";
    vec![match approval(subject) {
        None => Violation::new(none),
        Some(command) => {
            let message = format!("{none}: a connection waits for approval");
            let remedy =
                format!("where the endpoint is one of yours, approve its connection: {command}");
            Violation::new(message).remedied_by(remedy)
        }
    }]
}

/// Returns the command that approves the first connection that waits. Returns `None` if none does.
pub(super) fn approval(subject: &Subject<'_>) -> Option<String> {
    let connection = subject.registry()?.pending_private_endpoints.first()?;
    Some(format!(
        "`az acr private-endpoint-connection approve -r {} -n {} -g {} --subscription {}`",
        subject.id.name(),
        shell_word(connection),
        shell_word(subject.id.resource_group()),
        subject.id.subscription()
    ))
}
