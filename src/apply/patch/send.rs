//! Sends the one PATCH of a registry, and reads what the registry shows afterwards.

use serde_json::Value;

use super::shape::{self, Shape, adds_subnets};
use crate::apply::context::{RegistryRun, WriteTarget};
use crate::apply::outcome::Outcome;
use crate::apply::proof::Proof;
use crate::azure::WriteError;
use crate::live::{LiveRegistry, parse_registry, read_registry};
use crate::model::{ErrorCode, Failure};
use crate::plan::{Deviation, RegistryPlan, RowPath, deviations, patch_body};

/// A PATCH that was accepted.
pub(crate) struct AcceptedPatch {
    /// The time of the write, as the service says.
    at: Option<String>,
    /// The registry after the write.
    pub(crate) now: Box<LiveRegistry>,
    /// The source of this state.
    pub(crate) proof: Proof,
}

impl AcceptedPatch {
    /// Keeps what the answer and the read after it say.
    pub(crate) fn new(at: Option<&str>, now: LiveRegistry) -> Self {
        Self {
            at: at.map(str::to_owned),
            now: Box::new(now),
            proof: Proof::ReadBack,
        }
    }

    /// Stands for an earlier attempt whose answer was lost and which the registry shows to be done.
    pub(crate) fn found(now: LiveRegistry) -> Self {
        let at = now.last_modified.as_ref().map(|last| last.at.clone());
        Self::new(at.as_deref(), now)
    }

    /// Returns true if this is the last write of the registry, and `None` where the api-version does not say when. The answer of a
    /// PATCH and the reads after it name the same moment until someone writes again (recorded: azure-cli
    /// test_acr_network_rule, 2021-02).
    pub(crate) fn is_last_write(&self) -> Option<bool> {
        let now = self.now.last_modified.as_ref()?;
        let at = self.at.as_ref()?;
        Some(*at == now.at)
    }

    /// Returns true if the read may be older than the write: something deviates, and the time of the last write is still
    /// the one `before`, or is not shown.
    fn may_lag(&self, plan: &RegistryPlan, before: &LiveRegistry) -> bool {
        let time_before = before.last_modified.as_ref().map(|last| &last.at);
        let time_now = self.now.last_modified.as_ref().map(|last| &last.at);
        let is_newer = match self.is_last_write() {
            Some(true) => true,
            // A time that is neither that of our write nor the one before is that of a later write.
            Some(false) => time_now != time_before,
            None => false,
        };
        !is_newer && !deviations(plan, before, &self.now).is_empty()
    }

    /// Reads the registry once more, when other writers may have written.
    pub(crate) async fn read_again(
        self,
        registry: &RegistryRun<'_>,
        before: &LiveRegistry,
    ) -> Result<Self, PatchFailed> {
        read_accepted(registry, before, self.at.as_deref()).await
    }
}

/// A PATCH that is not known to be written as planned.
pub(crate) enum PatchFailed {
    /// Nothing was written, by all that is known.
    Unwritten(Failure),
    /// The write went through, or may have, and the registry could not be read after it.
    Unknown(Failure),
    /// The registry could be read after the error, and shows what came of the write.
    Shown {
        /// The outcome of what is not there.
        missing: Outcome,
        /// The state that the write rested on.
        before: Box<LiveRegistry>,
        now: Box<LiveRegistry>,
    },
}

impl From<Failure> for PatchFailed {
    fn from(error: Failure) -> Self {
        Self::Unwritten(error)
    }
}

impl PatchFailed {
    /// Stands for a write that went through, `surely` or perhaps, and could not be read back.
    pub(crate) fn unread(mut error: Failure, surely: bool) -> Self {
        let what = if surely {
            "the change was written, but could not be read back"
        } else {
            "the change may have been written, and could not be read back"
        };
        error.message = format!("{what}: {}", error.message);
        Self::Unknown(error)
    }

