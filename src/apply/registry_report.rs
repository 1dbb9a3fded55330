//! The report of one registry: the outcome of every step and change.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::effective::Effective;
use super::outcome::Outcome;
use super::patch::cause::not_kept;
use super::proof::Proof;
use super::snapshot::undo::Undo;
use crate::live::LiveRegistry;
use crate::model::{ErrorCode, Failure, RegistryId, SubnetId};
use crate::plan::{
    AccessPicture, AnyChange, Deviation, ModeChange, Note, Refusal, RegistryPlan, StepAction,
    deviations, live_mode,
};
use crate::spec::Source;

/// The reason to skip a step after one that failed: each step rests on those before.
pub(crate) const EARLIER_STEP: &str = "an earlier step did not succeed";
/// The reason to skip every step of a registry that could not be read again, or whose state could not be kept.
const NOT_BEGUN: &str = "no step was begun";
/// The reason to skip what an interruption leaves no time for.
pub(crate) const INTERRUPTED: &str = "the run was interrupted";

/// The outcome of one registry's plan.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct RegistryReport {
    #[schemars(with = "String")]
    pub id: RegistryId,
    /// The place in the spec that names the registry.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// Digest of what the files of the spec want of the registry (`--resume`). Absent without a spec.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
    /// The outcome of the registry as a whole.
    pub outcome: RegistryOutcome,
    /// The state before this run, and before the runs that it goes on from. Absent if none of them wrote the registry itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub undo: Option<Undo>,
    /// Before, as planned; after, as read back, or as answered (`proof`).
    pub mode: ModeChange,
    /// The source of the state after the PATCH, or of the state that needed none. Absent if nothing shows it, and if a read
    /// of the registry shows that nothing had to be written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proof: Option<Proof>,
    /// The reason why no step was begun: the state could not be read again, or not be kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Failure>,
    /// In the order in which they were taken.
    pub steps: Vec<StepReport>,
    /// In the order of the plan.
    pub changes: Vec<ChangeReport>,
    /// Settings that changed although the plan leaves them alone.
    pub deviations: Vec<Deviation>,
    /// Subnets whose service endpoint another registry of the run was to turn on, and which are not known to be on. The
    /// access is not as planned without them.
    #[serde(rename = "notSwitched", skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Vec<String>")]
    pub not_switched: Vec<SubnetId>,
    /// Subnets whose clients got in by an IP rule before the run and are shut out now: the service endpoint is on, and the rule
    /// of the subnet is not there.
    #[serde(rename = "shutOut", skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Vec<String>")]
    pub shut_out: Vec<SubnetId>,
    /// Subnets of which the same may hold: it is not known if an IP rule admitted their clients, if the service endpoint is on, or
    /// if the rule of the subnet is there.
    #[serde(rename = "mayBeShutOut", skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Vec<String>")]
    pub may_be_shut_out: Vec<SubnetId>,
    /// The registry's answers to this machine after the write. Absent if the run did not wait for them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effective: Option<Effective>,
    /// Notes of the plan.
    pub notes: Vec<Note>,
    /// Refusals of the plan, and those of the state right before the write.
    pub refusals: Vec<Refusal>,
    /// The registry as the run left it, if that was read or nothing had to be written.
    #[serde(skip)]
    pub now: Option<Box<LiveRegistry>>,
    /// The access before the run, and as it was planned.
    #[serde(skip)]
    pub picture: AccessPicture,
    /// True if the plan has these refusals too, so that its reader knows them.
    #[serde(skip)]
    pub refused_by_plan: bool,
    /// True if the run was stopped before it read the registry, which the saved plan leaves as it is.
    #[serde(skip)]
    pub unread: bool,
}

/// The outcome of one step.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct StepReport {
    #[serde(flatten)]
    pub step: StepAction,
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// The outcome of one change, by what the registry shows afterwards.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ChangeReport {
    pub change: AnyChange,
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// The outcome of a registry's plan as a whole.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum RegistryOutcome {
    /// Nothing had to be written.
    #[default]
    Unchanged,
    /// Every change was made.
    Changed,
    /// Not tried: the run was interrupted, or another registry stopped it; or nothing had to be written, and another
    /// registry did not do its part (`notSwitched`).
    Skipped,
    /// Not tried: its plan or its state right before the write was refused.
    Refused,
    /// Some of its steps were done and others were not.
    Partial,
    /// Tried without success.
    Failed,
    /// Begun, and given up or not read back: what came of it is not known.
    Unknown,
}

