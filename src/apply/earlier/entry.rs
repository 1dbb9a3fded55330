//! The parts of an earlier report that the report of the run that goes on from it keeps.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;

use crate::apply::proof::Proof;
use crate::apply::registry_report::RegistryOutcome;
use crate::apply::snapshot::beside::Beside;
use crate::apply::snapshot::undo::Undo;
use crate::model::RegistryId;
use crate::plan::RegistryFailure;
use crate::spec::Shard;

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
    pub(in crate::apply) proof: Option<Proof>,
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
    pub(in crate::apply) fn is_pending(&self) -> bool {
        self.document["effective"]["state"] == "pending"
    }
}

impl Serialize for EarlierEntry {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.document.serialize(serializer)
    }
}

impl Earlier {
    /// Leaves out what the new report is not about: registries of other shards, whose own reports have them, and registries that the
    /// spec does not name any more and that no run has written.
    pub fn narrow(&mut self, shard: Option<Shard>, named: &BTreeSet<RegistryId>) {
        let mut others = BTreeMap::new();
        for (id, entry) in std::mem::take(&mut self.others) {
            if is_in(shard, &id) && (entry.undo.is_some() || named.contains(&id)) {
                others.insert(id, entry);
            }
        }
        self.others = others;
        self.failures
            .retain(|failure| is_in(shard, &failure.id) && named.contains(&failure.id));
        let has_undo = self.others.values().any(|entry| entry.undo.is_some());
        self.written &= has_undo || !self.beside.is_empty();
    }

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

fn is_in(shard: Option<Shard>, id: &RegistryId) -> bool {
    shard.is_none_or(|shard| shard.has(id))
}
