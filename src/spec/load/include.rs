//! Where `include` may lead.
//!
//! A spec comes in with a pull request, and errors show lines of the files they are about. So an include must not
//! reach files that the pull request's author could not read otherwise: it stays inside of one folder.

use std::path::{Component, Path, PathBuf};

use crate::spec::yaml::node::short;

/// A file and the folder that its includes must not leave.
#[derive(Clone, Debug)]
pub(crate) struct IncludeBase {
    /// As users know it.
    pub shown: PathBuf,
    pub canonical: PathBuf,
    root: PathBuf,
}

/// Why an include cannot be followed.
pub(crate) struct IncludeError {
    pub code: &'static str,
    pub message: String,
    pub help: String,
}

impl IncludeBase {
    /// A file named on the command line. Its includes stay inside of the repository that holds it, else of the
    /// current folder if that holds it, else of its own folder.
    pub(crate) fn of_named(shown: &Path, canonical: &Path) -> Self {
        let folder = canonical.parent().unwrap_or(canonical);
        let repository = folder.ancestors().find(|folder| folder.join(".git").exists());
        let current = std::env::current_dir()
            .and_then(|folder| folder.canonicalize())
            .ok();
        let current = current.filter(|current| folder.starts_with(current));
        let root = repository
            .map(Path::to_owned)
            .or(current)
            .unwrap_or_else(|| folder.to_owned());
        Self {
            shown: shown.to_owned(),
            canonical: canonical.to_owned(),
            root,
        }
    }
}

/// The file that `text`, written in the file of `base`, stands for.
pub(crate) fn target(base: Option<&IncludeBase>, text: &str) -> Result<IncludeBase, IncludeError> {
    let shown = short(text);
    let Some(base) = base else {
        return Err(IncludeError {
            code: "include-unreadable",
            message: format!("cannot include `{shown}`: this text has no folder"),
            help: "write the spec to a file".to_owned(),
        });
    };
    if Path::new(text).is_absolute() {
        return Err(outside(base, &format!("`{shown}` is an absolute path")));
    }
    let folder = base.canonical.parent().unwrap_or(&base.canonical);
    let canonical = folder.join(text).canonicalize().map_err(|error| IncludeError {
        code: "include-unreadable",
        message: format!("cannot read `{shown}`: {error}"),
        help: "the path counts from the folder of this file".to_owned(),
    })?;
    if !canonical.starts_with(&base.root) {
        return Err(outside(
            base,
            &format!("`{shown}` leads out of `{}`", base.root.display()),
        ));
    }
    let shown_folder = base.shown.parent().unwrap_or(Path::new(""));
    Ok(IncludeBase {
        shown: tidy(&shown_folder.join(text)),
        canonical,
        root: base.root.clone(),
    })
}

fn outside(base: &IncludeBase, message: &str) -> IncludeError {
    IncludeError {
        code: "include-outside",
        message: message.to_owned(),
        help: format!(
            "move the file into `{}` and name it relative to this one",
            base.root.display()
        ),
    }
}

/// Takes `a/../` and `./` out of a path, for people.
fn tidy(path: &Path) -> PathBuf {
    let mut tidy = PathBuf::new();
    for part in path.components() {
        let back = part == Component::ParentDir
            && matches!(tidy.components().next_back(), Some(Component::Normal(_)));
        match part {
            Component::CurDir => {}
            _ if back => {
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
    fn shown_paths_are_short() {
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