    /// Stands for a write that ended with this error, and a registry that could not be read after it.
    pub(crate) fn unread_after(
        registry: &RegistryRun<'_>,
        error: WriteError,
        maybe_written: bool,
    ) -> Self {
        let mut failure = registry.write_failure(error, false, WriteTarget::Registry);
        if !maybe_written {
            return Self::Unwritten(failure);
        }
        failure.message += "; after that, the registry could not be read";
        Self::Unknown(failure)
    }

    /// Stands for a write that ended with this error while Azure still works on the registry. What it shows may be taken
    /// back.
    pub(crate) fn unfinished(registry: &RegistryRun<'_>, error: WriteError) -> Self {
        let mut failure = registry.write_failure(error, false, WriteTarget::Registry);
        failure.message += "; Azure's operation on the registry has not ended";
        registry.mark_written(WriteTarget::Registry);
        Self::Unknown(failure)
    }

    /// Stands for a write that ended with this error, and the registry as it was read after it.
    pub(crate) fn shown(
        registry: &RegistryRun<'_>,
        before: LiveRegistry,
        now: LiveRegistry,
        error: WriteError,
    ) -> Self {
        // The error may be wrong about the write: the registry tells.
        let is_there = anything_changed(registry.plan, &before, &now);
        let is_open = error.is_open();
        let error = registry.write_failure(error, is_there, WriteTarget::Registry);
        Self::Shown {
            missing: Outcome::of_write(error, is_open),
            before: Box::new(before),
            now: Box::new(now),
        }
    }
}

/// Sends everything that changes on the registry in one PATCH. Returns the answer, or `null` if there is nothing to
/// send.
pub(crate) async fn patch(
    registry: &RegistryRun<'_>,
    live: &LiveRegistry,
    shape: Shape,
) -> Result<Value, WriteError> {
    let RegistryRun { run, plan, .. } = registry;
    let left = match shape.leaves_out {
        true => plan.changes.without_new(&plan.may_leave_out),
        false => None,
    };
    let changes = left.as_ref().unwrap_or(&plan.changes);
    let Some(body) = patch_body(changes, live, shape.lists, shape.key(live)) else {
        return Ok(Value::Null);
    };
    registry.say(shape.progress());
    let result = run
        .client
        .patch_registry(&plan.id, &live.api_version, &body)
        .await;
    registry.mark_result(&result, WriteTarget::Registry);
    result
}

/// Reads the registry after the PATCH with this answer, unless the answer is the proof. If a subnet rule was accepted and
/// is missing, and there was no later write, the other spelling of its id is tried once.
pub(crate) async fn read_back(
    registry: &RegistryRun<'_>,
    before: &LiveRegistry,
    shape: Shape,
    answer: &Value,
) -> Result<AcceptedPatch, PatchFailed> {
    let plan = registry.plan;
    if let Some(accepted) = proven_by_answer(registry, before, answer) {
        return Ok(accepted);
    }
    let accepted = read_accepted(registry, before, time_of(answer)).await?;
    // An unknown spelling is accepted and ignored, so only reading shows it.
    let lost_a_subnet = shape::lost_a_subnet(&deviations(plan, before, &accepted.now), plan);
    let Some(other) = shape.respelled() else {
        return Ok(accepted);
    };
    if !lost_a_subnet || accepted.is_last_write() == Some(false) {
        return Ok(accepted);
    }
    match patch(registry, &accepted.now, other).await {
        Ok(answer) => read_accepted(registry, &accepted.now, time_of(&answer)).await,
        // The first answer is the one to report: the second attempt was only a guess.
        Err(_) => Ok(accepted),
    }
}

