//! Files in, [`Spec`](super::Spec) out: read, include, resolve, check.
//!
//! Loading does not stop at the first error. It collects every diagnostic and returns them together.

pub(crate) mod documents;
pub(crate) mod files;
pub(crate) mod folder;
pub(crate) mod include;
pub(crate) mod loader;
pub(crate) mod root;

use std::path::{Path, PathBuf};

use jiff::civil::Date;

use super::diagnostic::InvalidSpec;
pub use documents::Loaded;
use loader::Loader;

/// Loads files, and the YAML files of folders, as one spec. `today` decides which rules have expired.
///
/// # Errors
/// Returns all diagnostics of all files if at least one of them is an error.
pub fn load(paths: &[PathBuf], today: Date) -> Result<Loaded, InvalidSpec> {
    load_with(paths, &LoadOptions::new(today))
}

/// The way in which files are loaded.
#[derive(Clone, Copy, Debug)]
pub struct LoadOptions<'a> {
    /// The day that decides which rules have expired.
    pub today: Date,
    /// False if only the registries matter: `expect` speaks about the wanted state, and an entry that has expired can
    /// break it.
    pub checks_expect: bool,
    /// True if the files of subfolders are loaded too.
    pub subfolders: bool,
    /// The text that the path `-` stands for.
    pub stdin: Option<&'a [u8]>,
    /// A folder whose files are shown under another name.
    pub renamed: Option<RenamedFolder<'a>>,
    /// A file that is taken to have another text.
    pub changed: Option<ChangedFile<'a>>,
}

/// A file with a text that is not written yet.
#[derive(Clone, Copy, Debug)]
pub struct ChangedFile<'a> {
    pub path: &'a Path,
    pub text: &'a [u8],
}

/// A folder that stands for another place, such as a revision of a repository.
#[derive(Clone, Copy, Debug)]
pub struct RenamedFolder<'a> {
    pub folder: &'a Path,
    /// What messages show in the place of the folder and the `/` after it.
    pub name: &'a str,
}

impl LoadOptions<'_> {
    /// Returns the options of [`load`].
    pub fn new(today: Date) -> Self {
        Self {
            today,
            checks_expect: true,
            subfolders: false,
            stdin: None,
            renamed: None,
            changed: None,
        }
    }
}

/// Loads files and folders as [`load`] does, with options.
///
/// # Errors
/// As for [`load`].
pub fn load_with(paths: &[PathBuf], options: &LoadOptions<'_>) -> Result<Loaded, InvalidSpec> {
    let mut loader = Loader::new(options.today);
    if !options.checks_expect {
        loader.skip_expect();
    }
    if let Some(RenamedFolder { folder, name }) = options.renamed {
        loader.rename(folder, name);
    }
    if let Some(ChangedFile { path, text }) = options.changed {
        loader.change(path, text);
    }
    for path in paths {
        match options.stdin {
            Some(text) if path == Path::new("-") => loader.add_stdin(text),
            _ => loader.add_path(path, options.subfolders),
        }
    }
    loader.finish()
}

/// Returns the file of a path, or the YAML files of a folder.
///
/// # Errors
/// The folder cannot be read, or holds no YAML file.
pub fn files_of(path: &Path, subfolders: bool) -> Result<Vec<PathBuf>, InvalidSpec> {
    folder::expand(path, subfolders).map_err(|found| InvalidSpec {
        diagnostics: vec![*found],
    })
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
