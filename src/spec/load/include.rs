//! Limits the files that `include` may read.
//!
//! A spec can come from a pull request, and diagnostics show lines of the files that they are about. So an include must
//! not read a file that the author of the pull request cannot read anyway. It stays inside one folder.

use std::path::{Component, Path, PathBuf};

use crate::spec::diagnostic_code::DiagnosticCode;
use crate::spec::yaml::node::short;

/// A file, and the folder that its includes must not leave.
#[derive(Clone, Debug)]
pub(crate) struct IncludeBase {
    /// The path as users know it.
    pub shown: PathBuf,
    pub canonical: PathBuf,
    root: PathBuf,
}

/// The reason why an include cannot be followed.
pub(crate) struct IncludeError {
    pub code: DiagnosticCode,
    pub message: String,
    pub help: String,
}

impl IncludeBase {
    /// Creates the base of a file named on the command line. Its includes stay inside the repository that holds the
    /// file; without one, inside the current folder if that holds the file, or else inside the folder of the file.
    pub(crate) fn of_named(shown: &Path, canonical: &Path) -> Self {
        let folder = canonical.parent().unwrap_or(canonical);
        // `.git` is a folder, or a file in a worktree.
        let repository = folder.ancestors().find(|folder| folder.join(".git").exists());
        let root = match (repository, current_folder()) {
            (Some(repository), _) => repository.to_owned(),
            (None, Some(current)) if folder.starts_with(&current) => current,
            (None, _) => folder.to_owned(),
        };
        Self {
            shown: shown.to_owned(),
            canonical: canonical.to_owned(),
            root,
        }
    }
}

fn current_folder() -> Option<PathBuf> {
    std::env::current_dir().ok()?.canonicalize().ok()
}

/// Returns the file that an entry of `include` names. `base` is the file that has the entry.
///
/// # Errors
/// Refuses an absolute path, a path that leads outside the folder of `base`, and a file that does not exist.
pub(crate) fn target(base: Option<&IncludeBase>, text: &str) -> Result<IncludeBase, IncludeError> {
    let shown = short(text);
    let Some(base) = base else {
        return Err(IncludeError {
            code: DiagnosticCode::IncludeUnreadable,
            message: format!("cannot include `{shown}`: this spec was not read from a file"),
            help: "write the spec to a file".to_owned(),
        });
    };
    if Path::new(text).is_absolute() {
        return Err(outside(base, &shown, "the path is absolute"));
    }
    // Symbolic links are followed before the folder is compared.
    let folder = base.canonical.parent().unwrap_or(&base.canonical);
    let canonical = match folder.join(text).canonicalize() {
        Ok(canonical) => canonical,
        Err(error) => return Err(IncludeError::unreadable(&shown, &error.to_string())),
    };
    if !canonical.starts_with(&base.root) {
        let reason = format!("it is outside `{}`", base.root.display());
        return Err(outside(base, &shown, &reason));
    }
    // Users see the path from the file that they named, without detours.
    let shown_folder = base.shown.parent().unwrap_or(Path::new(""));
    Ok(IncludeBase {
        shown: tidy(&shown_folder.join(text)),
        canonical,
        root: base.root.clone(),
    })
}

impl IncludeError {
    /// Reports a file that cannot be read.
    pub(crate) fn unreadable(shown: &str, reason: &str) -> Self {
        Self {
            code: DiagnosticCode::IncludeUnreadable,
            message: format!("cannot read `{shown}`: {reason}"),
            help: "the path is relative to the folder of this file".to_owned(),
        }
    }
}

fn outside(base: &IncludeBase, shown: &str, reason: &str) -> IncludeError {
    IncludeError {
        code: DiagnosticCode::IncludeOutside,
        message: format!("cannot include `{shown}`: {reason}"),
        help: format!(
            "move the file into `{}` and use a path relative to this file",
            base.root.display()
        ),
    }
}

/// Removes `a/../` and `./` from a path that users see.
fn tidy(path: &Path) -> PathBuf {
    let mut tidy = PathBuf::new();
    for part in path.components() {
        let after_name = matches!(tidy.components().next_back(), Some(Component::Normal(_)));
        match part {
            Component::CurDir => {}
            Component::ParentDir if after_name => {
                tidy.pop();
            }
            _ => tidy.push(part),
        }
    }
    tidy
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shown_paths_have_no_detours() {
        let rows = [
            ("specs/../shared/a.yaml", "shared/a.yaml"),
            ("./a.yaml", "a.yaml"),
            ("../a.yaml", "../a.yaml"),
            ("../../x/../a.yaml", "../../a.yaml"),
        ];
        for (path, short) in rows {
            assert_eq!(tidy(Path::new(path)), Path::new(short), "{path}");
        }
    }
}
