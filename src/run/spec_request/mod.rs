//! The spec of a run: loaded, announced, and narrowed to the registries that are meant.

mod changed;
mod selection;

use std::path::PathBuf;

use jiff::civil::Date;

use super::interface::{Interface, Notice};
use super::plan::today;
use crate::error::Error;
use crate::spec::{self, ChangedFile, LoadOptions, Loaded, RenamedFolder, Selector, Spec};
use changed::SpecFiles;
pub(crate) use selection::LiveChoice;
pub use selection::Selection;

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
        let spec = self.choose(loaded.spec)?;
        let chosen = spec.registries.len();
        if chosen < all {
            interface.notify(&Notice::Selected { chosen, all });
        }
        Ok(spec)
    }

    /// Removes the registries that are not meant. Those that live state decides about stay.
    ///
    /// # Errors
    /// A selector that fits no registry, and a revision that cannot be read.
    pub fn choose(&self, spec: Spec) -> Result<Spec, Error> {
        let mut selection = self.selection.clone();
        let choice = &mut selection.choice;
        for selector in choice.only.iter_mut().chain(&mut choice.except) {
            self.compare(selector, &spec)?;
        }
        selection.apply(spec)
    }

    /// Refuses a selector that depends on live state.
    ///
    /// # Errors
    /// There is one. `why` says why no live state is at hand.
    pub fn check_offline(&self, why: &str) -> Result<(), Error> {
        match self.selection.choice.live_flag() {
            None => Ok(()),
            Some((flag, selector)) => Err(Error::usage(
                format!("`{flag} {selector}` needs the live state of the registries, and {why}"),
                "choose by name, id, subscription, group or changed",
            )),
        }
    }

    /// Finds the registries that a selector means by a revision.
    fn compare(&self, selector: &mut Selector, spec: &Spec) -> Result<(), Error> {
        let files = SpecFiles {
            paths: &self.paths,
            subfolders: self.subfolders,
            day: self.day,
        };
        if let Some(revision) = selector.revision() {
            *selector = selector.with_changed(files.changed_since(revision, spec)?);
        }
        Ok(())
    }
}
