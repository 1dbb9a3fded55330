//! The loop that brings a registry to the goal of a lease, among rivals that write it too.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;

use super::altered::Altered;
use crate::apply::random_part;
use crate::azure::{ArmClient, ArmError, Waits};
use crate::lease::{Goal, Lease, LeaseRefusal, LeaseWrite, not_brought_back, still_admitted};
use crate::live::{LiveRegistry, find_registry, read_registry};
use crate::model::{DefaultAction, ErrorCode, Failure, FailureKind, RegistryId, shell_word};
use crate::plan::Lists;

/// How often a write that rivals take back is made again. Each round waits longer, so that few rivals meet twice.
const MOST_ROUNDS: u32 = 40;

/// How often Azure may take a write whose operation then fails, or answer it in a form that cannot be read.
const MOST_FAILED: u32 = 3;

/// Writes one registry towards goals.
pub(crate) struct LeaseWriter<'a> {
    pub(crate) client: &'a ArmClient,
    pub(crate) id: &'a RegistryId,
    /// Longer than a rival takes from its read to the end of its write.
    pub(crate) settle: Duration,
    /// Flags that lead another command to the same service, each after a space.
    pub(crate) flags: &'a str,
    /// How long a lease lasts from the write that opens it. `None` where none is opened.
    pub(crate) lasts: Option<Duration>,
}

/// The end of the way to a goal.
pub(crate) enum Reached {
    /// The goal holds, also after rivals had time to finish. The time is that of the last write, if there was one.
    Holds {
        written: Option<Instant>,
        live: Box<LiveRegistry>,
        /// The settings that something on the way has changed.
        altered: Vec<Failure>,
    },
    /// The registry or its group is gone or being deleted.
    Gone,
    /// The token was cancelled before the goal held.
    Cancelled,
}

impl Reached {
    /// Returns the addresses of closed leases that the last read still admits.
    pub(crate) fn still_admitted(&self, leases: &[Lease]) -> Vec<String> {
        let mut addresses = Vec::new();
        if let Self::Holds { live, .. } = self {
            for address in still_admitted(live, leases) {
                addresses.push(address.to_string());
            }
        }
        addresses
    }

    /// Returns the default action before closed leases, if the close did not bring it back.
    pub(crate) fn not_brought_back(&self, leases: &[Lease]) -> Option<DefaultAction> {
        match self {
            Self::Holds { live, .. } => not_brought_back(live, leases),
            Self::Gone | Self::Cancelled => None,
        }
    }

    /// Returns true if the goal held without a write.
    pub(crate) fn is_unwritten(&self) -> bool {
        matches!(self, Self::Holds { written: None, .. })
    }

    /// Returns what is not as it was written.
    pub(crate) fn altered(&self) -> Vec<Failure> {
        match self {
            Self::Holds { altered, .. } => altered.clone(),
            Self::Gone | Self::Cancelled => Vec::new(),
        }
    }
}

/// A goal that was not reached.
pub(crate) struct NotReached {
    pub(crate) cause: NotReachedCause,
    /// True if something was written before, or may have been.
    pub(crate) written: bool,
    /// The registry as the last look showed it; `None` if it could not be read.
    pub(crate) live: Option<Box<LiveRegistry>>,
    /// The settings that something on the way has changed.
    pub(crate) altered: Vec<Failure>,
}

/// The reason why a goal was not reached.
pub(crate) enum NotReachedCause {
    Refused(LeaseRefusal),
    Failed(Failure),
}

