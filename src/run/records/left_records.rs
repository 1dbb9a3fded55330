//! The records of what runs left: a file for each registry, in the folder of snapshots.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::apply::save_private;
use crate::local_file::{self, LARGEST_DOCUMENT};
use crate::model::{RegistryId, strict_json};
use crate::plan::{LEFT_FORMAT, LeftState, LeftStates};
use crate::run::records::folder::digits;
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

    pub(crate) fn read_one(&self, id: &RegistryId) -> Result<LeftState, String> {
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

    /// Saves the record of a registry.
    ///
    /// # Errors
    /// The error of the file system. Then the older record stays.
    pub(crate) async fn save(&self, state: &LeftState) -> io::Result<()> {
        save_private(state, &self.folder, &self.file_name(&state.id)).await?;
        Ok(())
    }

    /// Removes the record of a registry.
    ///
    /// # Errors
    /// The error of the file system.
    pub(crate) fn remove(&self, id: &RegistryId) -> io::Result<()> {
        fs::remove_file(self.folder.join(self.file_name(id)))
    }

    /// Returns the name of the registry, and digits that tell it from others of this name.
    fn file_name(&self, id: &RegistryId) -> String {
        let digits = digits(&(&self.environment, id.key()));
        format!("{}-{digits}.{EXTENSION}", id.name())
    }
}

/// The ending of a record. It keeps the file apart from snapshots.
const EXTENSION: &str = "left";

/// Returns the registries whose record in this folder is of this run. A file that cannot be read is of none.
pub(crate) fn registries_of(folder: &Path, run: &str) -> BTreeSet<RegistryId> {
    let mut ids = BTreeSet::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.extension().is_none_or(|extension| extension != EXTENSION) {
            continue;
        }
        let text = local_file::read(&path, LARGEST_DOCUMENT).unwrap_or_default();
        if let Ok(state) = parse(&text)
            && state.run == run
        {
            ids.insert(state.id);
        }
    }
    ids
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
