//! The report of an earlier run, as a part of the report of the run that goes on from it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;

use super::proof::Proof;
use super::registry_report::RegistryOutcome;
use super::report::Report;
use super::snapshot::beside::Beside;
use super::snapshot::undo::Undo;
use crate::model::RegistryId;
use crate::plan::RegistryFailure;

/// What an earlier run has done and left. The new report has all of it, so that it can take the place of the earlier one.
#[derive(Clone, Debug, Default)]
pub struct Earlier {
    /// Registries that are done, so that the new run leaves them out.
    pub done: Vec<EarlierEntry>,
    /// The other registries.
    pub others: BTreeMap<RegistryId, EarlierEntry>,
    /// Registries that could not be read.
    pub failures: Vec<RegistryFailure>,
    /// Writes that no undo takes back.
    pub beside: Beside,
    /// True if anything was written, or may have been.
    pub written: bool,
}

/// The entry of a registry in an earlier report. It is written as it was read.
#[derive(Clone, Debug)]
pub struct EarlierEntry {
    pub id: RegistryId,
    pub outcome: RegistryOutcome,
    pub undo: Option<Undo>,
    pub(super) proof: Option<Proof>,
    fingerprint: Option<String>,
    document: Value,
}

/// The fields of an entry that decide something.
#[derive(Deserialize)]
struct EntryFields {
    id: RegistryId,
    outcome: RegistryOutcome,
    undo: Option<Undo>,
    proof: Option<Proof>,
    fingerprint: Option<String>,
}

impl EarlierEntry {
    /// Reads an entry of `registries` or `earlier`.
    ///
    /// # Errors
    /// It is not the entry of an apply.
    pub fn read(document: Value) -> Result<Self, serde_json::Error> {
        let EntryFields {
            id,
            outcome,
            undo,
            proof,
            fingerprint,
        } = EntryFields::deserialize(&document)?;
        Ok(Self {
            id,
            outcome,
            undo,
            proof,
            fingerprint,
            document,
        })
    }

    /// Returns true if the registry is as wanted, and effective if the run waited for that.
    pub fn is_done(&self) -> bool {
        let is_as_wanted = matches!(
            self.outcome,
            RegistryOutcome::Changed | RegistryOutcome::Unchanged
        );
        is_as_wanted && !self.is_pending()
    }

    /// Returns true if the wait for the write ended before the write was effective.
    pub(super) fn is_pending(&self) -> bool {
        self.document["effective"]["state"] == "pending"
    }
}

impl Serialize for EarlierEntry {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.document.serialize(serializer)
    }
}

impl Earlier {
    /// Leaves a registry out if it was done for the same wanted state. `fingerprint` is that of its spec now.
    pub fn leave_out(&mut self, id: &RegistryId, fingerprint: &str) -> bool {
        let Some(entry) = self.others.get(id) else {
            return false;
        };
        if !entry.is_done() || entry.fingerprint.as_deref() != Some(fingerprint) {
            return false;
        }
        self.done.extend(self.others.remove(id));
        true
    }
}

impl Report {
    /// Adds what an earlier run has done and left, and counts it.
    pub(crate) fn add_earlier(&mut self, earlier: Earlier) {
        let Earlier {
            done,
            mut others,
            failures,
            beside,
            written,
        } = earlier;
        // A registry that both runs wrote goes back to its state before the first one.
        for registry in &mut self.registries {
            if let Some(undo) = others.remove(&registry.id).and_then(|entry| entry.undo) {
                registry.undo = Some(undo.with_later(registry.undo.take()));
            }
        }
        self.add_unread(failures, &done);
        let mut unread = BTreeSet::new();
        for failure in &self.failures {
            unread.insert(&failure.id);
        }
        for entry in done.into_iter().chain(others.into_values()) {
            // One that cannot be read now counts as such, and only its undo is kept.
            if !unread.contains(&entry.id) {
                self.summary.add_earlier(&entry);
                self.earlier.push(entry);
            } else if entry.undo.is_some() {
                self.earlier.push(entry);
            }
        }
        self.earlier.sort_by(|a, b| a.id.cmp(&b.id));
        self.beside.add(beside);
        self.summary.written |= written;
    }

    /// Adds registries that an earlier run could not read, and that this one left out.
    fn add_unread(&mut self, failures: Vec<RegistryFailure>, done: &[EarlierEntry]) {
        let mut known = BTreeSet::new();
        known.extend(self.registries.iter().map(|registry| &registry.id));
        known.extend(self.failures.iter().map(|failure| &failure.id));
        known.extend(done.iter().map(|entry| &entry.id));
        let mut added = Vec::new();
        for failure in failures {
            if !known.contains(&failure.id) {
                self.summary.registries += 1;
                self.summary.unread += 1;
                added.push(failure);
            }
        }
        self.failures.extend(added);
        self.failures.sort_by(|a, b| a.id.cmp(&b.id));
    }
}
