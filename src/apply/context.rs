//! The context that the steps of a run share: options, connection, locks, and marks for writes.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::effective::{AnswersBefore, WaitEffective};
use super::locks::Locks;
use super::outcome::Outcome;
use super::patch::is_validation_error;
use super::proof::Proof;
use crate::azure::{ArmClient, WriteError};
use crate::live::{Cache, Live, LiveRegistry, Outages, ProgressEvent, ProgressFn, Reading};
use crate::model::{ErrorCode, Failure, RegistryId};
use crate::plan::{Deviation, LeaseConflict, Plan, RegistryPlan, cut_leases, lease_conflicts};

/// The time that the step in hand gets after an interruption. A registry PATCH takes up to about 10 s (recorded:
/// azure-cli test_acr_network_rule, subnet removal, 2023-12).
const GRACE: Duration = Duration::from_secs(15);

/// The next step after an interruption.
const RUN_AGAIN: &str = "run the same command again: it starts from the current state";

/// How a plan is applied.
pub struct ApplyOptions<'a> {
    /// Time of the apply, for the report and the snapshots; RFC 3339, UTC. The plan may be much older.
    pub created: &'a str,
    /// Number of registries that are worked on at the same time.
    pub parallel: usize,
    /// The state that the plan was made from, if it is at hand. Subnets are written on it: their etags tell if it is
    /// old.
    pub read: Option<&'a Live>,
    /// The part of `read` that is read again before a registry is written.
    pub read_again: ReadAgain,
    /// True if every registry of the plan is read before the first write, also those that need nothing, and nothing is written
    /// anywhere if the plan does not hold on one of them.
    pub all_or_nothing: bool,
    /// The proof that a registry kept a write.
    pub proof: Proof,
    /// Id of the run: the name of the folder that holds its snapshots.
    pub run: &'a str,
    /// The folder with a folder for each run, which gets a snapshot of each registry before it is written.
    pub snapshots: &'a Path,
    /// How long a writer that shares a list waits before it checks that its rules are still there. It must be longer
    /// than a rival takes from its read to the end of its write.
    pub settle: Duration,
    /// Waits until the registries answer this machine as their new state says, if asked for.
    pub effective: Option<WaitEffective<'a>>,
    /// Ends the run early: the step in hand is finished or given up, the rest is skipped.
    pub cancel: CancellationToken,
    /// Gives up the step in hand at once, after `cancel`.
    pub abandon: CancellationToken,
    /// Flags that lead another command to the same service, each after a space.
    pub service_flags: &'a str,
    /// Keeps a record of what is about to be written.
    pub begin: &'a dyn Begin,
    /// Shows progress.
    pub say: ProgressFn<'a>,
}

/// The part of the state behind a plan that is read again before a write, because time has passed since it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadAgain {
    /// Nothing: the state is as good as read now. Registries, which have no etag, are written on it too.
    Nothing,
    /// Each registry: reading the others took a while.
    Registries,
    /// Each registry, also one that needs nothing, and the subnets that its plan rests on: the plan was saved, or a person was
    /// asked.
    All,
}

/// Keeper of a record of what a run is about to write.
#[async_trait]
pub trait Begin: Sync {
    /// Keeps the record before the first write of a registry, from its plan and its state.
    ///
    /// # Errors
    /// The record cannot be kept. The registry is not written then.
    async fn begin(&self, plan: &RegistryPlan, live: &LiveRegistry) -> io::Result<()>;
}

/// Keeps no record.
#[async_trait]
impl Begin for () {
    async fn begin(&self, _: &RegistryPlan, _: &LiveRegistry) -> io::Result<()> {
        Ok(())
    }
}

/// One run of `apply`, shared by all its registries.
pub(crate) struct Run<'a> {
    pub(crate) client: &'a ArmClient,
    /// The whole plan.
    pub(crate) plan: &'a Plan,
    pub(crate) options: &'a ApplyOptions<'a>,
    /// Keep registries that share a virtual network or a subscription out of each other's way.
    pub(crate) locks: Locks,
    /// Subnets that were read to check a saved plan, each once for all its registries.
    pub(crate) subnets: Cache,
    /// Subscriptions that do not answer: none of their registries is read before its write.
    pub(crate) outages: Outages,
    /// Answers of the registries to this machine before the run writes them.
    pub(crate) answers_before: AnswersBefore,
    /// The registries that need nothing, as the check before the first write has read them.
    checked: Mutex<BTreeMap<RegistryId, LiveRegistry>>,
    /// The registries for which a write was accepted, or may have been.
    written: Mutex<BTreeMap<RegistryId, LastWrite>>,
}