/// Returns the registry as the answer shows it, if that proves the write ([`Proof::Answer`]).
fn proven_by_answer(
    registry: &RegistryRun<'_>,
    before: &LiveRegistry,
    answer: &Value,
) -> Option<AcceptedPatch> {
    let RegistryRun { run, plan, .. } = registry;
    if run.options.proof != Proof::Answer || adds_subnets(plan) {
        return None;
    }
    let now = parse_registry(&plan.id, &before.api_version, answer.clone()).ok()?;
    let is_proof = deviations(plan, before, &now).is_empty();
    is_proof.then(|| AcceptedPatch {
        proof: Proof::Answer,
        ..AcceptedPatch::new(time_of(answer), now)
    })
}

/// Returns the time of a write by its answer.
fn time_of(answer: &Value) -> Option<&str> {
    answer["systemData"]["lastModifiedAt"].as_str()
}

/// Reads the registry after a write at this time. A read that may be older than the write is repeated, a few times.
async fn read_accepted(
    registry: &RegistryRun<'_>,
    before: &LiveRegistry,
    at: Option<&str>,
) -> Result<AcceptedPatch, PatchFailed> {
    let RegistryRun { run, plan, .. } = registry;
    let mut waits = run.client.waits(plan.id.as_str());
    loop {
        let now = match read_registry(run.client, &plan.id).await {
            Ok(now) => now,
            Err(error) => return Err(PatchFailed::unread(error, true)),
        };
        let accepted = AcceptedPatch::new(at, now);
        if !accepted.may_lag(plan, before) {
            return Ok(accepted);
        }
        registry.say("the registry does not show the write yet: looking again");
        if run.until_cancelled(waits.before_look()).await != Some(true) {
            return Ok(accepted);
        }
    }
}

/// Returns true if Azure works on the registry.
pub(crate) fn has_operation(live: &LiveRegistry) -> bool {
    let state = &live.provisioning_state;
    ["Succeeded", "Failed", "Canceled"]
        .iter()
        .all(|ended| !state.eq_ignore_ascii_case(ended))
}

/// Reads the registry until Azure no longer works on it.
pub(crate) async fn after_operation(
    registry: &RegistryRun<'_>,
    mut live: LiveRegistry,
) -> Result<LiveRegistry, PatchFailed> {
    let RegistryRun { run, plan, .. } = registry;
    let mut waits = run.client.waits_until(plan.id.as_str(), run.client.deadline());
    while has_operation(&live) {
        if !waits
            .before_poll(Some(live.provisioning_state.clone()), None)
            .await
        {
            let message = "the change is there, but Azure's operation on the registry has not ended";
            let failure = Failure::new(ErrorCode::NotVerified, message);
            return Err(PatchFailed::Unknown(
                failure.with_help("run the same command again: it waits for the operation"),
            ));
        }
        live = match read_registry(run.client, &plan.id).await {
            Ok(live) => live,
            Err(error) => return Err(PatchFailed::unread(error, true)),
        };
    }
    Ok(live)
}

/// Returns true if at least one change of the PATCH is there now.
pub(crate) fn any_change_is_there(
    plan: &RegistryPlan,
    before: &LiveRegistry,
    now: &LiveRegistry,
) -> bool {
    any_without_deviation(plan, &deviations(plan, before, now))
}

/// Returns true if at least one change of the PATCH is there now, or another setting has changed.
fn anything_changed(plan: &RegistryPlan, before: &LiveRegistry, now: &LiveRegistry) -> bool {
    let deviations = deviations(plan, before, now);
    // A new rule in a list that the plan leaves alone is more likely the write of someone else.
    any_without_deviation(plan, &deviations)
        || deviations
            .iter()
            .any(|deviation| is_beside(plan, deviation.path) && !deviation.only_has_new_rules())
}

fn any_without_deviation(plan: &RegistryPlan, deviations: &[Deviation]) -> bool {
    let mut patched = plan.changes.patched();
    patched.any(|change| deviations.iter().all(|deviation| deviation.path != change.path()))
}

/// Returns true if the PATCH does not change this row.
fn is_beside(plan: &RegistryPlan, path: RowPath) -> bool {
    plan.changes.patched().all(|change| change.path() != path)
}