impl LeaseWriter<'_> {
    /// Reads the registry. Returns `None` if it is gone or being deleted.
    ///
    /// # Errors
    /// It cannot be read, or it is in another place.
    pub(crate) async fn read(&self) -> Result<Option<LiveRegistry>, Failure> {
        let mut read = read_registry(self.client, self.id).await;
        // What is gone needs no closing, so a single answer is not enough.
        if matches!(&read, Err(error) if error.kind == FailureKind::NotFound) {
            read = read_registry(self.client, self.id).await;
        }
        match read {
            Ok(live) if live.provisioning_state.eq_ignore_ascii_case("Deleting") => Ok(None),
            Ok(live) => Ok(Some(live)),
            Err(error) if error.kind == FailureKind::NotFound => match self.elsewhere().await? {
                Some(place) => Err(in_another_place(&place)),
                None => Ok(None),
            },
            Err(error) => Err(error),
        }
    }

    /// Returns the id of the registry in another place than the one that was named: it was moved, or the name is mistaken. A
    /// registry is not gone because of that.
    ///
    /// # Errors
    /// The search fails, so that is not known.
    async fn elsewhere(&self) -> Result<Option<RegistryId>, Failure> {
        match find_registry(self.client, self.id.name(), None).await {
            Ok(found) => Ok((found != *self.id).then_some(found)),
            Err(error) if error.kind == FailureKind::NotFound => Ok(None),
            Err(error) => Err(not_known_where(self.id, error)),
        }
    }

    /// Writes until the goal holds and rivals had time to finish. `first` is the registry if it was read just now. `altered` has
    /// what the earlier writes of the lease show.
    pub(crate) async fn reach(
        &self,
        goal: &mut Goal,
        mut first: Option<LiveRegistry>,
        altered: &mut Altered,
        cancel: &CancellationToken,
    ) -> Result<Reached, NotReached> {
        let mut way = Way::begin(self, altered);
        loop {
            let newest = match first.take() {
                None => self.read().await.map_err(|error| way.blocked(error, None))?,
                first => first,
            };
            let Some(live) = newest else {
                return Ok(Reached::Gone);
            };
            let now = Timestamp::now();
            if let Some(lasts) = self.lasts {
                goal.begin(&live, lasts, now);
            }
            let next = goal.next(&live, now);
            if is_held_up(&next, &live) {
                if cancel.is_cancelled() {
                    return Ok(Reached::Cancelled);
                }
                if way.waits_for_others(&live, cancel).await {
                    continue;
                }
            }
            let next = match next {
                Ok(next) => next,
                Err(refusal) => return Err(way.refused(refusal, live)),
            };
            let Some(write) = next else {
                // A rival that read before our write may still write.
                if let Some(at) = way.written.filter(|at: &Instant| at.elapsed() < self.settle) {
                    sleep_until(at + self.settle).await;
                    continue;
                }
                return Ok(way.end(live));
            };
            if cancel.is_cancelled() {
                return Ok(Reached::Cancelled);
            }
            if way.rounds == MOST_ROUNDS {
                return Err(way.blocked(taken_back(self.id), Some(live)));
            }
            match self.write(&live, &write, &mut way).await {
                Ok(true) => {}
                Ok(false) => return Ok(Reached::Gone),
                Err(error) => return self.look_after(error, &way).await,
            }
        }
    }

    /// Looks at the registry after a write that failed: what it left is told, not guessed.
    async fn look_after(&self, error: Failure, way: &Way<'_>) -> Result<Reached, NotReached> {
        match self.read().await {
            Ok(None) => Ok(Reached::Gone),
            Ok(live) => Err(way.blocked(error, live)),
            Err(_) => Err(way.blocked(error, None)),
        }
    }

    /// Sends one write, and waits until the next look at the registry. Returns false if the registry is being deleted.
    async fn write(
        &self,
        live: &LiveRegistry,
        write: &LeaseWrite,
        way: &mut Way<'_>,
    ) -> Result<bool, Failure> {
        let body = write.body(live, way.lists);
        let patch = self.client.patch_registry(self.id, &live.api_version, &body);
        let sent = patch.await;
        // A write whose answer was lost may be in place.
        if sent.as_ref().map_or_else(|error| error.accepted, |_| true) {
            way.written = Some(Instant::now());
        }
        let error = match sent {
            Ok(answer) => {
                way.altered.look(write, live, way.lists, &answer)?;
                way.rounds += 1;
                self.pause(way.rounds).await;
                return Ok(true);
            }
            Err(error) => error,
        };
        match after(&error, way.lists) {
            AfterError::Gone => return Ok(false),
            AfterError::Again(next) => {
                way.lists = next;
                way.rounds += 1;
            }
            AfterError::Wait if way.waits.before_retry(&error).await => {}
            AfterError::Wait => return Err(error.into()),
            AfterError::Look => {
                way.failed += 1;
                if way.failed == MOST_FAILED {
                    return Err(error.into());
                }
                way.rounds += 1;
                self.pause(way.rounds).await;
            }
        }
        Ok(true)
    }

    /// Waits before the first look at a write. Rivals that meet again wait different times.
    async fn pause(&self, rounds: u32) {
        let spread = self.settle / 4 * rounds;
        sleep(random_part(spread.min(self.settle))).await;
    }
}

/// What is known on the way to a goal.
struct Way<'a> {
    id: &'a RegistryId,
    flags: &'a str,
    /// Waits after errors.
    waits: Waits,
    /// Waits for the end of other writes.
    others: Waits,
    lists: Lists,
    /// The time of the last write that was accepted, or may have been.
    written: Option<Instant>,
    rounds: u32,
    /// Number of writes that Azure took and that failed then.
    failed: u32,
    altered: &'a mut Altered,
}