/// The last write for a registry.
struct LastWrite {
    at: Instant,
    /// True if the registry itself was written, by this write or by an earlier one.
    itself: bool,
}

/// The resource that a write for a registry is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WriteTarget {
    /// The registry itself.
    Registry,
    /// A subnet or a provider registration, which the registry's own settings do not show.
    Beside,
}

/// One registry of a run.
pub(crate) struct RegistryRun<'a> {
    pub(crate) run: &'a Run<'a>,
    /// The plan of this registry.
    pub(crate) plan: &'a RegistryPlan,
    /// The reading that the plan was made from, if it is at hand.
    pub(crate) reading: Option<&'a Reading>,
}

impl<'a> Run<'a> {
    /// Starts a run that has written nothing yet.
    pub(crate) fn new(client: &'a ArmClient, plan: &'a Plan, options: &'a ApplyOptions<'a>) -> Self {
        Self {
            client,
            plan,
            options,
            locks: Locks::default(),
            subnets: Cache::default(),
            outages: Outages::default(),
            answers_before: AnswersBefore::default(),
            checked: Mutex::default(),
            written: Mutex::default(),
        }
    }

    /// Returns the registries of the plan that are written, and those that need nothing.
    pub(crate) fn not_refused(&self) -> impl Iterator<Item = &'a RegistryPlan> {
        let registries = self.plan.registries.iter();
        registries.filter(|plan| plan.refusals.is_empty())
    }

    /// Keeps what a check has read of a registry that needs nothing.
    pub(crate) fn keep_checked(&self, live: LiveRegistry) {
        locked(&self.checked).insert(live.id.clone(), live);
    }

    /// Returns what a check has read of a registry that needs nothing, once.
    pub(crate) fn take_checked(&self, registry: &RegistryId) -> Option<LiveRegistry> {
        locked(&self.checked).remove(registry)
    }

    /// Returns the part of the run that concerns one registry.
    pub(crate) fn registry(&'a self, plan: &'a RegistryPlan) -> RegistryRun<'a> {
        let result = self.options.read.and_then(|live| live.registries.get(&plan.id));
        let reading = match result {
            Some(Ok(reading)) => Some(reading),
            _ => None,
        };
        RegistryRun {
            run: self,
            plan,
            reading,
        }
    }

    /// Returns true if anything was written, or may have been.
    pub(crate) fn wrote(&self) -> bool {
        !self.written().is_empty()
    }

    /// Returns true if this registry itself was written, or may have been.
    pub(crate) fn wrote_itself(&self, registry: &RegistryId) -> bool {
        self.written().get(registry).is_some_and(|last| last.itself)
    }

    /// Returns the time of the last write for this registry.
    pub(crate) fn written_at(&self, registry: &RegistryId) -> Option<Instant> {
        self.written().get(registry).map(|last| last.at)
    }

    fn written(&self) -> MutexGuard<'_, BTreeMap<RegistryId, LastWrite>> {
        locked(&self.written)
    }

    /// Waits for `work`. Returns `None` if the run is interrupted first.
    pub(crate) async fn until_cancelled<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            ended = work => Some(ended),
            () = self.options.cancel.cancelled() => None,
        }
    }

    /// Waits for `work`. Returns `None` if the grace period after an interruption ends first, or a second
    /// interruption comes.
    pub(crate) async fn until_abandoned<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let abandoned = async {
            self.options.cancel.cancelled().await;
            // A second interruption does not wait for the rest of the time.
            tokio::select! {
                () = tokio::time::sleep(GRACE) => {}
                () = self.options.abandon.cancelled() => {}
            }
        };
        ended_before(abandoned, work).await
    }
}

