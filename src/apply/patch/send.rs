//! The one PATCH of a registry, and what the registry shows afterwards.

use serde_json::Value;

use super::shape::{self, Shape};
use crate::apply::Context;
use crate::apply::outcome::carried;
use crate::azure::WriteError;
use crate::live::{Failure, LiveRegistry, read_registry};
use crate::model::ErrorCode;
use crate::plan::{Deviation, RegistryPlan, Setting, deviations, patch_body};

/// A PATCH that was accepted.
pub(crate) struct Sent {
    /// When that write was made, as the service says.
    at: Option<String>,
    /// What the registry shows now.
    pub(crate) now: Box<LiveRegistry>,
}

impl Sent {
    pub(crate) fn new(at: Option<&str>, now: LiveRegistry) -> Self {
        Self {
            at: at.map(str::to_owned),
            now: Box::new(now),
        }
    }

    /// An earlier try whose answer was lost, and which the registry shows to be done.
    pub(crate) fn found(now: LiveRegistry) -> Self {
        let at = now.last_modified.as_ref().map(|last| last.at.clone());
        Self::new(at.as_deref(), now)
    }

    /// Whether nobody has written since; `None` where the api-version does not say when. The answer of a PATCH and
    /// the reads after it name the same moment until somebody writes again (recorded: azure-cli
    /// test_acr_network_rule, 2021-02).
    pub(crate) fn is_last(&self) -> Option<bool> {
        let now = self.now.last_modified.as_ref()?;
        self.at.as_ref().map(|at| *at == now.at)
    }
}

/// Why it is not known to be written as planned, and what the registry shows now, where that was read.
pub(crate) struct Broken {
    pub(crate) error: Failure,
    pub(crate) now: Option<Box<LiveRegistry>>,
}

impl From<Failure> for Broken {
    fn from(error: Failure) -> Self {
        Self { error, now: None }
    }
}

/// A write that went through, or may have, and could not be looked at.
pub(crate) fn unread(mut error: Failure, sure: bool) -> Broken {
    let what = if sure {
        "written, but it could not be read back"
    } else {
        "it may have been written, and could not be read back"
    };
    error.message = format!("{what}: {}", error.message);
    error.into()
}

/// Sends everything that changes on the registry in one PATCH. The answer, `null` where there is nothing to send.
pub(crate) async fn patch(
    context: &Context<'_>,
    plan: &RegistryPlan,
    live: &LiveRegistry,
    shape: Shape,
) -> Result<Value, WriteError> {
    let Some(body) = patch_body(&plan.changes, live, shape.lists, shape.key(live)) else {
        return Ok(Value::Null);
    };
    context.say(shape.say());
    let result = context
        .client
        .patch_registry(&plan.id, &live.api_version, &body)
        .await;
    context.wrote(&result);
    result
}

/// Reads the registry after the PATCH with this answer. Where a subnet rule was taken and is not there, and nobody has
/// written since, the other spelling of its id gets a try.
pub(crate) async fn read_back(
    context: &Context<'_>,
    plan: &RegistryPlan,
    live: &LiveRegistry,
    shape: Shape,
    answer: &Value,
) -> Result<Sent, Broken> {
    let sent = read(context, plan, answer).await?;
    let lost = shape::lost_a_subnet(&deviations(plan, live, &sent.now), plan);
    let Some(other) = shape
        .respelled()
        .filter(|_| lost && sent.is_last() != Some(false))
    else {
        return Ok(sent);
    };
    match patch(context, plan, &sent.now, other).await {
        Ok(answer) => read(context, plan, &answer).await,
        // The first answer is the one to report: the second try was only a guess.
        Err(_) => Ok(sent),
    }
}

async fn read(context: &Context<'_>, plan: &RegistryPlan, answer: &Value) -> Result<Sent, Broken> {
    let now = read_registry(context.client, &plan.id)
        .await
        .map_err(|error| unread(error, true))?;
    Ok(Sent::new(answer["systemData"]["lastModifiedAt"].as_str(), now))
}

/// What the registry shows after a PATCH that did not end well.
pub(crate) async fn refused(
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

/// Whether something of what the PATCH carries is there now.
pub(crate) fn came_about(plan: &RegistryPlan, before: &LiveRegistry, now: &LiveRegistry) -> bool {
    any_is_there(plan, &deviations(plan, before, now))
}

fn any_is_there(plan: &RegistryPlan, missing: &[Deviation]) -> bool {
    carried(plan).any(|change| missing.iter().all(|deviation| deviation.path != change.path))
}

/// The same, or whether something else has changed with it.
fn took(plan: &RegistryPlan, before: &LiveRegistry, now: &LiveRegistry) -> bool {
    let others = deviations(plan, before, now);
    let foreign = |deviation: &Deviation| plan.change(deviation.path).is_none();
    any_is_there(plan, &others) || others.iter().any(foreign)
}

/// A setting that is not as it should be, as a failure with its likely cause.
pub(crate) fn failure(deviation: &Deviation, live: &LiveRegistry) -> Failure {
    let by = live
        .last_modified
        .as_ref()
        .map(|last| format!(" (last modified by {})", last.by))
        .unwrap_or_default();
    Failure {
        code: ErrorCode::NotVerified.into(),
        message: format!(
            "the write was accepted, but `{}` {}{by}",
            deviation.path.path(),
            deviation.message()
        ),
        request_id: None,
        help: Some(cause(deviation).to_owned()),
    }
}

/// The likely cause of a write that is accepted and not kept.
fn cause(deviation: &Deviation) -> &'static str {
    match deviation.path {
        Setting::IpRules | Setting::VirtualNetworkRules if deviation.lost_rule() => {
            "another writer dropped it, or the service did, as it may with a list that is left out: the undo command \
             brings it back, for whoever may join its subnets"
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