impl<'a> Way<'a> {
    fn begin(writer: &LeaseWriter<'a>, altered: &'a mut Altered) -> Self {
        let (id, client) = (writer.id, writer.client);
        Self {
            id,
            flags: writer.flags,
            waits: client.waits(id.as_str()),
            others: client.waits(id.as_str()),
            lists: Lists::Both,
            written: None,
            rounds: 0,
            failed: 0,
            altered,
        }
    }

    /// Waits before the next look at a registry that somebody else writes. Returns false if it takes too long.
    async fn waits_for_others(&mut self, live: &LiveRegistry, cancel: &CancellationToken) -> bool {
        let state = Some(live.provisioning_state.clone());
        let waited = cancel.run_until_cancelled(self.others.before_poll(state, None));
        waited.await.unwrap_or(true)
    }

    /// Ends on this state, on which the goal holds.
    fn end(self, live: LiveRegistry) -> Reached {
        Reached::Holds {
            written: self.written,
            altered: self.altered.left(self.id, Some(&live), self.flags),
            live: Box::new(live),
        }
    }

    /// Ends on a failure, and on what the last look showed.
    fn blocked(&self, error: Failure, live: Option<LiveRegistry>) -> NotReached {
        NotReached {
            cause: NotReachedCause::Failed(error),
            written: self.written.is_some(),
            altered: self.altered.left(self.id, live.as_ref(), self.flags),
            live: live.map(Box::new),
        }
    }

    /// Ends on a write that is refused on this state.
    fn refused(&self, refusal: LeaseRefusal, live: LiveRegistry) -> NotReached {
        NotReached {
            cause: NotReachedCause::Refused(refusal),
            written: self.written.is_some(),
            altered: self.altered.left(self.id, Some(&live), self.flags),
            live: Some(Box::new(live)),
        }
    }
}

/// The step after a PATCH that was refused.
enum AfterError {
    Gone,
    /// Read and write again, with these lists.
    Again(Lists),
    /// Only time can help.
    Wait,
    /// The next look tells what the write has left, and another one may succeed.
    Look,
}

/// Returns true if the next write waits for the end of another one: Azure takes none before.
fn is_held_up(next: &Result<Option<LeaseWrite>, LeaseRefusal>, live: &LiveRegistry) -> bool {
    let is_needed = match next {
        Ok(write) => write.is_some(),
        Err(refusal) => refusal.is_busy(),
    };
    is_needed && live.is_being_written()
}

fn after(error: &ArmError, lists: Lists) -> AfterError {
    if error.code() == "ResourceGroupBeingDeleted" {
        return AfterError::Gone;
    }
    // An operation that failed because the registry was busy is sent again after a wait.
    let has_failed = matches!(error, ArmError::OperationFailed { .. } | ArmError::Decode { .. });
    if has_failed && !Waits::can_help(error) {
        return AfterError::Look;
    }
    match error.status() {
        // The next read tells if the registry is gone.
        Some(404) => AfterError::Again(lists),
        // A list that does not change can be left out, and with it what Azure refuses in it.
        Some(400 | 403) if lists == Lists::Both => AfterError::Again(Lists::ChangedOnly),
        _ => AfterError::Wait,
    }
}

/// Returns the failure of the search for a registry that is not in its place.
fn not_known_where(id: &RegistryId, error: Failure) -> Failure {
    let message = format!(
        "there is no registry `{}` in resource group `{}` of subscription `{}`, and whether it is in another place is not \
         known: {}",
        id.name(),
        id.resource_group(),
        id.subscription(),
        error.message
    );
    Failure { message, ..error }
}

fn in_another_place(place: &RegistryId) -> Failure {
    let message = format!(
        "registry `{}` is in resource group `{}` of subscription `{}`",
        place.name(),
        place.resource_group(),
        place.subscription()
    );
    let help = format!("name it by its id: {}", shell_word(place.as_str()));
    Failure::new(ErrorCode::RegistryNotFound, message).with_help(help)
}

fn taken_back(id: &RegistryId) -> Failure {
    let message = format!(
        "{} was written {MOST_ROUNDS} times, and each time the next read showed it without the change",
        id.name()
    );
    Failure::new(ErrorCode::NotVerified, message).with_help(format!(
        "see who writes it: az monitor activity-log list --resource-id {}; then run the same command again",
        shell_word(id.as_str())
    ))
}
