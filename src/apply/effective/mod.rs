//! Waits until a write is effective: until a registry itself answers this machine as its new state says.
//!
//! ARM shows a change before the registry's firewall follows it, "a few minutes" later (container-registry-access-selected-networks).
//! Only the registry's own answer proves it (wire: `GET https://{loginServer}/v2/`).

pub(crate) mod wait;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout_at};

use crate::azure::{ArmClient, Deadline, Waits};
use crate::live::Probe;
use crate::model::{Cidr, RegistryId};
use crate::plan::{Expected, Seen};
use crate::probe::Prober;

/// Answers in a row that prove a change. A login server has several front ends, and each probe is a new connection.
const IN_A_ROW: u32 = 3;

/// The time in which every change is in effect: "a few minutes" (container-registry-access-selected-networks), with room.
const IN_EFFECT_WITHIN: Duration = Duration::from_secs(10 * 60);

/// The wish to wait until writes are effective.
#[derive(Clone, Copy, Debug)]
pub struct WaitEffective<'a> {
    pub prober: &'a Prober,
    /// Longest time to wait.
    pub limit: Duration,
    /// The address at which the registries see this machine, if it was given.
    pub own_address: Option<Cidr>,
}

/// The registry's answers to this machine after a write.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(tag = "state", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum Effective {
    /// Several answers in a row were as the new state says.
    Effective {
        expected: Expected,
        /// Time from the write to the first of these answers, at most: a registry is asked once all are written. Where nothing
        /// had to be written, from the begin of the wait.
        seconds: f64,
    },
    /// The time to wait was over before.
    Pending {
        expected: Expected,
        /// Time from the write to the end of the wait. Where nothing had to be written, from its begin.
        seconds: f64,
        /// The last answer, in words.
        answer: String,
        /// True if an interruption ended the wait.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        interrupted: bool,
        /// The address at which the registry sees this machine, if it is known.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schemars(with = "Option<String>")]
        own_address: Option<Cidr>,
    },
    /// The answers to this machine cannot tell.
    NotObservable { reason: String },
}

impl Effective {
    /// Returns true if the wait ended before the change was effective.
    pub fn is_pending(&self) -> bool {
        matches!(self, Self::Pending { .. })
    }
}

/// One registry that is asked: its name on the network, and the answer that it should give.
#[derive(Clone, Copy, Debug)]
pub struct Watch<'a> {
    pub registry: &'a RegistryId,
    pub login_server: &'a str,
    pub expected: Expected,
    /// The time of the write, or of the begin of the wait.
    pub since: Instant,
    /// The end of the wait.
    pub end: Instant,
    /// Bounds the registries that are asked at the same time. All of them wait at the same time.
    pub turns: &'a Semaphore,
    /// The public address at which the registry sees this machine, if it is known.
    pub own_address: Option<Cidr>,
}

impl WaitEffective<'_> {
    /// Asks the registry until it answers as expected several times in a row, or until the time is over.
    pub async fn until(&self, client: &ArmClient, watch: &Watch<'_>) -> Effective {
        self.until_telling(client, watch, &LastAnswer::default()).await
    }

    /// Does the same, and tells each answer while it waits.
    pub(crate) async fn until_telling(
        &self,
        client: &ArmClient,
        watch: &Watch<'_>,
        last: &LastAnswer,
    ) -> Effective {
        let expected = watch.expected;
        let mut waits = waits(client, watch);
        let (mut first, mut in_a_row) = (None, 0);
        // A probe that hangs must not outlive the time to wait.
        while let Ok(probe) = timeout_at(watch.end, self.ask(watch)).await {
            if is(expected, &probe) {
                first.get_or_insert_with(Instant::now);
                in_a_row += 1;
                // The answers that prove it come soon after each other.
                waits = self::waits(client, watch);
            } else {
                (first, in_a_row) = (None, 0);
            }
            if let (Some(first), IN_A_ROW) = (first, in_a_row) {
                let seconds = seconds(first.duration_since(watch.since));
                return Effective::Effective { expected, seconds };
            }
            let answer = match in_a_row {
                0 => in_words(&probe),
                right => format!("{}, {right} of {IN_A_ROW} times in a row", in_words(&probe)),
            };
            last.0.replace(answer.clone());
            // The waits begin short: many changes are effective at once.
            if !waits.before_poll(Some(answer), Some(Duration::ZERO)).await {
                break;
            }
        }
        last.pending(watch, false)
    }

    /// Asks the registry when it is its turn.
    async fn ask(&self, watch: &Watch<'_>) -> Probe {
        let _turn = watch.turns.acquire().await;
        self.prober.ask(watch.login_server).await
    }
}

/// The last answer of a registry, in words.
pub(crate) struct LastAnswer(RefCell<String>);

impl Default for LastAnswer {
    fn default() -> Self {
        Self(RefCell::new("no answer".to_owned()))
    }
}

impl LastAnswer {
    /// Returns the end of a wait that proved nothing.
    pub(crate) fn pending(&self, watch: &Watch<'_>, interrupted: bool) -> Effective {
        Effective::Pending {
            expected: watch.expected,
            seconds: seconds(watch.since.elapsed()),
            answer: self.0.borrow().clone(),
            interrupted,
            own_address: watch.own_address,
        }
    }
}

/// Returns waits that begin short and end with the wait for the registry.
fn waits(client: &ArmClient, watch: &Watch<'_>) -> Waits {
    let left = watch.end.saturating_duration_since(Instant::now());
    client.waits_until(watch.registry.as_str(), Deadline::after(left))
}

/// The answers of registries to this machine before the run writes them, each with the registry's name on the network.
#[derive(Default)]
pub(crate) struct AnswersBefore(Mutex<BTreeMap<RegistryId, (String, Seen)>>);

impl AnswersBefore {
    /// Keeps the answer of one registry.
    pub(crate) fn keep(&self, registry: &RegistryId, login_server: String, seen: Seen) {
        let mut answers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        answers.insert(registry.clone(), (login_server, seen));
    }

    /// Returns all answers, and forgets them.
    pub(crate) fn take(&self) -> BTreeMap<RegistryId, (String, Seen)> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn is(expected: Expected, probe: &Probe) -> bool {
    match expected {
        Expected::Admitted => *probe == Probe::Admitted,
        Expected::Refused => matches!(probe, Probe::Denied(_)),
    }
}

fn in_words(probe: &Probe) -> String {
    match probe {
        Probe::Admitted => "admitted".to_owned(),
        Probe::Denied(address) => format!("refused at {address}"),
        Probe::Unknown(reason) => reason.clone(),
    }
}

/// Returns seconds to a tenth.
pub(crate) fn seconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 10.0).round() / 10.0
}