impl RegistryRun<'_> {
    /// Returns the leases that are in the way of the plan on what the registry is now.
    pub(crate) fn lease_conflicts(&self, live: &LiveRegistry) -> Vec<LeaseConflict> {
        lease_conflicts(self.plan, live, Timestamp::now(), self.run.options.service_flags)
    }

    /// Returns what leases hold or lost after the write: they were opened between its read and itself.
    pub(crate) fn leases_beside(&self, after: &LiveRegistry) -> Option<Deviation> {
        let cut = cut_leases(self.plan, after, Timestamp::now());
        Deviation::of_leases(self.lease_conflicts(after), cut)
    }

    /// Remembers that something was written for this registry, or may have been.
    pub(crate) fn mark_written(&self, target: WriteTarget) {
        let mut written = self.run.written();
        let earlier = written.get(&self.plan.id).is_some_and(|last| last.itself);
        let last = LastWrite {
            at: Instant::now(),
            itself: earlier || target == WriteTarget::Registry,
        };
        written.insert(self.plan.id.clone(), last);
    }

    /// Remembers a write by its result, unless the service certainly did not take it.
    pub(crate) fn mark_result<T>(&self, result: &Result<T, WriteError>, target: WriteTarget) {
        // An error after the request was taken does not prove that nothing was written.
        match result {
            Err(error) if !error.accepted => {}
            _ => self.mark_written(target),
        }
    }

    /// Returns the failure of a write. The error is checked against what the resource shows now: if the change
    /// `is_there`, it was written in spite of the answer.
    pub(crate) fn write_failure(
        &self,
        error: WriteError,
        is_there: bool,
        target: WriteTarget,
    ) -> Failure {
        let denied = !error.accepted;
        let lacks_endpoint = is_validation_error(&error);
        let mut failure = Failure::from(error);
        if lacks_endpoint && failure.help.is_none() {
            failure.help = Some(self.endpoint_help().to_owned());
        }
        if !is_there {
            // The wait that the answer asks for was cut short, and not for want of time.
            if failure.retry_after.is_some() && self.run.options.cancel.is_cancelled() {
                failure.help = Some(RUN_AGAIN.to_owned());
            }
            return failure;
        }
        self.mark_written(target);
        if denied {
            failure.message += "; but Azure made the change anyway";
            // A command that plans by its flags alone has no spec to plan with.
            let look = match self.run.plan.specs.is_empty() {
                true => "run `ringfence rule list` to see the rules that the registry has now",
                false => "run plan to see the state now",
            };
            failure.help = Some(look.to_owned());
        } else {
            failure.message += "; at least a part of the change is there";
        }
        failure
    }

    /// Returns the next step after Azure refused a rule because the endpoint of its subnet is off.
    fn endpoint_help(&self) -> &'static str {
        // A plan reads the subnet of a new rule. The one that lost its endpoint had its rule before.
        if !self.plan.may_leave_out.is_empty() {
            "turn on the service endpoint of the subnet and restore again, or restore with an account that may read it: that \
             leaves the rule out"
        } else if self.run.plan.specs.is_empty() {
            "turn on the service endpoint of the subnet or remove its rule, then run the same command again"
        } else if self.plan.assumes_endpoints {
            "set `serviceEndpoints: ensure` and plan with --verify-endpoints, so that the subnet gets its endpoint first"
        } else {
            "plan or apply again with --verify-endpoints: it finds the endpoint that is off and turns it on"
        }
    }

    /// Lets a step beside the registry end within the grace period after an interruption. Then the step is given up, which
    /// may leave it half done.
    pub(crate) async fn unless_abandoned(&self, step: impl Future<Output = Outcome>) -> Outcome {
        match self.run.until_abandoned(step).await {
            Some(outcome) => outcome,
            None => self.abandoned(WriteTarget::Beside),
        }
    }

    /// Returns the outcome of a step that was given up.
    pub(crate) fn abandoned(&self, target: WriteTarget) -> Outcome {
        // The request may still arrive, so the run counts as one that wrote.
        self.mark_written(target);
        Outcome::Unknown {
            error: abandoned_step(),
        }
    }

    /// Shows what is being done for this registry.
    pub(crate) fn say(&self, what: &str) {
        (self.run.options.say)(ProgressEvent::Doing {
            registry: &self.plan.id,
            activity: what,
        });
    }
}

/// Locks a map. A panic elsewhere leaves it whole: each entry comes and goes in one call.
fn locked<T>(map: &Mutex<T>) -> MutexGuard<'_, T> {
    map.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Returns the result of a step, or `None` if `abandoned` ends first.
async fn ended_before<T>(
    abandoned: impl Future<Output = ()>,
    step: impl Future<Output = T>,
) -> Option<T> {
    tokio::select! {
        // A step that has ended is reported as it ended, even if it is abandoned in the same moment.
        biased;
        ended = step => Some(ended),
        () = abandoned => None,
    }
}

/// Returns the error of a step that an interruption gave no time to end.
fn abandoned_step() -> Failure {
    Failure::new(
        ErrorCode::Interrupted,
        "abandoned after an interruption: Azure may or may not have made the change",
    )
    .with_help(RUN_AGAIN)
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use super::*;

    #[tokio::test]
    async fn only_a_step_that_has_not_ended_is_abandoned() {
        assert_eq!(ended_before(pending(), ready(1)).await, Some(1));
        assert_eq!(ended_before(ready(()), ready(1)).await, Some(1));
        assert_eq!(ended_before(ready(()), pending::<i32>()).await, None);
    }
}
