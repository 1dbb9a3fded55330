//! The one PATCH of a registry, and what the registry shows afterwards.

use super::Context;
use super::stale::moved;
use crate::azure::ArmError;
use crate::live::{Failure, LiveRegistry, SubnetKey, SubnetRules, read_registry};
use crate::plan::{Change, Lists, RegistryPlan, Setting, patch_body, unmet};

/// How the PATCH of a registry ended.
pub(super) enum Patched {
    /// Sent and answered; what the registry shows now, or why that could not be read.
    Sent(Result<Box<LiveRegistry>, Failure>),
    /// What the plan rests on has moved, so nothing was sent.
    Stale(Vec<&'static str>),
    /// Refused by the service, or never answered.
    Failed(Failure),
}

/// Sends everything that changes on the registry in one PATCH and reads it back.
pub(super) async fn patch(
    context: &Context<'_>,
    plan: &RegistryPlan,
    known: Option<&LiveRegistry>,
) -> Patched {
    let live = match known {
        Some(live) => live.clone(),
        None => match read_registry(context.client, &plan.id).await {
            Ok(live) => live,
            Err(failure) => return Patched::Failed(failure),
        },
    };
    let moved = moved(plan, &live);
    if !moved.is_empty() {
        return Patched::Stale(moved);
    }
    context.say("writing the registry");
    match send(context, plan, &live).await {
        Ok(()) => Patched::Sent(read_registry(context.client, &plan.id).await.map(Box::new)),
        Err(error) => Patched::Failed(error.into()),
    }
}

/// Sends the recorded shape; where that is refused for a reason that another shape avoids, that one.
async fn send(context: &Context<'_>, plan: &RegistryPlan, live: &LiveRegistry) -> Result<(), ArmError> {
    let key = subnet_key(live);
    let result = attempt(context, plan, live, Lists::Both, key).await;
    let Err(error) = &result else { return result };
    if may_not_join(error) && plan.change(Setting::VirtualNetworkRules).is_none() {
        context.say("may not join an unchanged subnet: sending the IP rules alone");
        return attempt(context, plan, live, Lists::ChangedOnly, key).await;
    }
    if spelling_may_differ(error, plan) {
        context.say("refused: trying the other spelling of the subnet id");
        // The first answer is the one to report: the second try was only a guess.
        return attempt(context, plan, live, Lists::Both, key.other())
            .await
            .or(result);
    }
    result
}

async fn attempt(
    context: &Context<'_>,
    plan: &RegistryPlan,
    live: &LiveRegistry,
    lists: Lists,
    key: SubnetKey,
) -> Result<(), ArmError> {
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
    let text = error.to_string().to_ascii_lowercase();
    error.status() == Some(403) && (text.contains("join") || text.contains("linkedauthorizationfailed"))
}

/// Which of the two spellings of a subnet id a version takes on write is disputed. A validation error names
/// the subnet, so there the spelling was understood.
fn spelling_may_differ(error: &ArmError, plan: &RegistryPlan) -> bool {
    let adds = plan
        .change(Setting::VirtualNetworkRules)
        .is_some_and(|change| !change.add.is_empty());
    adds && error.status() == Some(400) && error.code() != "NetworkRuleValidationError"
}

/// Why a change did not come about although the write was accepted.
pub(super) fn verify(change: &Change, live: &LiveRegistry) -> Result<(), Failure> {
    let unmet = unmet(change, live);
    if unmet.is_empty() {
        return Ok(());
    }
    let by = live
        .last_modified
        .as_ref()
        .map(|last| format!(" (last modified by {})", last.by))
        .unwrap_or_default();
    Err(Failure {
        code: "NotVerified".to_owned(),
        message: format!(
            "the write was accepted, but `{}` {}{by}",
            change.path.path(),
            unmet.join(", ")
        ),
        request_id: None,
        help: Some(cause(change.path).to_owned()),
    })
}

/// The likely cause of a write that is accepted and not kept.
fn cause(setting: Setting) -> &'static str {
    match setting {
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
