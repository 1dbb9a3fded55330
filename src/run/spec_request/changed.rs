//! Registries whose entry differs from an earlier revision of the spec.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use jiff::civil::Date;

use crate::error::Error;
use crate::model::RegistryId;
use crate::run::git::revision::Revision;
use crate::spec::{self, LoadOptions, RenamedFolder, Spec};

/// The files and folders of a spec, and how they are loaded.
pub(super) struct SpecFiles<'a> {
    pub(super) paths: &'a [PathBuf],
    pub(super) subfolders: bool,
    pub(super) day: Date,
}

impl SpecFiles<'_> {
    /// Returns the registries of `spec` that the revision does not have, or wants otherwise.
    ///
    /// # Errors
    /// There is no such revision, or its spec is invalid.
    pub(super) fn changed_since(
        &self,
        revision: &str,
        spec: &Spec,
    ) -> Result<BTreeSet<RegistryId>, Error> {
        let old = self.load_at(revision)?;
        let mut before = BTreeMap::new();
        for registry in &old.registries {
            before.insert(&registry.id, registry.fingerprint());
        }
        let mut changed = BTreeSet::new();
        for registry in &spec.registries {
            if before.get(&registry.id) != Some(&registry.fingerprint()) {
                changed.insert(registry.id.clone());
            }
        }
        Ok(changed)
    }

    /// Loads the same paths of a revision. A path that it does not have yet has no registries.
    fn load_at(&self, revision: &str) -> Result<Spec, Error> {
        let mut inside = Vec::new();
        for path in self.paths {
            inside.push(below_current_folder(path, revision)?);
        }
        let revision = Revision::new(revision, inside)?;
        let checkout = revision.checkout()?;
        let mut paths = Vec::new();
        for path in &checkout.paths {
            if path.exists() {
                paths.push(path.clone());
            }
        }
        if paths.is_empty() {
            return Ok(Spec::default());
        }
        // Only the entries are compared, so `expect` need not hold in the revision.
        let options = LoadOptions {
            checks_expect: false,
            subfolders: self.subfolders,
            renamed: Some(RenamedFolder {
                folder: checkout.folder.path(),
                name: &format!("{}:", revision.name()),
            }),
            ..LoadOptions::new(self.day)
        };
        Ok(spec::load_with(&paths, &options)?.spec)
    }
}

/// Returns a path as git takes it, from the current folder.
fn below_current_folder(path: &Path, revision: &str) -> Result<String, Error> {
    if path == Path::new("-") {
        return Err(Error::usage(
            format!("a spec on stdin cannot be compared with `{revision}`"),
            "name the file or folder of the spec",
        ));
    }
    let here = std::env::current_dir().unwrap_or_default();
    let relative = match path.is_absolute() {
        true => path.strip_prefix(&here).ok(),
        false => Some(path),
    };
    match relative.and_then(Path::to_str) {
        Some(text) => Ok(format!("./{text}")),
        None => Err(Error::usage(
            format!("`{}` cannot be compared with `{revision}`", path.display()),
            "run ringfence in the folder of the repository, and name the spec from there",
        )),
    }
}
