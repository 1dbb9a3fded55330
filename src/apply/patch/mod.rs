//! Writes a registry until it is as wanted, or until another attempt cannot help.
//!
//! Azure has no etag on registries. A PATCH therefore rests on a read right before it, and every attempt reads again.
//! There are three reasons for another attempt:
//!
//! - Azure refuses the shape of the PATCH (`shape`): another shape follows.
//! - Azure is busy, or its answer is lost: the PATCH follows after a wait, unless the registry shows it to be done.
//! - Others write the same lists and have dropped rules (`attempt`): the merged lists follow, a limited number of times.

mod attempt;
pub(crate) mod cause;
pub(crate) mod left_out;
mod send;
mod shape;

use std::time::Duration;

use super::context::{RegistryRun, WriteTarget};
use super::proof::Proof;
use super::stale;
use crate::azure::{Waits, WriteError};
use crate::live::{LiveRegistry, read_registry};
use crate::model::Setting;
use crate::plan::{RegistryPlan, is_there, lacks};
use crate::spec::Ownership;
use attempt::Attempt;
use send::AcceptedPatch;
pub(crate) use send::PatchFailed;
use shape::Shape;
pub(crate) use shape::is_validation_error;

/// How often rules that others dropped are written before giving up.
const MOST_ROUNDS: u32 = 8;

/// The end of the PATCH of a registry, if nothing failed.
pub(crate) enum PatchEnd {
    /// Written.
    Written {
        /// The state before the last write, with what others have changed since.
        before: LiveRegistry,
        /// The registry after all writers have finished.
        now: Box<LiveRegistry>,
        /// The source of this state.
        proof: Proof,
        /// The refusal of the whole list, if rules were left out after it.
        refused: Option<WriteError>,
    },
    /// The plan does not hold in the current state.
    Stale {
        live: LiveRegistry,
        /// True if an attempt before was processed, or may have been.
        written: bool,
    },
    /// Somebody else has made the changes already, so nothing was written.
    AsWanted(LiveRegistry),
    /// Interrupted before anything was written.
    Interrupted,
}

/// Writes what the plan changes on the registry itself. `fresh` is the registry if it was just read.
///
/// If others share the lists, the registry is read once more after a while. A rival who read before our write and
/// wrote after it has dropped our rules, and by then has done so. Rules of others that our own write lost are written
/// again with ours.
///
/// # Errors
/// [`PatchFailed`] if the change is not known to be written as planned.
pub(crate) async fn patch_until_kept(
    registry: &RegistryRun<'_>,
    fresh: Option<&LiveRegistry>,
) -> Result<PatchEnd, PatchFailed> {
    let mut patch = PatchLoop::new(registry);
    // Shared lists are merged, so they need the newest state.
    let mut fresh = fresh.filter(|_| !patch.waits_for_rivals()).cloned();
    loop {
        let live = match fresh.take() {
            Some(live) => live,
            None => match patch.read_before().await? {
                Some(live) => live,
                None => return Ok(PatchEnd::Interrupted),
            },
        };
        if let Some(end) = patch.try_once(live).await? {
            return Ok(end);
        }
    }
}

/// Returns true if others may write the rule set that this plan changes. Every write of a list carries the default action
/// too, as its writer has read it.
fn shares_rule_set(plan: &RegistryPlan) -> bool {
    let rule_set = [
        Setting::DefaultAction,
        Setting::IpRules,
        Setting::VirtualNetworkRules,
    ];
    plan.ownership == Ownership::Additive
        && rule_set.iter().any(|setting| plan.change(*setting).is_some())
}

/// The state of the loop over attempts.
struct PatchLoop<'a> {
    registry: &'a RegistryRun<'a>,
    /// True if others may write the same rule set.
    shared: bool,
    /// Decides on another attempt after an error, and waits for it.
    waits: Waits,
    shape: Shape,
    /// The error that led to the other spelling of subnet ids, which is a guess, or to a list without some rules.
    first_error: Option<WriteError>,
    /// The state that the last attempt rested on, if it got no answer, or the answer "later".
    unanswered: Option<LiveRegistry>,
    /// The last attempt after which something was missing.
    incomplete: Option<Attempt>,
    /// Accepted attempts.
    rounds: u32,
    /// True if an attempt was processed, or may have been.
    maybe_written: bool,
    /// True if an attempt certainly was processed.
    surely_written: bool,
}

