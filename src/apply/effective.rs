//! Waits until a write is effective: until a registry itself answers this machine as its new state says.
//!
//! ARM shows a change before the registry's firewall follows it, "a few minutes" later (container-registry-access-selected-networks).
//! Only the registry's own answer proves it (wire: `GET https://{loginServer}/v2/`).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures::StreamExt;
use schemars::JsonSchema;
use serde::Serialize;
use tokio::time::{Instant, timeout_at};

use super::context::{RegistryRun, Run};
use super::registry_report::{INTERRUPTED, RegistryReport};
use crate::azure::ArmClient;
use crate::live::{LiveRegistry, Probe, Prober, ProgressEvent};
use crate::model::{Cidr, RegistryId};
use crate::plan::Expected;

/// Answers in a row that prove a change. A login server has several front ends, and each probe is a new connection.
const IN_A_ROW: u32 = 3;

/// The wish to wait until writes are effective.
#[derive(Clone, Copy, Debug)]
pub struct WaitEffective<'a> {
    pub prober: &'a Prober,
    /// Longest time to wait.
    pub limit: Duration,
}

/// The registry's answers to this machine after a write.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum Effective {
    /// Several answers in a row were as the new state says.
    Effective {
        expected: Expected,
        /// Time from the write to the first of these answers.
        seconds: f64,
    },
    /// The time to wait was over before.
    Pending {
        expected: Expected,
        /// Time from the write to the end of the wait.
        seconds: f64,
        /// The last answer, in words.
        answer: String,
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
    /// The time of the write.
    pub since: Instant,
}

impl WaitEffective<'_> {
    /// Asks the registry until it answers as expected several times in a row, or until the time is over.
    pub async fn until(&self, client: &ArmClient, watch: &Watch<'_>) -> Effective {
        let expected = watch.expected;
        let end = Instant::now() + self.limit;
        let mut waits = client.waits_until(watch.registry.as_str(), end);
        let (mut first, mut in_a_row) = (None, 0);
        let mut answer = String::from("no answer");
        // A probe that hangs must not outlive the time to wait.
        while let Ok(probe) = timeout_at(end, self.prober.probe(watch.login_server)).await {
            if is(expected, &probe) {
                first.get_or_insert_with(Instant::now);
                in_a_row += 1;
            } else {
                (first, in_a_row) = (None, 0);
            }
            if let (Some(first), IN_A_ROW) = (first, in_a_row) {
                let seconds = seconds(first.duration_since(watch.since));
                return Effective::Effective { expected, seconds };
            }
            answer = in_words(&probe);
            // The waits begin short: many changes are effective at once.
            if !waits
                .before_poll(Some(answer.clone()), Some(Duration::ZERO))
                .await
            {
                break;
            }
        }
        Effective::Pending {
            expected,
            seconds: seconds(watch.since.elapsed()),
            answer,
        }
    }
}

/// The answers of registries to this machine before the run writes them.
#[derive(Default)]
pub(crate) struct AnswersBefore(Mutex<BTreeMap<RegistryId, (String, Probe)>>);

impl AnswersBefore {
    /// Asks a registry before it is written, if its write changes who gets in and the run waits for it.
    pub(crate) async fn ask(&self, registry: &RegistryRun<'_>, live: &LiveRegistry) {
        let Some(wait) = registry.run.options.effective else {
            return;
        };
        if !registry.plan.changes_access() {
            return;
        }
        registry.say("asking whether this machine gets in");
        let server = live.login_server.clone();
        let asked = registry.run.until_cancelled(wait.prober.probe(&server)).await;
        if let Some(probe) = asked {
            let mut answers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            answers.insert(registry.plan.id.clone(), (server, probe));
        }
    }

    fn take(&self) -> BTreeMap<RegistryId, (String, Probe)> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Waits for every registry that was written and read back, and adds the answers to the reports.
pub(crate) async fn wait_all(run: &Run<'_>, reports: &mut [RegistryReport]) {
    let answers = run.answers_before.take();
    let named = named_addresses(&answers);
    let mut waiting = Vec::new();
    for report in reports {
        if report.verified()
            && let Some((server, seen)) = answers.get(&report.id)
            && let Some(since) = run.written_at(&report.id)
        {
            waiting.push(add_answer(run, report, server, seen, &named, since));
        }
    }
    if waiting.is_empty() {
        return;
    }
    (run.options.say)(ProgressEvent::Begun {
        task: "waiting until the change is effective",
        registries: waiting.len(),
    });
    // Time passes for all of them, also for those whose turn is later.
    let work = futures::stream::iter(waiting).buffer_unordered(run.options.parallel.max(1));
    work.collect::<()>().await;
}

/// Waits for one registry.
async fn add_answer(
    run: &Run<'_>,
    report: &mut RegistryReport,
    server: &str,
    seen: &Probe,
    named: &BTreeSet<Cidr>,
    since: Instant,
) {
    let Some(wait) = run.options.effective else {
        return;
    };
    let plan = run.plan.registries.iter().find(|plan| plan.id == report.id);
    let expected = match plan.map(|plan| plan.expected_answer(seen, named)) {
        Some(Ok(expected)) => expected,
        Some(Err(reason)) => {
            report.effective = Some(Effective::NotObservable {
                reason: reason.to_string(),
            });
            return;
        }
        None => return,
    };
    let watch = Watch {
        registry: &report.id,
        login_server: server,
        expected,
        since,
    };
    let waited = run.until_cancelled(wait.until(run.client, &watch)).await;
    report.effective = Some(waited.unwrap_or_else(|| Effective::Pending {
        expected,
        seconds: seconds(since.elapsed()),
        answer: INTERRUPTED.to_owned(),
    }));
    (run.options.say)(ProgressEvent::Ended { registry: &report.id });
}

/// Returns the addresses that registries named for this machine when they refused it.
fn named_addresses(answers: &BTreeMap<RegistryId, (String, Probe)>) -> BTreeSet<Cidr> {
    let mut named = BTreeSet::new();
    for (_, probe) in answers.values() {
        if let Probe::Denied(address) = probe {
            named.insert(*address);
        }
    }
    named
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
fn seconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 10.0).round() / 10.0
}
