//! Turns on the service endpoint `Microsoft.ContainerRegistry` of subnets.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures::future::join_all;
use tokio::time::Instant;

use super::context::RegistryRun;
use super::locks::VnetState;
use super::registry_report::{EARLIER_STEP, INTERRUPTED, Outcome};
use crate::azure::{lists_endpoint, subnet_with_endpoint};
use crate::live::{LiveSubnet, PresentSubnet, read_subnet};
use crate::model::{ErrorCode, Failure, SubnetId, shell_word};

/// How often a subnet is written on a new read before giving up, when others keep changing it.
const TRIES: usize = 3;

/// The longest wait for an operation that someone else began. A subnet takes about 4 to 10 s (recorded: azure-cli
/// test_acr_network_rule).
const LONGEST_WAIT: Duration = Duration::from_secs(180);

/// The end of a PUT that did not fail.
enum PutEnd {
    Done,
    /// The subnet was changed after it was read (412).
    ChangedMeanwhile(Failure),
}

/// Turns on the endpoints of these subnets, those of different networks at the same time. Returns their outcomes in the
/// same order.
///
/// After a failure no other endpoint is begun: the registry is not written then, and clients of a subnet without a rule
/// may lose the access that an IP rule gives them.
pub(crate) async fn turn_on_all(registry: &RegistryRun<'_>, subnets: &[&SubnetId]) -> Vec<Outcome> {
    let mut networks: BTreeMap<&str, Vec<&SubnetId>> = BTreeMap::new();
    for subnet in subnets {
        networks.entry(subnet.vnet_key()).or_default().push(subnet);
    }
    let failed = AtomicBool::new(false);
    let work = networks
        .values()
        .map(|subnets| turn_on_in_turn(registry, subnets, &failed));
    let outcomes: BTreeMap<&SubnetId, Outcome> = join_all(work).await.into_iter().flatten().collect();
    subnets.iter().map(|subnet| outcomes[subnet].clone()).collect()
}

/// Turns on the endpoints of one network, each after the one before. Stops once an endpoint of any network has `failed`.
async fn turn_on_in_turn<'a>(
    registry: &RegistryRun<'_>,
    subnets: &[&'a SubnetId],
    failed: &AtomicBool,
) -> Vec<(&'a SubnetId, Outcome)> {
    let run = registry.run;
    let mut outcomes = Vec::new();
    for subnet in subnets.iter().copied() {
        let outcome = if failed.load(Ordering::Relaxed) {
            Outcome::skipped(EARLIER_STEP)
        } else if run.options.cancel.is_cancelled() {
            Outcome::skipped(INTERRUPTED)
        } else {
            let known = registry.reading.and_then(|reading| reading.subnets.get(subnet));
            registry.unless_abandoned(turn_on(registry, subnet, known)).await
        };
        failed.fetch_or(!outcome.is_as_wanted(), Ordering::Relaxed);
        outcomes.push((subnet, outcome));
    }
    outcomes
}

/// Turns the endpoint on: GET, the same JSON plus the endpoint, PUT with `If-Match`. A virtual network takes one write
/// at a time. After 412 the subnet is read again.
///
/// `known` is the subnet as it was read for the plan.
async fn turn_on(registry: &RegistryRun<'_>, subnet: &SubnetId, known: Option<&LiveSubnet>) -> Outcome {
    let vnet = registry.run.locks.vnet(subnet);
    let mut vnet = vnet.lock().await;
    if vnet.enabled.contains(subnet) {
        return Outcome::Unchanged;
    }
    // An etag that was read before another subnet was written is old.
    let known = if vnet.written { None } else { known };
    match put_until_kept(registry, subnet, known, &mut vnet).await {
        Ok(outcome) => outcome,
        Err(error) => Outcome::Failed { error },
    }
}

