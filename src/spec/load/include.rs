//! Limits the files that `include` and links may lead to. They stay inside one folder.

use std::path::{Component, Path, PathBuf};

use super::files;
use super::root::root_of;
use crate::spec::diagnostic::Diagnostic;
use crate::spec::diagnostic_code::DiagnosticCode;
use crate::spec::yaml::node::short;

/// A file, and the folder that links and includes must not leave.
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

/// The spec of a command line that names none.
pub(crate) const DEFAULT_SPEC: &str = "ringfence.yaml";
/// The name of a spec that is read from stdin.
pub(crate) const STDIN: &str = "<stdin>";

impl IncludeBase {
    /// Creates the base of a spec on stdin, which includes files as a file of the current folder does.
    ///
    /// # Errors
    /// Returns a diagnostic if the current folder cannot be read.
    pub(crate) fn of_stdin() -> Result<Self, Box<Diagnostic>> {
        let here = Path::new(".");
        match (here.canonicalize(), root_of(here)) {
            (Ok(folder), Ok(root)) => Ok(Self {
                shown: PathBuf::from(STDIN),
                canonical: folder.join(STDIN),
                root,
            }),
            (Err(error), _) | (_, Err(error)) => {
                Err(Box::new(files::unreadable(here, &error.to_string())))
            }
        }
    }

    /// Creates the base of a file named on the command line. Links and includes must not leave `root`.
    ///
    /// # Errors
    /// Returns a diagnostic if the file cannot be read, or if a link leads out of `root`.
    pub(crate) fn of_named(shown: &Path, root: &Path) -> Result<Self, Box<Diagnostic>> {
        let canonical = match files::canonical(shown) {
            Ok(canonical) => canonical,
            Err(reason) => return Err(Box::new(files::unreadable(shown, &reason))),
        };
        if !canonical.starts_with(root) {
            let message = format!(
                "cannot read `{}`: a link leads to a file outside `{}`",
                shown.display(),
                root.display()
            );
            let help = "put the file itself in the place of the link, or name the file without the link";
            let found = Diagnostic::new(DiagnosticCode::LinkOutside, message, help);
            return Err(Box::new(found));
        }
        Ok(Self {
            shown: shown.to_owned(),
            canonical,
            root: root.to_owned(),
        })
    }
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
