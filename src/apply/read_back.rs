//! Reads back what was written beside the registry itself: the service endpoints of subnets. Provider registrations are
//! read back where they are made, because they take a while.

use std::collections::{BTreeMap, BTreeSet};

use super::context::RegistryRun;
use super::outcome::Outcome;
use super::registry_report::RegistryReport;
use super::service_endpoint::not_kept;
use crate::live::{Cache, LiveSubnet, read_subnets};
use crate::model::{ErrorCode, Failure, Setting, SubnetId};
use crate::plan::StepAction;

/// Reads every subnet that this run may have written and that nothing has proven yet. An endpoint that is not on makes
/// its step a failure, and one that cannot be read is not known.
pub(crate) async fn verify_endpoints(registry: &RegistryRun<'_>, report: &mut RegistryReport) {
    let unproven = unproven(registry, report).await;
    if unproven.is_empty() {
        return;
    }
    registry.say("reading the subnets back");
    let now = registry
        .run
        .until_abandoned(read_until_on(registry, &unproven))
        .await;
    for step in &mut report.steps {
        let Some(subnet) = step.step.subnet().filter(|subnet| unproven.contains(subnet)) else {
            continue;
        };
        match &now {
            Some(now) => {
                if let Some(outcome) = not_kept(subnet, &now[subnet]) {
                    step.outcome = outcome;
                }
            }
            None => {
                step.outcome = Outcome::Unknown {
                    error: not_read_back(),
                };
            }
        }
    }
}

/// Returns the error of an endpoint that an interruption gave no time to read back.
fn not_read_back() -> Failure {
    Failure::new(
        ErrorCode::Interrupted,
        "Azure answered that the service endpoint is on; it was not read back after an interruption",
    )
    .with_help("run the same command again: it starts from the current state")
}

/// Reads the subnets. While one does not show its endpoint, they are read again, a few times: a read may lag behind the
/// write.
async fn read_until_on(
    registry: &RegistryRun<'_>,
    subnets: &[SubnetId],
) -> BTreeMap<SubnetId, LiveSubnet> {
    let client = registry.run.client;
    let mut waits = client.waits(registry.plan.id.as_str());
    loop {
        let now = read_subnets(client, &Cache::default(), subnets.to_vec()).await;
        if !now.values().any(lacks_endpoint) {
            return now;
        }
        registry.say("a subnet does not show its endpoint yet: looking again");
        if registry.run.until_cancelled(waits.before_look()).await != Some(true) {
            return now;
        }
    }
}

fn lacks_endpoint(subnet: &LiveSubnet) -> bool {
    matches!(subnet, LiveSubnet::Present(now) if !now.has_endpoint)
}

/// Returns the subnets whose step counts as done and whose endpoint only the answer to a write has shown.
async fn unproven(registry: &RegistryRun<'_>, report: &RegistryReport) -> Vec<SubnetId> {
    // The service takes a rule only for a subnet whose endpoint is on (`NetworkRuleValidationError`). A new rule that was
    // read back proves it.
    let mut proven = BTreeSet::new();
    for step in &report.steps {
        if matches!(step.step, StepAction::PatchRegistry { .. }) && step.outcome == Outcome::Done {
            let added = registry.plan.changes.added(Setting::VirtualNetworkRules);
            proven.extend(added.iter().filter_map(|listed| listed.rule.subnet()));
        }
    }
    let mut unproven = Vec::new();
    for step in &report.steps {
        let Some(subnet) = step.step.subnet() else {
            continue;
        };
        if !step.outcome.is_as_wanted() || proven.contains(subnet) {
            continue;
        }
        // An endpoint that was found on may be the write of another registry of this run.
        if registry.run.locks.vnet(subnet).lock().await.written {
            unproven.push(subnet.clone());
        }
    }
    unproven
}
