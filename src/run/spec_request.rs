//! The spec of a run: loaded, announced, and narrowed to the registries that are meant.

use std::path::PathBuf;

use jiff::civil::Date;

use super::interface::{Interface, Notice};
use super::plan::today;
use crate::error::Error;
use crate::live::FoundRegistries;
use crate::model::RegistryId;
use crate::spec::{self, ChangedFile, LoadOptions, Loaded, Pattern, RenamedFolder, Shard, Spec};

/// The spec of a run, as the user asks for it.
#[derive(Clone, Debug)]
pub struct SpecRequest {
    /// Files and folders; `-` stands for the text of stdin.
    pub paths: Vec<PathBuf>,
    /// The text of stdin, if it is one of the paths.
    pub stdin: Option<Vec<u8>>,
    /// True if the files of subfolders are loaded too.
    pub subfolders: bool,
    /// The day that decides which rules have expired.
    pub day: Date,
    pub selection: Selection,
    /// A folder whose files are shown under another name, and that name.
    pub renamed: Option<(PathBuf, String)>,
}

/// The registries of a spec that a run is about.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Patterns of the registries to take; empty for all.
    pub only: Vec<Pattern>,
    /// Patterns of the registries to leave out.
    pub except: Vec<Pattern>,
    /// The shard to take of those that are left; `None` for all.
    pub shard: Option<Shard>,
}

impl SpecRequest {
    /// Returns the request for all registries of these files and folders, as of today.
    pub fn of_files(paths: Vec<PathBuf>) -> Self {
        Self {
            paths,
            stdin: None,
            subfolders: false,
            day: today(),
            selection: Selection::default(),
            renamed: None,
        }
    }

    /// Loads the spec, tells the user of its warnings, and returns the registries that are meant.
    ///
    /// # Errors
    /// Everything that is wrong with the spec, and a pattern that fits none of its registries.
    pub fn load(&self, interface: &dyn Interface) -> Result<Spec, Error> {
        let loaded = self.load_quietly(true)?;
        self.announced(loaded, interface)
    }

    /// Loads the spec for its registries alone: `expect` is not checked. It speaks about the wanted state, which a
    /// restore does not look at.
    ///
    /// # Errors
    /// As for [`Self::load`].
    pub fn load_without_expect(&self, interface: &dyn Interface) -> Result<Spec, Error> {
        let loaded = self.load_quietly(false)?;
        self.announced(loaded, interface)
    }

    /// Loads the whole spec.
    ///
    /// # Errors
    /// Everything that is wrong with the spec.
    pub fn load_quietly(&self, checks_expect: bool) -> Result<Loaded, Error> {
        self.load_with(checks_expect, None)
    }

    /// Loads the whole spec as if a file had another text.
    ///
    /// # Errors
    /// Everything that would be wrong with the spec.
    pub(crate) fn load_changed(
        &self,
        changed: ChangedFile<'_>,
        checks_expect: bool,
    ) -> Result<Loaded, Error> {
        self.load_with(checks_expect, Some(changed))
    }

    fn load_with(&self, checks_expect: bool, changed: Option<ChangedFile<'_>>) -> Result<Loaded, Error> {
        let renamed = self
            .renamed
            .as_ref()
            .map(|(folder, name)| RenamedFolder { folder, name });
        let options = LoadOptions {
            checks_expect,
            subfolders: self.subfolders,
            stdin: self.stdin.as_deref(),
            renamed,
            changed,
            ..LoadOptions::new(self.day)
        };
        Ok(spec::load_with(&self.paths, &options)?)
    }

    fn announced(&self, loaded: Loaded, interface: &dyn Interface) -> Result<Spec, Error> {
        if !loaded.warnings.is_empty() {
            interface.notify(&Notice::Warnings(&loaded.warnings));
        }
        let all = loaded.spec.registries.len();
        let spec = self.selection.apply(loaded.spec)?;
        let chosen = spec.registries.len();
        if chosen < all {
            interface.notify(&Notice::Selected { chosen, all });
        }
        Ok(spec)
    }
}

impl Selection {
    /// Removes the registries that are not meant.
    ///
    /// # Errors
    /// A pattern fits no registry of the spec: a misspelled name must not make a run about nothing look well. The
    /// same holds for patterns that leave none.
    pub fn apply(&self, mut spec: Spec) -> Result<Spec, Error> {
        let mut ids = Vec::new();
        for registry in &spec.registries {
            ids.push(&registry.id);
        }
        self.check(&ids, "of the spec")?;
        let all = std::mem::take(&mut spec.registries);
        let had_some = !all.is_empty();
        let (taken, left): (Vec<_>, Vec<_>) = all.into_iter().partition(|it| self.takes(&it.id));
        if had_some && taken.is_empty() {
            return Err(none_left());
        }
        // A shard may be empty: its runner then has nothing to do.
        let (mine, others): (Vec<_>, Vec<_>) = taken.into_iter().partition(|it| self.is_mine(&it.id));
        spec.left_out.extend(left);
        spec.left_out.extend(others);
        spec.left_out.sort_by(|a, b| a.id.cmp(&b.id));
        spec.registries = mine;
        Ok(spec)
    }

    /// Returns true if a registry is in the shard of this run.
    fn is_mine(&self, id: &RegistryId) -> bool {
        self.shard.is_none_or(|shard| shard.has(id))
    }

    /// Removes the registries of an import that are not meant.
    ///
    /// # Errors
    /// As for [`Self::apply`].
    pub(crate) fn apply_to_found(&self, found: &mut FoundRegistries) -> Result<(), Error> {
        let ids: Vec<&RegistryId> = found.registries.keys().collect();
        self.check(&ids, "that was found")?;
        let had_some = !found.registries.is_empty();
        found.registries.retain(|id, _| self.takes(id));
        if had_some && found.registries.is_empty() {
            return Err(none_left());
        }
        Ok(())
    }

    /// Returns true if a registry is meant.
    fn takes(&self, id: &RegistryId) -> bool {
        let taken = self.only.is_empty() || self.only.iter().any(|pattern| pattern.fits(id));
        taken && !self.except.iter().any(|pattern| pattern.fits(id))
    }

    /// Refuses a pattern that fits none of these registries.
    fn check(&self, ids: &[&RegistryId], whose: &str) -> Result<(), Error> {
        for (flag, patterns) in [("--only", &self.only), ("--except", &self.except)] {
            for pattern in patterns {
                if !ids.iter().any(|id| pattern.fits(id)) {
                    let names: Vec<&str> = ids.iter().map(|id| id.name()).collect();
                    return Err(Error::usage(
                        format!("`{flag} {pattern}` fits no registry {whose}"),
                        spec::suggest_name(pattern.as_str(), &names),
                    ));
                }
            }
        }
        Ok(())
    }
}

fn none_left() -> Error {
    Error::usage(
        "`--except` leaves no registry to work on",
        "leave out the --except that fits every registry that is meant",
    )
}
