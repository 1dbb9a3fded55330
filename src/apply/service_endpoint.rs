//! Turns on the service endpoint `Microsoft.ContainerRegistry` of subnets.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures::future::join_all;

use super::context::{RegistryRun, WriteTarget};
use super::outcome::Outcome;
use super::registry_report::{EARLIER_STEP, INTERRUPTED};
use crate::azure::{WriteError, lists_endpoint, subnet_with_endpoint};
use crate::live::{LiveSubnet, PresentSubnet, read_subnet};
use crate::model::{ErrorCode, Failure, SubnetId, shell_word};

/// How often a subnet is written on a new read before giving up, when others keep changing it.
const TRIES: usize = 3;

/// The longest wait for an operation that someone else began. A subnet takes about 4 to 10 s (recorded: azure-cli
/// test_acr_network_rule).
const LONGEST_WAIT: Duration = Duration::from_secs(180);

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
            // The check of the plan reads later than the plan itself.
            let checked = run.subnets.known_subnet(subnet);
            let planned = registry.reading.and_then(|reading| reading.subnets.get(subnet));
            let known = checked.as_ref().or(planned);
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
/// `known` is the subnet as it was read last.
async fn turn_on(registry: &RegistryRun<'_>, subnet: &SubnetId, known: Option<&LiveSubnet>) -> Outcome {
    let vnet = registry.run.locks.vnet(subnet);
    let mut vnet = vnet.lock().await;
    if vnet.enabled.contains(subnet) {
        return Outcome::UNCHANGED;
    }
    // An etag that was read before another subnet was written is old.
    let known = if vnet.written { None } else { known };
    let mut switch = Switch {
        registry,
        subnet,
        maybe_ours: false,
        refused: None,
    };
    let outcome = match switch.until_kept(known).await {
        Ok(outcome) => outcome,
        // What is not read after a write of ours is not known.
        Err(error) => Outcome::of_write(error, switch.maybe_ours),
    };
    if outcome.is_as_wanted() {
        vnet.enabled.insert(subnet.clone());
    }
    vnet.written |= outcome == Outcome::Done;
    outcome
}

/// The tries to turn on one endpoint.
struct Switch<'a> {
    registry: &'a RegistryRun<'a>,
    subnet: &'a SubnetId,
    /// True if a write of ours was accepted, or may have been.
    maybe_ours: bool,
    /// The answer to the last write, if it was refused because someone else wrote the subnet or its network.
    refused: Option<Failure>,
}