/// Writes the subnet on what it is now, again when someone else was faster.
async fn put_until_kept(
    registry: &RegistryRun<'_>,
    subnet: &SubnetId,
    mut known: Option<&LiveSubnet>,
    vnet: &mut VnetState,
) -> Result<Outcome, Failure> {
    let mut last = None;
    for _ in 0..TRIES {
        let mut live = match known.take() {
            Some(LiveSubnet::Present(live)) => live.clone(),
            // Nothing was read for the plan, or an attempt has used it up.
            _ => present(read_subnet(registry.run.client, subnet).await)?,
        };
        if live.endpoint_pending {
            live = wait_for_pending(registry, subnet).await?;
        }
        if live.has_endpoint {
            vnet.enabled.insert(subnet.clone());
            if last.is_none() {
                return Ok(Outcome::Unchanged);
            }
            // The write that was refused may have been a repetition of our own, which a proxy or a retry has sent.
            registry.mark_written();
            vnet.written = true;
            return Ok(Outcome::Done);
        }
        registry.say(&format!("turning on the service endpoint of {}", subnet.short()));
        match put(registry, subnet, &live).await? {
            PutEnd::Done => {
                vnet.written = true;
                vnet.enabled.insert(subnet.clone());
                return Ok(Outcome::Done);
            }
            PutEnd::ChangedMeanwhile(failure) => last = Some(failure),
        }
    }
    Err(last.expect("the loop ends only after a failed precondition"))
}

/// Waits until Azure has finished an endpoint that an earlier run, or someone else, began to turn on.
async fn wait_for_pending(
    registry: &RegistryRun<'_>,
    subnet: &SubnetId,
) -> Result<PresentSubnet, Failure> {
    let client = registry.run.client;
    registry.say(&format!("waiting for the service endpoint of {}", subnet.short()));
    let mut waits = client.waits_until(subnet.as_str(), Instant::now() + LONGEST_WAIT);
    while waits.before_poll(Some("Updating".to_owned()), None).await {
        let live = present(read_subnet(client, subnet).await)?;
        if !live.endpoint_pending {
            return Ok(live);
        }
    }
    Err(not_verified(
        subnet,
        "its service endpoint is still `Updating` after three minutes",
    ))
}

/// Sends one PUT and reads its answer.
async fn put(
    registry: &RegistryRun<'_>,
    subnet: &SubnetId,
    live: &PresentSubnet,
) -> Result<PutEnd, Failure> {
    let run = registry.run;
    let Some(etag) = live.etag.as_deref() else {
        return Err(not_verified(
            subnet,
            "Azure's answer has no etag, so a write could overwrite a change that somebody else makes",
        ));
    };
    let body = subnet_with_endpoint(&live.body);
    let result = run
        .client
        .put_subnet(subnet, &live.api_version, &body, Some(etag))
        .await;
    registry.mark_result(&result);
    match result {
        // An answer without a body says nothing against the write.
        Ok(shown) if shown.as_ref().is_none_or(lists_endpoint) => Ok(PutEnd::Done),
        Ok(_) => Err(not_verified(
            subnet,
            "the write was accepted, but its answer does not show the service endpoint",
        )),
        Err(error) if error.is_precondition_failed() => Ok(PutEnd::ChangedMeanwhile(error.into())),
        Err(error) => {
            // An error proves nothing: the subnet itself tells if the write has begun.
            let now = read_subnet(run.client, subnet).await;
            let is_on =
                matches!(now, LiveSubnet::Present(now) if now.has_endpoint || now.endpoint_pending);
            Err(registry.write_failure(error, is_on))
        }
    }
}

/// Returns the failure of an endpoint that was written, unless the subnet shows it as on.
pub(crate) fn not_kept(subnet: &SubnetId, now: &LiveSubnet) -> Option<Failure> {
    match now {
        LiveSubnet::Present(now) if now.has_endpoint => None,
        LiveSubnet::Present(_) => Some(not_verified(
            subnet,
            "the write was accepted, but a read after it does not show the service endpoint as on",
        )),
        LiveSubnet::Unreadable(failure) => Some(Failure {
            message: format!(
                "the service endpoint was written, but could not be read back: {}",
                failure.message
            ),
            ..failure.clone()
        }),
    }
}

fn not_verified(subnet: &SubnetId, why: &str) -> Failure {
    Failure::new(ErrorCode::NotVerified, format!("subnet `{subnet}`: {why}")).with_help(format!(
        "check the subnet: az network vnet subnet show --ids {}; then run apply again",
        shell_word(subnet.as_str())
    ))
}

fn present(live: LiveSubnet) -> Result<PresentSubnet, Failure> {
    match live {
        LiveSubnet::Present(live) => Ok(live),
        LiveSubnet::Unreadable(failure) => Err(failure),
    }
}
