//! The counts of a report, in the unit of plans.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::earlier::entry::EarlierEntry;
use super::outcome::Outcome;
use super::proof::Proof;
use super::registry_report::{RegistryOutcome, RegistryReport, StepReport};
use crate::model::{SubnetId, is_zero};
use crate::plan::{AnyChange, ChangeCount};

/// Counts over the whole report. Changes are counted as plans count them: rules, single values and subnets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReportSummary {
    /// All registries of the plan.
    pub registries: usize,
    /// Registries that are as wanted by a read of their own.
    pub verified: usize,
    /// Registries that are as wanted by Azure's answer to the write, and that were not read again.
    pub answered: usize,
    /// Registries that needed no write by what a list shows, and that were not read by themselves.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub shown: usize,
    /// Changes that were made: the sum of `add`, `change` and `remove`.
    pub done: usize,
    /// Rules that went in.
    pub add: usize,
    /// Single values that changed, and subnets whose service endpoint was turned on.
    pub change: usize,
    /// Rules that went out.
    pub remove: usize,
    /// Changes for which nothing had to be written.
    pub unchanged: usize,
    /// Changes that were not tried.
    pub skipped: usize,
    /// Changes that failed, steps that failed without a change, and settings that changed unplanned.
    pub failed: usize,
    /// Changes that were given up or could not be read back, and managed settings that no answer shows: nothing is known
    /// about them.
    pub unknown: usize,
    /// Registries whose write was not effective yet when the time to wait for it was over.
    pub pending: usize,
    /// Registries that were refused.
    pub refused: usize,
    /// Registries that could not be read.
    pub unread: usize,
    /// Registries that an earlier run has done. They are among `registries`, and among `verified`, `answered` or `shown`; the
    /// changes are those of this run.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub earlier: usize,
    /// True if anything was written, or may have been.
    pub written: bool,
}

impl ReportSummary {
    /// Counts over these registries. `unread` others could not be read.
    pub(crate) fn of(registries: &[RegistryReport], unread: usize, written: bool) -> Self {
        let mut summary = Self {
            registries: registries.len() + unread,
            unread,
            written,
            ..Self::default()
        };
        // Registries that share a subnet turn its endpoint on once.
        let mut endpoints = EndpointOutcomes::default();
        for registry in registries {
            summary.verified += usize::from(registry.is_verified());
            summary.answered += usize::from(registry.is_answered());
            summary.shown += usize::from(registry.is_shown());
            summary.pending += usize::from(registry.is_pending());
            summary.refused += usize::from(!registry.refusals.is_empty());
            summary.failed += registry.failures_beside_changes();
            summary.unknown += registry.hidden_settings();
            for report in &registry.changes {
                match &report.change {
                    AnyChange::Setting(change) => summary.count(&report.outcome, change.count()),
                    AnyChange::Endpoints(_) => {}
                }
            }
            endpoints.add(&registry.steps);
        }
        summary.plus(endpoints.summary())
    }

    /// Returns the sums of two summaries.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            registries: self.registries + other.registries,
            verified: self.verified + other.verified,
            answered: self.answered + other.answered,
            shown: self.shown + other.shown,
            done: self.done + other.done,
            add: self.add + other.add,
            change: self.change + other.change,
            remove: self.remove + other.remove,
            unchanged: self.unchanged + other.unchanged,
            skipped: self.skipped + other.skipped,
            failed: self.failed + other.failed,
            unknown: self.unknown + other.unknown,
            pending: self.pending + other.pending,
            refused: self.refused + other.refused,
            unread: self.unread + other.unread,
            earlier: self.earlier + other.earlier,
            written: self.written || other.written,
        }
    }

    /// Returns the summary without the changes that `other` counts.
    #[must_use]
    pub(crate) fn without_changes(self, other: Self) -> Self {
        Self {
            done: self.done.saturating_sub(other.done),
            add: self.add.saturating_sub(other.add),
            change: self.change.saturating_sub(other.change),
            remove: self.remove.saturating_sub(other.remove),
            unchanged: self.unchanged.saturating_sub(other.unchanged),
            skipped: self.skipped.saturating_sub(other.skipped),
            failed: self.failed.saturating_sub(other.failed),
            unknown: self.unknown.saturating_sub(other.unknown),
            ..self
        }
    }

    /// Adds a registry of an earlier run. One that is not done counts once, whatever it has of changes.
    pub(super) fn add_earlier(&mut self, entry: &EarlierEntry) {
        self.registries += 1;
        self.earlier += usize::from(entry.is_done());
        self.pending += usize::from(entry.is_pending());
        match entry.outcome {
            RegistryOutcome::Changed | RegistryOutcome::Unchanged => match entry.proof {
                Some(Proof::Answer) => self.answered += 1,
                Some(Proof::List) => self.shown += 1,
                Some(Proof::ReadBack) | None => self.verified += 1,
            },
            RegistryOutcome::Skipped => self.skipped += 1,
            RegistryOutcome::Refused => self.refused += 1,
            RegistryOutcome::Partial | RegistryOutcome::Failed => self.failed += 1,
            RegistryOutcome::Unknown => self.unknown += 1,
        }
    }

    /// Adds changes that have one outcome.
    fn count(&mut self, outcome: &Outcome, changes: ChangeCount) {
        let ChangeCount { add, change, remove } = changes;
        let all = add + change + remove;
        match outcome {
            Outcome::Done => {
                self.done += all;
                self.add += add;
                self.change += change;
                self.remove += remove;
            }
            Outcome::Unchanged { .. } => self.unchanged += all,
            Outcome::Skipped { .. } => self.skipped += all,
            Outcome::Failed { .. } => self.failed += all,
            Outcome::Unknown { .. } => self.unknown += all,
        }
    }
}

/// Returns the count of changes that are neither of a rule in nor of a rule out.
fn single(change: usize) -> ChangeCount {
    ChangeCount {
        change,
        ..ChangeCount::default()
    }
}

/// The outcome of each subnet whose endpoint was to be turned on, each subnet once.
#[derive(Clone, Debug, Default)]
pub(crate) struct EndpointOutcomes(BTreeMap<SubnetId, Outcome>);

impl EndpointOutcomes {
    /// Adds the steps of a registry. Of the outcomes of one subnet, it keeps a failure before a success, and both before steps
    /// that were not tried or not needed.
    pub(crate) fn add(&mut self, steps: &[StepReport]) {
        for report in steps {
            if let Some(subnet) = report.step.subnet() {
                self.keep(subnet.clone(), report.outcome.clone());
            }
        }
    }

    /// Adds the outcomes of another part of the run.
    pub(crate) fn extend(&mut self, other: Self) {
        for (subnet, outcome) in other.0 {
            self.keep(subnet, outcome);
        }
    }

    fn keep(&mut self, subnet: SubnetId, outcome: Outcome) {
        let kept = self.0.entry(subnet).or_insert(Outcome::UNCHANGED);
        if weight(&outcome) > weight(kept) {
            *kept = outcome;
        }
    }

    /// Returns a summary that counts these changes and nothing else.
    pub(crate) fn summary(&self) -> ReportSummary {
        let mut summary = ReportSummary::default();
        for outcome in self.0.values() {
            summary.count(outcome, single(1));
        }
        summary
    }
}

fn weight(outcome: &Outcome) -> u8 {
    match outcome {
        Outcome::Unchanged { .. } => 0,
        Outcome::Skipped { .. } => 1,
        Outcome::Done => 2,
        Outcome::Unknown { .. } => 3,
        Outcome::Failed { .. } => 4,
    }
}
