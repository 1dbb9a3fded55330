//! Files in, [`Spec`](super::Spec) out: read, include, resolve, check.
//!
//! Loading does not stop at the first error. It collects every diagnostic and returns them together.

pub(crate) mod documents;
pub(crate) mod files;
pub(crate) mod include;
pub(crate) mod loader;
pub(crate) mod root;

use std::path::PathBuf;

use jiff::civil::Date;

use super::diagnostic::InvalidSpec;
pub use documents::Loaded;
use loader::Loader;

/// Loads files, and the YAML files of folders, as one spec. `today` decides which rules have expired.
///
/// # Errors
/// Returns all diagnostics of all files if at least one of them is an error.
pub fn load(paths: &[PathBuf], today: Date) -> Result<Loaded, InvalidSpec> {
    let mut loader = Loader::new(today);
    for path in paths {
        loader.add_path(path);
    }
    loader.finish()
}

/// Loads files as [`load`] does, for their registries alone: `expect` is not checked. It speaks about the wanted state,
/// and an entry that has expired can break it.
///
/// # Errors
/// As for [`load`].
pub fn load_without_expect(paths: &[PathBuf], today: Date) -> Result<Loaded, InvalidSpec> {
    let mut loader = Loader::new(today);
    loader.skip_expect();
    for path in paths {
        loader.add_path(path);
    }
    loader.finish()
}

/// Loads one text as if it were a file named `name`. The text cannot include files.
///
/// # Errors
/// Returns all diagnostics if at least one of them is an error.
pub fn load_str(name: &str, text: &str, today: Date) -> Result<Loaded, InvalidSpec> {
    let mut loader = Loader::new(today);
    loader.add_text(name, text);
    loader.finish()
}
