//! The context that the steps of a run share: options, connection, locks, and marks for writes.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::effective::{AnswersBefore, WaitEffective};
use super::locks::Locks;
use super::proof::Proof;
use super::registry_report::Outcome;
use crate::azure::{ArmClient, WriteError};
use crate::live::{Live, LiveRegistry, ProgressEvent, ProgressFn, Reading};
use crate::model::{ErrorCode, Failure, RegistryId};
use crate::plan::{Plan, RegistryPlan};

/// The time that the step in hand gets after an interruption. A registry PATCH takes up to about 10 s (recorded:
/// azure-cli test_acr_network_rule, subnet removal, 2023-12).
const GRACE: Duration = Duration::from_secs(15);

/// How a plan is applied.
pub struct ApplyOptions<'a> {
    /// Time of the apply, for the report and the snapshots; RFC 3339, UTC. The plan may be much older.
    pub created: &'a str,
    /// Number of registries that are worked on at the same time.
    pub parallel: usize,
    /// The state that the plan was made from, if it is at hand. Subnets are written on it: their etags tell if it is
    /// old.
    pub read: Option<&'a Live>,
    /// True if `read` is as good as read now, so that registries, which have no etag, are written on it too. Otherwise
    /// each registry is read again before it is written.
    pub fresh: bool,
    /// True if every registry that the plan changes is read before the first write, and nothing is written anywhere if the
    /// plan does not hold on one of them.
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
    /// Keeps a record of what is about to be written.
    pub begin: BeginFn<'a>,
    /// Shows progress.
    pub say: ProgressFn<'a>,
}

/// Function that is called before the first write of a registry, with its plan and its state. An error stops the registry.
pub type BeginFn<'a> = &'a (dyn Fn(&RegistryPlan, &LiveRegistry) -> io::Result<()> + Sync);

/// One run of `apply`, shared by all its registries.
pub(crate) struct Run<'a> {
    pub(crate) client: &'a ArmClient,
    /// The whole plan.
    pub(crate) plan: &'a Plan,
    pub(crate) options: &'a ApplyOptions<'a>,
    /// Keep registries that share a virtual network or a subscription out of each other's way.
    pub(crate) locks: Locks,
    /// Answers of the registries to this machine before the run writes them.
    pub(crate) answers_before: AnswersBefore,
    /// The registries for which a write was accepted, or may have been, each with the time of its last one.
    written: Mutex<BTreeMap<RegistryId, Instant>>,
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
            answers_before: AnswersBefore::default(),
            written: Mutex::default(),
        }
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

    /// Returns true if anything was written for this registry, or may have been.
    pub(crate) fn wrote_for(&self, registry: &RegistryId) -> bool {
        self.written().contains_key(registry)
    }

    /// Returns the time of the last write of this registry.
    pub(crate) fn written_at(&self, registry: &RegistryId) -> Option<Instant> {
        self.written().get(registry).copied()
    }

    fn written(&self) -> MutexGuard<'_, BTreeMap<RegistryId, Instant>> {
        // A panic elsewhere leaves the map whole: it only ever gains ids.
        self.written.lock().unwrap_or_else(PoisonError::into_inner)
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
    /// Remembers that something was written for this registry, or may have been.
    pub(crate) fn mark_written(&self) {
        self.run.written().insert(self.plan.id.clone(), Instant::now());
    }

    /// Remembers a write by its result, unless the service certainly did not take it.
    pub(crate) fn mark_result<T>(&self, result: &Result<T, WriteError>) {
        // An error after the request was taken does not prove that nothing was written.
        match result {
            Err(error) if !error.accepted => {}
            _ => self.mark_written(),
        }
    }

    /// Returns the failure of a write. A refusal is checked against what the resource shows now: if the change
    /// `is_there`, it was written in spite of the answer.
    pub(crate) fn write_failure(&self, error: WriteError, is_there: bool) -> Failure {
        // Only an error that denies the write is news to the reader if the change is there.
        let believed = !error.accepted;
        let mut failure = Failure::from(error);
        if believed && is_there {
            self.mark_written();
            failure.message += "; but Azure made the change anyway";
            // A command that plans by its flags alone has no spec to plan with.
            let look = match self.run.plan.specs.is_empty() {
                true => "run `ringfence rule list` to see the rules that the registry has now",
                false => "run plan to see the state that the registry has now",
            };
            failure.help = Some(look.to_owned());
        }
        failure
    }

    /// Lets a step end within the grace period after an interruption. Then the step is given up, which may leave it half
    /// done.
    pub(crate) async fn unless_abandoned(&self, step: impl Future<Output = Outcome>) -> Outcome {
        match self.run.until_abandoned(step).await {
            Some(outcome) => outcome,
            None => self.abandoned(),
        }
    }

    /// Returns the outcome of a step that was given up.
    pub(crate) fn abandoned(&self) -> Outcome {
        // The request may still arrive, so the run counts as one that wrote.
        self.mark_written();
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
    .with_help("run the same command again: it starts from the current state")
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