impl RegistryReport {
    /// Starts the report of a registry to which nothing has happened yet.
    pub(crate) fn start(plan: &RegistryPlan) -> Self {
        Self {
            id: plan.id.clone(),
            source: plan.source.clone(),
            fingerprint: None,
            outcome: RegistryOutcome::default(),
            undo: None,
            mode: ModeChange {
                before: plan.mode.before.clone(),
                after: plan.mode.before.clone(),
            },
            proof: None,
            error: None,
            steps: Vec::new(),
            changes: Vec::new(),
            deviations: Vec::new(),
            not_switched: Vec::new(),
            shut_out: Vec::new(),
            may_be_shut_out: Vec::new(),
            effective: None,
            notes: plan.notes.clone(),
            refusals: plan.refusals.clone(),
            now: None,
            picture: plan.picture(),
            refused_by_plan: !plan.refusals.is_empty(),
            unread: false,
        }
    }

    /// Reports a registry that is not touched.
    pub(crate) fn skipped(plan: &RegistryPlan, reason: &str) -> Self {
        Self::start(plan).ended(plan, &Outcome::skipped(reason))
    }

    /// Ends the report of a registry for which no step was begun. A failure is that of the registry, not of its steps.
    pub(crate) fn not_begun(mut self, plan: &RegistryPlan, outcome: Outcome) -> Self {
        let Outcome::Failed { error } = outcome else {
            return self.ended(plan, &outcome);
        };
        self.error = Some(error);
        self.ended(plan, &Outcome::skipped(NOT_BEGUN))
    }

    /// Ends the report of a registry that needs nothing and is not as it was read, or could not be read again.
    pub(crate) fn not_read(mut self, plan: &RegistryPlan, outcome: Outcome) -> Self {
        // It has no step that could be skipped, and an interruption leaves no refusal.
        if let Outcome::Skipped { reason } = &outcome
            && self.refusals.is_empty()
        {
            self.error = Some(Failure::new(ErrorCode::Interrupted, reason.clone()));
            return self;
        }
        self.not_begun(plan, outcome)
    }

    /// Gives every step and every change the same outcome.
    fn ended(mut self, plan: &RegistryPlan, outcome: &Outcome) -> Self {
        for step in &plan.steps {
            self.add_step(&step.action, outcome.clone());
        }
        for change in plan.changes.all() {
            self.add_change(change, outcome.clone());
        }
        self
    }

    /// Adds the outcome of a step.
    pub(crate) fn add_step(&mut self, step: &StepAction, outcome: Outcome) {
        self.steps.push(StepReport {
            step: step.clone(),
            outcome,
        });
    }

    fn add_change(&mut self, change: AnyChange, outcome: Outcome) {
        self.changes.push(ChangeReport { change, outcome });
    }

    /// Gives every change of the PATCH the outcome of the PATCH, and returns it.
    pub(crate) fn patch_ended(&mut self, plan: &RegistryPlan, outcome: Outcome) -> Outcome {
        for change in plan.changes.patched() {
            self.add_change(change, outcome.clone());
        }
        outcome
    }

    /// Notes a registry that shows everything that the PATCH would write. What it does not show is not known.
    pub(crate) fn is_there(&mut self, plan: &RegistryPlan, now: &LiveRegistry) {
        self.mode.after = live_mode(now);
        self.deviations = deviations(plan, now, now);
    }

    /// Compares all that the registry shows after the PATCH with what it should show, also what was not to change.
    /// `leases` came into the way meanwhile. Returns the outcome of the step.
    pub(crate) fn verify(
        &mut self,
        plan: &RegistryPlan,
        before: &LiveRegistry,
        now: &LiveRegistry,
        leases: Option<Deviation>,
    ) -> Outcome {
        self.mode.after = live_mode(now);
        let mut deviations = deviations(plan, before, now);
        deviations.extend(leases);
        let mut step = Outcome::Done;
        // A deviation of a changed setting is the outcome of its change.
        for change in plan.changes.patched() {
            let at = deviations.iter().position(|found| found.path == change.path());
            let outcome = match at {
                Some(at) => Outcome::Failed {
                    error: not_kept(&deviations.remove(at), now),
                },
                None => Outcome::Done,
            };
            if outcome.is_failed() {
                step = outcome.clone();
            }
            self.add_change(change, outcome);
        }
        // The others are settings that changed although the plan leaves them alone.
        if let Some(deviation) = deviations.first() {
            step = Outcome::Failed {
                error: not_kept(deviation, now),
            };
        }
        self.deviations = deviations;
        step
    }

    /// Settles every change of a PATCH that ended with an error, by what the registry shows after it. Returns the outcome of
    /// the step, which is that of every change that is `missing`.
    pub(crate) fn patch_failed(
        &mut self,
        plan: &RegistryPlan,
        before: &LiveRegistry,
        now: &LiveRegistry,
        missing: Outcome,
    ) -> Outcome {
        self.mode.after = live_mode(now);
        let deviations = deviations(plan, before, now);
        for change in plan.changes.patched() {
            let is_there = deviations.iter().all(|found| found.path != change.path());
            let outcome = if is_there { Outcome::Done } else { missing.clone() };
            self.add_change(change, outcome);
        }
        missing
    }

