//! The loop that brings a registry to the goal of a lease, among rivals that write it too.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::apply::random_part;
use crate::azure::{ArmClient, ArmError};
use crate::lease::{Goal, LeaseRefusal};
use crate::live::{LiveRegistry, read_registry};
use crate::model::{ErrorCode, Failure, FailureKind, RegistryId};
use crate::plan::Lists;

/// How often a write that rivals take back is made again. Each round waits longer, so that few rivals meet twice.
const MOST_ROUNDS: u32 = 40;

/// Writes one registry towards goals.
pub(crate) struct LeaseWriter<'a> {
    pub(crate) client: &'a ArmClient,
    pub(crate) id: &'a RegistryId,
    /// Longer than a rival takes from its read to the end of its write.
    pub(crate) settle: Duration,
}

/// The end of the way to a goal.
pub(crate) enum Reached {
    /// The goal holds, also after rivals had time to finish. The time is that of the last write, if there was one.
    Holds { written: Option<Instant> },
    /// The registry or its group is gone or being deleted.
    Gone,
    /// The token was cancelled before the goal held.
    Cancelled,
}

/// The reason why a goal was not reached.
pub(crate) enum NotReached {
    Refused(LeaseRefusal),
    Failed(Failure),
}

impl From<Failure> for NotReached {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl LeaseWriter<'_> {
    /// Reads the registry. Returns `None` if it is gone or being deleted.
    pub(crate) async fn read(&self) -> Result<Option<LiveRegistry>, Failure> {
        match read_registry(self.client, self.id).await {
            Ok(live) if live.provisioning_state.eq_ignore_ascii_case("Deleting") => Ok(None),
            Ok(live) => Ok(Some(live)),
            Err(error) if error.kind == FailureKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Writes until the goal holds and rivals had time to finish. `first` is the registry if it was read just now.
    pub(crate) async fn reach(
        &self,
        goal: Goal<'_>,
        mut first: Option<LiveRegistry>,
        cancel: &CancellationToken,
    ) -> Result<Reached, NotReached> {
        let mut waits = self.client.waits(self.id.as_str());
        let (mut lists, mut written, mut rounds) = (Lists::Both, None, 0);
        loop {
            let live = match first.take() {
                Some(live) => live,
                None => match self.read().await? {
                    Some(live) => live,
                    None => return Ok(Reached::Gone),
                },
            };
            let next = goal.next(&live, Timestamp::now()).map_err(NotReached::Refused)?;
            let Some(write) = next else {
                // A rival that read before our write may still write.
                let settled = written.map(|at: Instant| at + self.settle);
                if settled.is_some_and(|settled| settled > Instant::now()) {
                    sleep_until(settled.unwrap_or_else(Instant::now)).await;
                    continue;
                }
                return Ok(Reached::Holds { written });
            };
            if cancel.is_cancelled() {
                return Ok(Reached::Cancelled);
            }
            if rounds == MOST_ROUNDS {
                return Err(NotReached::Failed(taken_back(self.id)));
            }
            let body = write.body(&live, lists);
            let sent = self
                .client
                .patch_registry(self.id, &live.api_version, &body)
                .await;
            let error = match sent {
                Ok(_) => {
                    rounds += 1;
                    written = Some(Instant::now());
                    self.pause(rounds).await;
                    continue;
                }
                Err(error) => error,
            };
            if is_going_away(&error) {
                return Ok(Reached::Gone);
            }
            // A list that does not change can be left out, and with it what Azure refuses in it.
            if lists == Lists::Both && matches!(error.status(), Some(400 | 403)) {
                lists = Lists::ChangedOnly;
            } else if !waits.before_retry(&error).await {
                return Err(NotReached::Failed(error.into()));
            }
        }
    }

    /// Waits before the first look at a write. Rivals that meet again wait different times.
    async fn pause(&self, rounds: u32) {
        let spread = self.settle / 4 * rounds;
        sleep(random_part(spread.min(self.settle))).await;
    }
}

/// Returns true if the registry or its group is being deleted, or is gone.
fn is_going_away(error: &ArmError) -> bool {
    error.status() == Some(404) || error.code() == "ResourceGroupBeingDeleted"
}

fn taken_back(id: &RegistryId) -> Failure {
    let message = format!(
        "{} was written {MOST_ROUNDS} times, and each time another writer took the change back",
        id.name()
    );
    Failure::new(ErrorCode::NotVerified, message)
}
