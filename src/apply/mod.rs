//! Applying: walks a plan step by step and reads back what came of it. It never decides.

mod outcome;
mod patch;
mod registry;
mod report;
mod service_endpoint;
mod shared;
mod snapshot;
mod stale;

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures::StreamExt;
use tokio_util::sync::CancellationToken;

pub use snapshot::undo::shell_word;
pub use snapshot::wanted::OwnChange;
pub use snapshot::{SNAPSHOT_FORMAT, Snapshot, SnapshotError};

pub use report::{
    ChangeReport, FORMAT, Outcome, RegistryReport, Report, ReportSummary, StepReport, Undo,
};

use crate::azure::{ArmClient, WriteError};
use crate::live::{Failure, Live, Say};
use crate::model::{ErrorCode, RegistryId};
use crate::plan::{Plan, RegistryPlan};

/// How a plan is applied.
pub struct Options<'a> {
    /// When it is applied, for the report and the snapshots; RFC 3339, UTC. The plan may be much older.
    pub created: &'a str,
    /// Registries that are worked on at the same time.
    pub parallel: usize,
    /// What the plan was made from, where that is at hand. Subnets are written on it: their etags tell if it is old.
    pub read: Option<&'a Live>,
    /// Whether `read` is as good as read now, so that registries, which have no etag, are written on it too. Otherwise
    /// each is read again before it is written.
    pub fresh: bool,
    /// The folder that gets a snapshot of each registry before it is written.
    pub snapshots: &'a Path,
    /// How long a writer that shares a list waits before it looks whether its rules are still there. It must be
    /// longer than a rival takes from its read to the end of its write.
    pub settle: Duration,
    /// Ends the run early: the step in hand is finished or given up, the rest is skipped.
    pub cancel: CancellationToken,
    pub say: Say<'a>,
}

/// What the steps of one registry share.
struct Context<'a> {
    client: &'a ArmClient,
    shared: &'a shared::Shared,
    written: &'a AtomicBool,
    id: &'a RegistryId,
    plan: &'a Plan,
    created: &'a str,
    fresh: bool,
    snapshots: &'a Path,
    settle: Duration,
    cancel: &'a CancellationToken,
    say: Say<'a>,
}

impl Context<'_> {
    fn say(&self, what: &str) {
        (self.say)(self.id, what);
    }

    /// Remembers that a write went through, or may have.
    fn wrote<T>(&self, result: &Result<T, WriteError>) {
        if result.as_ref().err().is_none_or(|error| error.accepted) {
            self.written.store(true, Ordering::Relaxed);
        }
    }

    /// Why a write failed. An answer that says no is not taken at its word: where what was asked for is there all the
    /// same, it was written.
    fn refused(&self, error: WriteError, is_there: bool) -> Failure {
        let believed = !error.accepted;
        let mut failure = Failure::from(error);
        if believed && is_there {
            self.written.store(true, Ordering::Relaxed);
            failure.message += "; but it is there all the same";
            failure.help = Some("run plan and look at what is there now".to_owned());
        }
        failure
    }

    /// Lets the step in hand end after an interruption, for a while; then gives it up, which may leave it half done.
    async fn unless_abandoned(&self, step: impl Future<Output = Outcome>) -> Outcome {
        let abandoned = async {
            self.cancel.cancelled().await;
            tokio::time::sleep(GRACE).await;
        };
        unless(abandoned, step).await.unwrap_or_else(|| {
            self.written.store(true, Ordering::Relaxed);
            Outcome::Failed { error: interrupted() }
        })
    }
}

/// The end of a step; `None` where it is abandoned before.
async fn unless<T>(abandoned: impl Future<Output = ()>, step: impl Future<Output = T>) -> Option<T> {
    tokio::select! {
        // What has ended is reported as it ended.
        biased;
        ended = step => Some(ended),
        () = abandoned => None,
    }
}

/// How long the step in hand may go on after an interruption. A registry PATCH takes up to about 10 s (recorded:
/// azure-cli test_acr_network_rule, subnet removal, 2023-12).
const GRACE: Duration = Duration::from_secs(15);

fn interrupted() -> Failure {
    Failure {
        code: ErrorCode::Interrupted.into(),
        message: "given up after an interruption: whether Azure has done it is not known".to_owned(),
        request_id: None,
        help: Some("run apply again: it starts from what is there".to_owned()),
    }
}

/// Applies a plan. A registry that fails, or breaks a guard only on what it is by the time of its write, never stops
/// another; a guard that the plan breaks anywhere stops all,
/// before anything is written.
pub async fn apply(client: &ArmClient, plan: &Plan, options: &Options<'_>) -> Report {
    let written = AtomicBool::new(false);
    let shared = shared::Shared::default();
    let guarded = plan.registries.iter().find(|registry| registry.breaks_guard());
    let work = plan.registries.iter().map(|registry| {
        let context = Context {
            client,
            shared: &shared,
            written: &written,
            id: &registry.id,
            plan,
            created: options.created,
            fresh: options.fresh,
            snapshots: options.snapshots,
            settle: options.settle,
            cancel: &options.cancel,
            say: options.say,
        };
        let reading = options
            .read
            .and_then(|live| live.registries.get(&registry.id)?.as_ref().ok());
        async move {
            match guarded {
                Some(guarded) => registry::skip(registry, &refused(guarded)),
                None if !registry.refusals.is_empty() => registry::skip(registry, &refused(registry)),
                None => registry::registry(&context, registry, reading).await,
            }
        }
    });
    let mut registries: Vec<RegistryReport> = futures::stream::iter(work)
        .buffer_unordered(options.parallel.max(1))
        .collect()
        .await;
    registries.sort_by(|a, b| a.id.cmp(&b.id));
    let summary = outcome::summarise(&registries, plan.failures.len(), written.into_inner());
    Report {
        format: FORMAT,
        plan: plan.checksum.clone(),
        created: options.created.to_owned(),
        specs: plan.specs.clone(),
        registries,
        failures: plan.failures.clone(),
        summary,
    }
}

fn refused(registry: &RegistryPlan) -> String {
    let codes: Vec<&str> = registry.refusals.iter().map(|refusal| &*refusal.code).collect();
    format!("refused: {} ({})", codes.join(", "), registry.id.name())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_step_that_does_not_end_is_abandoned_and_one_that_has_ended_is_not() {
        use std::future::{pending, ready};
        assert_eq!(unless(pending(), ready(1)).await, Some(1));
        assert_eq!(unless(ready(()), ready(1)).await, Some(1));
        assert_eq!(unless(ready(()), pending::<i32>()).await, None);
    }
}