    /// Gives every change that no step has settled its outcome, and sorts the changes as planned.
    pub(crate) fn finish(&mut self, plan: &RegistryPlan) {
        for change in plan.changes.all() {
            // The PATCH settles the changes that it carries.
            let is_settled = self
                .changes
                .iter()
                .any(|settled| settled.change.path() == change.path());
            if is_settled {
                continue;
            }
            let outcome = match (&change, self.steps.last()) {
                (AnyChange::Endpoints(_), _) => self.endpoints_outcome(),
                (_, Some(step)) => step.outcome.clone(),
                (_, None) => Outcome::skipped(EARLIER_STEP),
            };
            self.add_change(change, outcome);
        }
        self.changes.sort_by_key(|settled| settled.change.path());
    }

    /// Returns the worst outcome of the endpoint steps: unchanged only if every one was. Each step has its own.
    fn endpoints_outcome(&self) -> Outcome {
        let mut worst = &Outcome::UNCHANGED;
        for StepReport { step, outcome } in &self.steps {
            let is_endpoint = matches!(step, StepAction::EnableServiceEndpoint { .. });
            if is_endpoint && outcome.severity() > worst.severity() {
                worst = outcome;
            }
        }
        worst.clone()
    }

    /// Returns true if a step did not end as wanted, so that the steps after it must not be taken.
    pub(crate) fn has_unfinished_step(&self) -> bool {
        self.steps.iter().any(|step| !step.outcome.is_as_wanted())
    }

    /// Returns true if a read shows the registry as wanted.
    pub(crate) fn is_verified(&self) -> bool {
        self.is_as_wanted() && !self.unread && matches!(self.proof, None | Some(Proof::ReadBack))
    }

    /// Returns true if the registry is as wanted, and only the answer of the write shows it.
    pub(crate) fn is_answered(&self) -> bool {
        self.is_as_wanted() && self.proof == Some(Proof::Answer)
    }

    /// Returns true if the registry is as wanted, and only a list shows it.
    pub(crate) fn is_shown(&self) -> bool {
        self.is_as_wanted() && self.proof == Some(Proof::List)
    }

    /// Returns true if the registry is as wanted, as far as anything shows it.
    pub(crate) fn is_as_wanted(&self) -> bool {
        self.error.is_none()
            && self.refusals.is_empty()
            && self.deviations.is_empty()
            && self.not_switched.is_empty()
            && self.changes.iter().all(|change| change.outcome.is_as_wanted())
            && !self.has_unfinished_step()
    }

    /// Returns true if the wait for its write ended before the write was effective.
    pub(crate) fn is_pending(&self) -> bool {
        self.effective.as_ref().is_some_and(Effective::is_pending)
    }

    /// Returns the outcome of the registry as a whole, by those of its steps and changes.
    pub(crate) fn overall(&self) -> RegistryOutcome {
        let mut done = false;
        let mut unknown = self.hidden_settings() > 0;
        let mut skipped = !self.not_switched.is_empty();
        let mut failed = self.error.is_some() || self.deviations.len() > self.hidden_settings();
        let steps = self.steps.iter().map(|step| &step.outcome);
        let changes = self.changes.iter().map(|change| &change.outcome);
        for outcome in steps.chain(changes) {
            match outcome {
                Outcome::Done => done = true,
                Outcome::Skipped { .. } => skipped = true,
                Outcome::Failed { .. } => failed = true,
                Outcome::Unknown { .. } => unknown = true,
                Outcome::Unchanged { .. } => {}
            }
        }
        if !self.refusals.is_empty() {
            RegistryOutcome::Refused
        } else if done && (failed || skipped || unknown) {
            RegistryOutcome::Partial
        } else if failed {
            RegistryOutcome::Failed
        } else if unknown {
            RegistryOutcome::Unknown
        } else if skipped {
            RegistryOutcome::Skipped
        } else if done {
            RegistryOutcome::Changed
        } else {
            RegistryOutcome::Unchanged
        }
    }

    /// Counts what failed beside the planned changes: a start without a step, settings that changed unplanned, else a step
    /// that failed without a change of its own, as the registration of a provider does.
    pub(crate) fn failures_beside_changes(&self) -> usize {
        if self.error.is_some() {
            return 1;
        }
        let unplanned = self.deviations.len() - self.hidden_settings();
        // A deviation is the failure of the PATCH.
        let is_told =
            !self.deviations.is_empty() || self.changes.iter().any(|change| change.outcome.is_failed());
        if is_told {
            return unplanned;
        }
        self.steps.iter().filter(|step| step.outcome.is_failed()).count()
    }

    /// Counts the managed settings that the answer after the write does not show.
    pub(crate) fn hidden_settings(&self) -> usize {
        self.deviations
            .iter()
            .filter(|deviation| deviation.is_hidden())
            .count()
    }
}