impl Switch<'_> {
    /// Writes the subnet on what it is now, again when someone else was faster.
    async fn until_kept(&mut self, mut known: Option<&LiveSubnet>) -> Result<Outcome, Failure> {
        for _ in 0..TRIES {
            let mut live = match known.take() {
                Some(LiveSubnet::Present(live)) => live.clone(),
                // Nothing was read so far, or an attempt has used it up.
                _ => present(read_subnet(self.registry.run.client, self.subnet).await)?,
            };
            if live.endpoint_pending {
                live = self.wait_for_pending().await?;
            }
            if live.has_endpoint {
                return Ok(self.found_on());
            }
            let name = self.subnet.short();
            self.registry
                .say(&format!("turning on the service endpoint of {name}"));
            if let Some(outcome) = self.put(&live).await? {
                return Ok(outcome);
            }
        }
        Err(self
            .refused
            .take()
            .expect("the loop ends only after a failed precondition"))
    }

    /// Returns the outcome of an endpoint that a read shows as on. It is claimed only if a write of ours may have been
    /// processed: a refusal alone is what a run meets whose rival was faster.
    fn found_on(&self) -> Outcome {
        if self.maybe_ours {
            self.registry.mark_written(WriteTarget::Beside);
            return Outcome::Done;
        }
        let reason = self.refused.as_ref().map(|refused| {
            let code = &refused.code;
            format!("on after the answer {code}: another writer turned it on, or a repetition of this run's request")
        });
        Outcome::Unchanged { reason }
    }

    /// Waits until Azure has finished an endpoint that is being turned on.
    async fn wait_for_pending(&self) -> Result<PresentSubnet, Failure> {
        let Self { registry, subnet, .. } = self;
        let client = registry.run.client;
        registry.say(&format!("waiting for the service endpoint of {}", subnet.short()));
        let deadline = client.deadline_within(LONGEST_WAIT);
        let mut waits = client.waits_until(subnet.as_str(), deadline);
        while waits.before_poll(Some("Updating".to_owned()), None).await {
            let live = present(read_subnet(client, subnet).await)?;
            if !live.endpoint_pending {
                return Ok(live);
            }
        }
        Err(not_verified(
            subnet,
            "its service endpoint is still `Updating` when the time to wait for it is over",
        ))
    }

    /// Sends one PUT and reads its answer. Returns `None` if the subnet was changed after it was read (412).
    async fn put(&mut self, live: &PresentSubnet) -> Result<Option<Outcome>, Failure> {
        let Self { registry, subnet, .. } = *self;
        let Some(etag) = live.etag.as_deref() else {
            return Err(not_verified(
                subnet,
                "Azure's answer has no etag, so a write could overwrite a change that somebody else makes",
            ));
        };
        let body = subnet_with_endpoint(&live.body);
        let client = registry.run.client;
        let result = client
            .put_subnet(subnet, &live.api_version, &body, Some(etag))
            .await;
        registry.mark_result(&result, WriteTarget::Beside);
        match result {
            // An answer without a body says nothing against the write.
            Ok(shown) if shown.as_ref().is_none_or(lists_endpoint) => Ok(Some(Outcome::Done)),
            Ok(_) => Err(not_verified(
                subnet,
                "the write was accepted, but its answer does not show the service endpoint",
            )),
            Err(error) => self.after_error(error).await,
        }
    }

    /// Reads what came of a PUT that ended with an error. An error proves nothing: the subnet itself tells.
    async fn after_error(&mut self, error: WriteError) -> Result<Option<Outcome>, Failure> {
        let registry = self.registry;
        self.maybe_ours |= error.accepted;
        if error.is_stopped() && !self.maybe_ours {
            return Ok(Some(Outcome::skipped(INTERRUPTED)));
        }
        if error.is_precondition_failed() {
            self.refused = Some(error.into());
            return Ok(None);
        }
        let (is_open, is_busy) = (error.is_open(), error.is_busy());
        let LiveSubnet::Present(mut now) = read_subnet(registry.run.client, self.subnet).await else {
            return Err(error.into());
        };
        // It may be our write that is still in progress, or that of someone else. The time for ours may be over.
        if now.endpoint_pending && !is_open && (self.maybe_ours || is_busy) {
            now = self.wait_for_pending().await?;
        }
        if now.has_endpoint && (self.maybe_ours || is_busy) {
            self.refused = Some(error.into());
            return Ok(Some(self.found_on()));
        }
        let is_there = now.has_endpoint || now.endpoint_pending;
        let error = registry.write_failure(error, is_there, WriteTarget::Beside);
        Ok(Some(Outcome::of_write(error, is_there || is_open)))
    }
}

/// Returns the outcome of an endpoint that was written, unless the subnet shows it as on.
pub(crate) fn not_kept(subnet: &SubnetId, now: &LiveSubnet) -> Option<Outcome> {
    match now {
        LiveSubnet::Present(now) if now.has_endpoint => None,
        LiveSubnet::Present(_) => Some(Outcome::Failed {
            error: not_verified(
                subnet,
                "the write was accepted, but a read after it does not show the service endpoint as on",
            ),
        }),
        LiveSubnet::Unreadable(failure) => Some(Outcome::Unknown {
            error: Failure {
                message: format!(
                    "the service endpoint was written, but could not be read back: {}",
                    failure.message
                ),
                ..failure.clone()
            },
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
