//! The part of a run that asks the registries themselves: before the writes, and after them until they are effective.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use tokio::sync::Semaphore;
use tokio::time::Instant;

use super::{Effective, IN_EFFECT_WITHIN, LastAnswer, Watch};
use crate::apply::context::{RegistryRun, Run};
use crate::apply::registry_report::RegistryReport;
use crate::live::{LiveRegistry, Probe, ProgressEvent};
use crate::model::{Cidr, RegistryId};
use crate::plan::{MachineAddress, Seen, Unobservable};

/// Asks a registry before it is written, if the run waits for it. A write that does not change who gets in is not waited
/// for. Where nothing has to be written, an earlier write may still be on its way. Returns true if the registry was asked,
/// which takes time.
pub(crate) async fn ask(registry: &RegistryRun<'_>, live: &LiveRegistry) -> bool {
    let RegistryRun { run, plan, .. } = registry;
    let Some(wait) = run.options.effective else {
        return false;
    };
    if plan.writes() && !plan.changes_access() {
        return false;
    }
    registry.say("asking whether this machine gets in");
    let server = live.login_server.clone();
    if let Some(probe) = run.until_cancelled(wait.prober.probe(&server)).await {
        let may_lag = live.changed_within(IN_EFFECT_WITHIN, Timestamp::now());
        run.answers_before.keep(&plan.id, server, Seen { probe, may_lag });
    }
    true
}

/// Waits for every registry that is as wanted, and adds the answers to the reports.
pub(crate) async fn wait_all(run: &Run<'_>, reports: &mut [RegistryReport]) {
    let begin = Instant::now();
    let answers = run.answers_before.take();
    let own = MachineAddress {
        given: run.options.effective.and_then(|wait| wait.own_address),
        named: named_addresses(&answers),
    };
    let turns = Semaphore::new(run.options.parallel.max(1));
    let clock = Clock { begin, turns: &turns };
    let mut waiting = Vec::new();
    for report in reports {
        if !report.is_as_wanted() {
            continue;
        }
        if let Some((server, seen)) = answers.get(&report.id) {
            waiting.push(add_answer(run, report, server, seen, &own, clock));
        } else if run.options.effective.is_some() && run.wrote_itself(&report.id) {
            report.effective = Some(Effective::NotObservable {
                reason: Unobservable::NoAccessChange.to_string(),
            });
        }
    }
    if waiting.is_empty() {
        return;
    }
    (run.options.say)(ProgressEvent::Begun {
        task: "waiting until the change is effective",
        registries: waiting.len(),
    });
    // The time of all of them runs from the same begin.
    futures::future::join_all(waiting).await;
}

/// What the waits of all registries share.
#[derive(Clone, Copy)]
struct Clock<'a> {
    begin: Instant,
    turns: &'a Semaphore,
}

/// Waits for one registry.
async fn add_answer(
    run: &Run<'_>,
    report: &mut RegistryReport,
    server: &str,
    seen: &Seen,
    own: &MachineAddress,
    clock: Clock<'_>,
) {
    let Some(wait) = run.options.effective else {
        return;
    };
    let plan = run.plan.registries.iter().find(|plan| plan.id == report.id);
    let expected = match plan.map(|plan| plan.expected_answer(seen, own)) {
        Some(Ok(expected)) => expected,
        Some(Err(reason)) => {
            report.effective = Some(Effective::NotObservable {
                reason: reason.to_string(),
            });
            return;
        }
        None => return,
    };
    let since = run.written_at(&report.id).unwrap_or(clock.begin);
    let watch = Watch {
        registry: &report.id,
        login_server: server,
        expected,
        since,
        end: clock.begin + wait.limit,
        turns: clock.turns,
    };
    let last = LastAnswer::default();
    let waited = run
        .until_cancelled(wait.until_telling(run.client, &watch, &last))
        .await;
    let mut effective = waited.unwrap_or_else(|| last.pending(&watch, true));
    if let Effective::Pending { own_address, .. } = &mut effective {
        *own_address = plan.and_then(|plan| plan.own_address(seen, own));
    }
    report.effective = Some(effective);
    (run.options.say)(ProgressEvent::Ended { registry: &report.id });
}

/// Returns the addresses that registries named for this machine when they refused it.
fn named_addresses(answers: &BTreeMap<RegistryId, (String, Seen)>) -> BTreeSet<Cidr> {
    let mut named = BTreeSet::new();
    for (_, seen) in answers.values() {
        if let Probe::Denied(address) = &seen.probe {
            named.insert(*address);
        }
    }
    named
}
