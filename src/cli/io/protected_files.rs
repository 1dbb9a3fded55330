//! What a run reads or keeps, so that no result is written over it.

use std::path::{Path, PathBuf};

use super::atomic_file::{self, resolve};

/// The files of a run that no result may be written to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Inputs {
    /// What each one is, and where.
    files: Vec<(&'static str, PathBuf)>,
    /// Folders whose `*.yaml` and `*.yml` files are the spec.
    folders: Vec<PathBuf>,
}

impl Inputs {
    /// Adds files and folders of the spec. What is not there is none of our business: loading says so.
    pub(crate) fn specs<'a>(mut self, paths: impl IntoIterator<Item = &'a Path>) -> Self {
        for path in paths {
            let Ok(resolved) = resolve(path) else { continue };
            if path.is_dir() {
                self.folders.push(resolved);
            } else {
                self.files.push(("a file of the spec", resolved));
            }
        }
        self
    }

    /// Adds a file, where one is given.
    pub(crate) fn file(mut self, role: &'static str, path: Option<&Path>) -> Self {
        let resolved = path.and_then(|path| resolve(path).ok());
        self.files.extend(resolved.map(|path| (role, path)));
        self
    }

    /// What a file that is going to be written is to this run already.
    pub(crate) fn role(&self, path: &Path) -> Option<&'static str> {
        let resolved = resolve(path).ok()?;
        let file = self.files.iter().find(|(_, file)| *file == resolved);
        let yaml = resolved
            .extension()
            .is_some_and(|extension| extension == "yaml" || extension == "yml");
        let in_folder = yaml
            && self
                .folders
                .iter()
                .any(|folder| *folder == atomic_file::folder(&resolved));
        file.map(|(role, _)| *role)
            .or(in_folder.then_some("a file of the spec"))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_file_is_known_by_any_of_its_names() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::create_dir(path("specs")).unwrap();
        fs::write(path("spec.yaml"), "").unwrap();
        let inputs = Inputs::default()
            .specs([&*path("spec.yaml"), &path("specs"), &path("missing.yaml")])
            .file("the sandbox's state", Some(&path("state.json")))
            .file("the request log", None);
        let spec = Some("a file of the spec");
        let rows = [
            ("spec.yaml", spec),
            ("specs/../spec.yaml", spec),
            ("missing.yaml", spec),
            ("specs/new.yml", spec),
            ("specs/plan.json", None),
            ("state.json", Some("the sandbox's state")),
            ("plan.json", None),
            ("no/folder.yaml", None),
        ];
        for (name, role) in rows {
            assert_eq!(inputs.role(&path(name)), role, "{name}");
        }
    }
}
