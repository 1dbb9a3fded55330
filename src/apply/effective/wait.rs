//! The part of a run that asks the registries themselves: before the writes, and after them until they are effective.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use tokio::sync::Semaphore;
use tokio::time::Instant;

use super::{Effective, IN_EFFECT_WITHIN, LastAnswer, WaitEffective, Watch};
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
    let Some(wait) = run.options.effective else {
        return;
    };
    let begin = Instant::now();
    let answers = run.answers_before.take();
    let own = MachineAddress {
        given: wait.own_address,
        named: named_addresses(&answers),
    };
    let plans: BTreeMap<_, _> = run.plan.registries.iter().map(|plan| (&plan.id, plan)).collect();
    let turns = Semaphore::new(run.options.parallel.max(1));
    let mut waiting = Vec::new();
    for report in reports {
        if !report.is_as_wanted() {
            continue;
        }
        let (Some((server, seen)), Some(plan)) = (answers.get(&report.id), plans.get(&report.id)) else {
            if run.wrote_itself(&report.id) {
                report.effective = Some(not_observable(&Unobservable::NoAccessChange));
            }
            continue;
        };
        let expected = match plan.expected_answer(seen, &own) {
            Ok(expected) => expected,
            Err(reason) => {
                report.effective = Some(not_observable(&reason));
                continue;
            }
        };
        let watch = Watch {
            registry: &plan.id,
            login_server: server,
            expected,
            since: run.written_at(&plan.id).unwrap_or(begin),
            end: begin + wait.limit,
            turns: &turns,
            own_address: plan.own_address(seen, &own),
        };
        waiting.push(add_answer(run, wait, report, watch));
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

fn not_observable(reason: &Unobservable) -> Effective {
    Effective::NotObservable {
        reason: reason.to_string(),
    }
}

/// Waits for one registry.
async fn add_answer(
    run: &Run<'_>,
    wait: WaitEffective<'_>,
    report: &mut RegistryReport,
    watch: Watch<'_>,
) {
    let last = LastAnswer::default();
    let waited = run
        .until_cancelled(wait.until_telling(run.client, &watch, &last))
        .await;
    report.effective = Some(waited.unwrap_or_else(|| last.pending(&watch, true)));
    (run.options.say)(ProgressEvent::Ended {
        registry: watch.registry,
    });
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
