//! The one PATCH of a registry, and what the registry shows afterwards.

use super::Context;
use crate::azure::{ArmError, WriteError};
use crate::live::{Failure, LiveRegistry, SubnetKey, SubnetRules, read_registry};
use crate::plan::{Deviation, Lists, RegistryPlan, Setting, deviations, patch_body};

/// How the PATCH of a registry ended.
pub(super) enum Patched {
    /// Sent and accepted; what the registry shows now, or why that could not be read.
    Sent(Result<Box<LiveRegistry>, Failure>),
    /// Refused by the service, or never answered.
    Failed(Failure),
}

/// Sends everything that changes on the registry in one PATCH and reads it back.
pub(super) async fn patch(context: &Context<'_>, plan: &RegistryPlan, live: &LiveRegistry) -> Patched {
    context.say("writing the registry");
    let key = subnet_key(live);
    let patched = send(context, plan, live, key).await;
    match &patched {
        Patched::Sent(Ok(now)) if lost_a_subnet(&deviations(plan, live, now), plan) => {
            context.say("the subnet rule is not there: trying the other spelling of its id");
            let again = attempt(context, plan, live, Lists::Both, key.other()).await;
            // The first answer is the one to report: the second try was only a guess.
            if again.is_ok() {
                read_back(context, plan).await
            } else {
                patched
            }
        }
        _ => patched,
    }
}

async fn read_back(context: &Context<'_>, plan: &RegistryPlan) -> Patched {
    Patched::Sent(read_registry(context.client, &plan.id).await.map(Box::new))
}

/// Sends the recorded shape; where that is refused for a reason that another shape avoids, that one.
async fn send(
    context: &Context<'_>,
    plan: &RegistryPlan,
    live: &LiveRegistry,
    key: SubnetKey,
) -> Patched {
    let mut result = attempt(context, plan, live, Lists::Both, key).await;
    if let Err(error) = &result {
        if may_not_join(error) && sends_unchanged_subnets(plan, live) {
            context.say("may not join an unchanged subnet: sending the IP rules alone");
            result = attempt(context, plan, live, Lists::ChangedOnly, key).await;
        } else if spelling_may_differ(error, plan) {
            context.say("refused: trying the other spelling of the subnet id");
            let again = attempt(context, plan, live, Lists::Both, key.other()).await;
            result = if again.is_ok() { again } else { result };
        }
    }
    match result {
        Ok(()) => read_back(context, plan).await,
        Err(error) => Patched::Failed(error.into()),
    }
}

async fn attempt(
    context: &Context<'_>,
    plan: &RegistryPlan,
    live: &LiveRegistry,
    lists: Lists,
    key: SubnetKey,
) -> Result<(), WriteError> {
    let Some(body) = patch_body(&plan.changes, live, lists, key) else {
        return Ok(());
    };
    let result = context
        .client
        .patch_registry(&plan.id, &live.api_version, &body)
        .await;
    context.wrote(&result);
    result.map(|_| ())
}

/// The spelling that this api-version shows; the new one where it shows no rule.
fn subnet_key(live: &LiveRegistry) -> SubnetKey {
    match &live.subnet_rules {
        SubnetRules::Shown(rules) => rules.first().map(|rule| rule.key),
        SubnetRules::Hidden | SubnetRules::Unsupported => None,
    }
    .unwrap_or(SubnetKey::VirtualNetworkSubnetResourceId)
}

/// Every subnet of a list that is sent is checked with the caller's rights, unchanged ones too
/// (Azure/azure-cli#14596).
fn may_not_join(error: &ArmError) -> bool {
    let message = error.message().to_ascii_lowercase();
    let joins = message.contains("joinviaserviceendpoint") || message.contains("join/action");
    error.is_forbidden() && (joins || error.code().eq_ignore_ascii_case("LinkedAuthorizationFailed"))
}

/// Whether the body carries subnets only because the IP rules change.
fn sends_unchanged_subnets(plan: &RegistryPlan, live: &LiveRegistry) -> bool {
    let listed = matches!(&live.subnet_rules, SubnetRules::Shown(rules) if !rules.is_empty());
    listed
        && plan.change(Setting::IpRules).is_some()
        && plan.change(Setting::VirtualNetworkRules).is_none()
}

fn adds_subnets(plan: &RegistryPlan) -> bool {
    plan.change(Setting::VirtualNetworkRules)
        .is_some_and(|change| !change.add.is_empty())
}

/// Which of the two spellings of a subnet id a version takes on write is disputed (Azure/azure-cli#33685). A
/// validation error names the subnet, so there the spelling was understood.
fn spelling_may_differ(error: &ArmError, plan: &RegistryPlan) -> bool {
    adds_subnets(plan) && error.status() == Some(400) && error.code() != "NetworkRuleValidationError"
}

/// Whether a subnet rule was accepted and is not there, as an unknown spelling would end.
fn lost_a_subnet(deviations: &[Deviation], plan: &RegistryPlan) -> bool {
    adds_subnets(plan)
        && deviations
            .iter()
            .any(|d| d.path == Setting::VirtualNetworkRules && d.message.contains("is not there"))
}

/// A setting that is not as it should be, as a failure with its likely cause.
pub(super) fn failure(deviation: &Deviation, live: &LiveRegistry) -> Failure {
    let by = live
        .last_modified
        .as_ref()
        .map(|last| format!(" (last modified by {})", last.by))
        .unwrap_or_default();
    Failure {
        code: "NotVerified".to_owned(),
        message: format!(
            "the write was accepted, but `{}` {}{by}",
            deviation.path.path(),
            deviation.message
        ),
        request_id: None,
        help: Some(cause(deviation).to_owned()),
    }
}

/// The likely cause of a write that is accepted and not kept.
fn cause(deviation: &Deviation) -> &'static str {
    match deviation.path {
        Setting::IpRules | Setting::VirtualNetworkRules if deviation.message.contains("is gone") => {
            "another writer or the service itself dropped it: the undo command brings it back"
        }
        Setting::VirtualNetworkRules => {
            "is Microsoft.ContainerRegistry registered in the subnet's subscription (Azure/acr#249)? Otherwise another \
             writer was faster: run plan again"
        }
        Setting::PublicNetworkAccess | Setting::DefaultAction => {
            "an Azure Policy with effect Modify may rewrite it: az policy state list --resource <registry id>"
        }
        _ => "another writer may have been faster: run plan again",
    }
}