impl<'a> PatchLoop<'a> {
    fn new(registry: &'a RegistryRun<'a>) -> Self {
        let plan = registry.plan;
        Self {
            registry,
            shared: shares_rule_set(plan),
            waits: registry.run.client.waits(plan.id.as_str()),
            shape: Shape::RECORDED,
            first_error: None,
            unanswered: None,
            incomplete: None,
            rounds: 0,
            maybe_written: false,
            surely_written: false,
        }
    }

    /// Returns true if others may write the same rule set, and this run makes sure of both.
    fn waits_for_rivals(&self) -> bool {
        self.shared && self.registry.run.options.proof == Proof::ReadBack
    }

    async fn read(&self) -> Result<LiveRegistry, PatchFailed> {
        let registry = self.registry;
        match read_registry(registry.run.client, &registry.plan.id).await {
            Ok(live) => Ok(live),
            Err(error) if self.maybe_written => Err(PatchFailed::unread(error, self.surely_written)),
            Err(error) => Err(error.into()),
        }
    }

    /// Reads the registry before an attempt. Returns `None` if the run is interrupted before anything was written.
    async fn read_before(&self) -> Result<Option<LiveRegistry>, PatchFailed> {
        if self.maybe_written {
            return self.read().await.map(Some);
        }
        self.registry.run.until_cancelled(self.read()).await.transpose()
    }

    /// Makes one attempt on the current state. Returns `None` if another one has to follow.
    async fn try_once(&mut self, mut live: LiveRegistry) -> Result<Option<PatchEnd>, PatchFailed> {
        let registry = self.registry;
        let plan = registry.plan;
        // An attempt without an answer may have been processed: the registry tells.
        if let Some(before) = self.unanswered.take()
            && send::any_change_is_there(plan, &before, &live)
        {
            self.mark_written();
            // Values that an operation has not finished may be taken back.
            live = send::after_operation(registry, live).await?;
            if is_there(plan, &before, &live) {
                return self.check(before, AcceptedPatch::found(live)).await;
            }
        }
        // Every attempt is judged again, since others may have written in between.
        if !stale::refusals(registry, &live).is_empty() {
            let written = self.maybe_written;
            return Ok(Some(PatchEnd::Stale { live, written }));
        }
        if !self.maybe_written && is_there(plan, &live, &live) {
            return Ok(Some(PatchEnd::AsWanted(live)));
        }
        // The first attempts sent our rules; this one also sends those that we cost others.
        if let Some(incomplete) = &self.incomplete {
            incomplete.put_back_lost_rules(&mut live);
        }
        match send::patch(registry, &live, self.shape).await {
            Ok(answer) => {
                self.mark_written();
                let accepted = send::read_back(registry, &live, self.shape, &answer).await?;
                self.check(live, accepted).await
            }
            Err(error) => self.after_error(live, error).await,
        }
    }

    /// Prepares another attempt after an error, or returns the error if another one cannot help.
    async fn after_error(
        &mut self,
        live: LiveRegistry,
        error: WriteError,
    ) -> Result<Option<PatchEnd>, PatchFailed> {
        let registry = self.registry;
        self.maybe_written |= error.accepted;
        if error.is_stopped() && !self.maybe_written {
            return Ok(Some(PatchEnd::Interrupted));
        }
        if let Some(shape) = self.shape.after(&error, registry.plan, &live) {
            let first = self.first_error.take().unwrap_or(error);
            self.first_error = shape.respelled().is_none().then_some(first);
            self.shape = shape;
            return Ok(None);
        }
        // No other shape helps: only time can.
        let may_help = !(error.is_busy() && has_no_operation(&live));
        if may_help && Waits::can_help(&error) {
            let retry = self.waits.before_retry(&error);
            match registry.run.until_cancelled(retry).await {
                Some(true) => {
                    self.unanswered = Some(live);
                    return Ok(None);
                }
                // The interruption is why nothing is written, and not the refusal that the wait would have mended.
                None if !self.maybe_written => return Ok(Some(PatchEnd::Interrupted)),
                Some(false) | None => {}
            }
        }
        // The other spelling was only a guess: the error of the first one is the one to report.
        let error = self.first_error.take().unwrap_or(error);
        self.after_last_error(live, error).await
    }

