//! The one PATCH of a registry, and what the registry shows afterwards.

use serde_json::Value;

use super::Context;
use super::outcome::carried;
use crate::azure::{ArmError, WriteError};
use crate::live::{Failure, LiveRegistry, SubnetKey, SubnetRules, read_registry};
use crate::plan::{Deviation, Lists, RegistryPlan, Setting, deviations, patch_body};

/// A PATCH that was accepted.
pub(super) struct Sent {
    /// When that write was made, as the service says.
    at: Option<String>,
    /// What the registry shows now.
    pub(super) now: Box<LiveRegistry>,
}

impl Sent {
    pub(super) fn new(at: Option<&str>, now: LiveRegistry) -> Self {
        Self {
            at: at.map(str::to_owned),
            now: Box::new(now),
        }
    }

    /// An earlier try whose answer was lost, and which the registry shows to be done.
    pub(super) fn found(now: LiveRegistry) -> Self {
        let at = now.last_modified.as_ref().map(|last| last.at.clone());
        Self::new(at.as_deref(), now)
    }

    /// Whether nobody has written since; `None` where the api-version does not say when. The answer of a PATCH and
    /// the reads after it name the same moment until somebody writes again (recorded: azure-cli
    /// test_acr_network_rule, 2021-02).
    pub(super) fn is_last(&self) -> Option<bool> {
        let now = self.now.last_modified.as_ref()?;
        self.at.as_ref().map(|at| *at == now.at)
    }
}

/// Why it is not known to be written as planned, and what the registry shows now, where that was read.
pub(super) struct Broken {
    pub(super) error: Failure,
    pub(super) now: Option<Box<LiveRegistry>>,
}

impl From<Failure> for Broken {
    fn from(error: Failure) -> Self {
        Self { error, now: None }
    }
}

/// A write that went through and could not be looked at.
pub(super) fn unread(mut error: Failure) -> Broken {
    error.message = format!("written, but it could not be read back: {}", error.message);
    error.into()
}

/// Sends everything that changes on the registry in one PATCH. The answer, `null` where there is nothing to send.
pub(super) async fn patch(
    context: &Context<'_>,
    plan: &RegistryPlan,
    live: &LiveRegistry,
) -> Result<Value, WriteError> {
    context.say("writing the registry");
    send(context, plan, live, subnet_key(live)).await
}

/// Reads the registry after the PATCH with this answer. Where a subnet rule was taken and is not there, the other
/// spelling of its id gets a try.
pub(super) async fn read_back(
    context: &Context<'_>,
    plan: &RegistryPlan,
    live: &LiveRegistry,
    answer: &Value,
) -> Result<Sent, Broken> {
    let sent = read(context, plan, answer).await?;
    if !lost_a_subnet(&deviations(plan, live, &sent.now), plan) {
        return Ok(sent);
    }
    context.say("the subnet rule is not there: trying the other spelling of its id");
    match attempt(context, plan, live, Lists::Both, subnet_key(live).other()).await {
        Ok(answer) => read(context, plan, &answer).await,
        // The first answer is the one to report: the second try was only a guess.
        Err(_) => Ok(sent),
    }
}

async fn read(context: &Context<'_>, plan: &RegistryPlan, answer: &Value) -> Result<Sent, Broken> {
    let now = read_registry(context.client, &plan.id).await.map_err(unread)?;
    Ok(Sent::new(answer["systemData"]["lastModifiedAt"].as_str(), now))
}

/// What the registry shows after a PATCH that did not end well.
pub(super) async fn refused(
    context: &Context<'_>,
    plan: &RegistryPlan,
    live: &LiveRegistry,
    error: WriteError,
) -> Broken {
    let now = read_registry(context.client, &plan.id).await.ok();
    let is_there = now.as_ref().is_some_and(|now| took(plan, live, now));
    Broken {
        error: context.refused(error, is_there),
        now: now.map(Box::new),
    }
}

/// Whether something of what the PATCH carries is there now, or something else has changed with it.
fn took(plan: &RegistryPlan, before: &LiveRegistry, now: &LiveRegistry) -> bool {
    let missing = deviations(plan, before, now);
    let is_missing = |path| missing.iter().any(|deviation| deviation.path == path);
    carried(plan).any(|change| !is_missing(change.path))
        || missing
            .iter()
            .any(|deviation| plan.change(deviation.path).is_none())
}

/// Sends the recorded shape; where that is refused for a reason that another shape avoids, that one.
async fn send(
    context: &Context<'_>,
    plan: &RegistryPlan,
    live: &LiveRegistry,
    key: SubnetKey,
) -> Result<Value, WriteError> {
    let result = attempt(context, plan, live, Lists::Both, key).await;
    match &result {
        Err(error) if may_not_join(error) && sends_unchanged_subnets(plan, live) => {
            context.say("may not join an unchanged subnet: sending the IP rules alone");
            attempt(context, plan, live, Lists::ChangedOnly, key).await
        }
        Err(error) if spelling_may_differ(error, plan) => {
            context.say("refused: trying the other spelling of the subnet id");
            attempt(context, plan, live, Lists::Both, key.other())
                .await
                .or(result)
        }
        _ => result,
    }
}

/// One PATCH; its answer, `null` where there is nothing to send.
async fn attempt(
    context: &Context<'_>,
    plan: &RegistryPlan,
    live: &LiveRegistry,
    lists: Lists,
    key: SubnetKey,
) -> Result<Value, WriteError> {
    let Some(body) = patch_body(&plan.changes, live, lists, key) else {
        return Ok(Value::Null);
    };
    let result = context
        .client
        .patch_registry(&plan.id, &live.api_version, &body)
        .await;
    context.wrote(&result);
    result
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
