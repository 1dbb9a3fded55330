//! The report of an earlier run, as a part of the report of the run that goes on from it.

pub(super) mod entry;

use std::collections::BTreeSet;

use super::report::Report;
use crate::plan::RegistryFailure;
use entry::{Earlier, EarlierEntry};

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