    /// Reads the registry after an error that no other attempt follows. An error that leaves open whether the write was
    /// processed is none if the registry shows all of it.
    async fn after_last_error(
        &mut self,
        before: LiveRegistry,
        error: WriteError,
    ) -> Result<Option<PatchEnd>, PatchFailed> {
        let RegistryRun { run, plan, .. } = self.registry;
        let Ok(mut now) = read_registry(run.client, &plan.id).await else {
            return Err(PatchFailed::unread_after(
                self.registry,
                error,
                self.maybe_written,
            ));
        };
        let is_shown = self.maybe_written && send::any_change_is_there(plan, &before, &now);
        if is_shown && error.may_go_on() && send::has_operation(&now) {
            // An operation that has taken all its time gets no more.
            if error.is_open() {
                return Err(PatchFailed::unfinished(self.registry, error));
            }
            now = send::after_operation(self.registry, now).await?;
        }
        if self.maybe_written && is_there(plan, &before, &now) {
            self.mark_written();
            return self.check(before, AcceptedPatch::found(now)).await;
        }
        Err(PatchFailed::shown(self.registry, before, now, error))
    }

    /// Remembers that an attempt was processed, whatever its answer said.
    fn mark_written(&mut self) {
        self.maybe_written = true;
        self.surely_written = true;
        self.registry.mark_written(WriteTarget::Registry);
    }

    /// Checks what came of an accepted attempt. Returns `None` if rules are missing that another attempt can bring back.
    async fn check(
        &mut self,
        before: LiveRegistry,
        accepted: AcceptedPatch,
    ) -> Result<Option<PatchEnd>, PatchFailed> {
        let run = self.registry.run;
        let accepted = self.wait_for_rivals(&before, accepted).await?;
        let attempt = Attempt::of(self.registry.plan, before, accepted);
        self.rounds += 1;
        // Whatever is missing after the last round is reported, not hidden.
        let leaves_out = self.shape.leaves_out;
        let is_last = self.rounds == MOST_ROUNDS || run.options.cancel.is_cancelled() || leaves_out;
        if !self.waits_for_rivals() || is_last || attempt.is_complete(self.registry.plan) {
            let Attempt {
                before, now, proof, ..
            } = attempt;
            let refused = self.first_error.take().filter(|_| leaves_out);
            return Ok(Some(PatchEnd::Written {
                before,
                now,
                proof,
                refused,
            }));
        }
        self.incomplete = Some(attempt);
        let next = self.rounds + 1;
        self.registry.say(&format!(
            "another writer dropped rules: writing again, round {next}"
        ));
        self.pause(random_part(run.options.settle)).await;
        Ok(None)
    }

    /// Reads the registry again when other writers are done. Does not wait if our rules are gone already.
    async fn wait_for_rivals(
        &self,
        before: &LiveRegistry,
        accepted: AcceptedPatch,
    ) -> Result<AcceptedPatch, PatchFailed> {
        if !self.waits_for_rivals() || lacks(self.registry.plan, &accepted.now) {
            return Ok(accepted);
        }
        self.registry.say("waiting for other writers to finish");
        let settle = self.registry.run.options.settle;
        self.pause(settle + random_part(settle / 4)).await;
        accepted.read_again(self.registry, before).await
    }

    /// Sleeps, until an interruption at the latest.
    async fn pause(&self, time: Duration) {
        self.registry.run.until_cancelled(tokio::time::sleep(time)).await;
    }
}

/// Returns true if the registry's last operation has ended without success, so that none runs that could end.
fn has_no_operation(live: &LiveRegistry) -> bool {
    let state = &live.provisioning_state;
    ["Failed", "Canceled"]
        .iter()
        .any(|ended| state.eq_ignore_ascii_case(ended))
}

/// Returns a random part of a time, so that rivals do not meet again in the next round.
pub(crate) fn random_part(most: Duration) -> Duration {
    let (random, _) = uuid::Uuid::new_v4().as_u64_pair();
    most.mul_f64((random >> 11) as f64 / (1u64 << 53) as f64)
}
