//! The records of what runs left: a file for each registry, in the folder of snapshots.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::record_folder::digits;
use crate::apply::{RegistryOutcome, Report, save_private};
use crate::local_file::{self, LARGEST_DOCUMENT};
use crate::model::{RegistryId, strict_json};
use crate::plan::{LEFT_FORMAT, LeftState, LeftStates, Plan};
use crate::spec::Spec;

/// The records in one folder about the registries of one place.
pub(crate) struct LeftRecords {
    pub(crate) folder: PathBuf,
    /// The place of the registries; the same id can be in the sandbox and in Azure.
    pub(crate) environment: String,
}

impl LeftRecords {
    /// Reads the records of the registries of a spec.
    pub(crate) fn read(&self, spec: &Spec) -> LeftStates {
        let mut states = LeftStates::new();
        for registry in &spec.registries {
            let state = self.read_one(&registry.id);
            states.insert(registry.id.clone(), state);
        }
        states
    }

    fn read_one(&self, id: &RegistryId) -> Result<LeftState, String> {
        let path = self.folder.join(self.file_name(id));
        let text = match local_file::read(&path, LARGEST_DOCUMENT) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Err(format!("no run has kept a record in `{}`", self.folder.display()));
            }
            Err(error) => return Err(format!("cannot read `{}`: {error}", path.display())),
        };
        match parse(&text) {
            Ok(state) if self.is_about(&state, id) => Ok(state),
            Ok(_) => Err(format!("`{}` is about something else", path.display())),
            Err(error) => Err(format!("`{}` is not a record: {error}", path.display())),
        }
    }

    fn is_about(&self, state: &LeftState, id: &RegistryId) -> bool {
        state.format == LEFT_FORMAT && state.environment == self.environment && state.id == *id
    }

    /// Keeps a record of each registry that is as the plan wants it.
    ///
    /// # Errors
    /// The first error of the file system. The other records are written all the same.
    pub(crate) fn keep(&self, plan: &Plan, report: &Report) -> io::Result<()> {
        let mut outcomes = BTreeMap::new();
        for registry in &report.registries {
            outcomes.insert(&registry.id, registry.outcome);
        }
        let mut kept = Ok(());
        for registry in &plan.registries {
            let outcome = outcomes.get(&registry.id);
            let is_as_wanted = matches!(
                outcome,
                Some(RegistryOutcome::Unchanged | RegistryOutcome::Changed)
            );
            if !is_as_wanted {
                continue;
            }
            let state = LeftState::after(registry, &report.created, &report.run, &self.environment);
            let saved = save_private(&state, &self.folder, &self.file_name(&registry.id));
            kept = kept.and(saved.map(|_| ()));
        }
        kept
    }

    /// Returns the name of the registry, and digits that tell it from others of this name. The ending keeps the file apart
    /// from snapshots.
    fn file_name(&self, id: &RegistryId) -> String {
        let digits = digits(&(&self.environment, id.key()));
        format!("{}-{digits}.left", id.name())
    }
}

fn parse(text: &[u8]) -> serde_json::Result<LeftState> {
    let value: serde_json::Value = strict_json(text)?;
    LeftState::deserialize(&value)
}

/// Returns the error of records that could not be kept.
pub(crate) fn not_kept(folder: &Path, source: io::Error) -> crate::error::Error {
    crate::error::Error::File {
        action: "keep a record of what the run left in",
        path: folder.to_owned(),
        source,
    }
}
