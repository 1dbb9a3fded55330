//! Files that a run reads or keeps, so that no result overwrites them.

use std::path::{Path, PathBuf};

use crate::local_file::{folder, resolve};

const INPUT: &str = "a file that the command reads";
const YAML: &str = "a YAML file, which may be part of a spec";

/// The files of a run that no result may be written to.
#[derive(Clone, Debug, Default)]
pub(crate) struct ProtectedFiles {
    /// The role of each file, such as `the CA file`, and its path.
    files: Vec<(&'static str, PathBuf)>,
    /// Folders whose `*.yaml` and `*.yml` files are the spec.
    folders: Vec<PathBuf>,
}

impl ProtectedFiles {
    /// Adds files and folders that the command reads. Missing ones are left out: loading reports them.
    pub(crate) fn specs<'a>(mut self, paths: impl IntoIterator<Item = &'a Path>) -> Self {
        for path in paths {
            let Ok(resolved) = resolve(path) else { continue };
            if path.is_dir() {
                self.folders.push(resolved);
            } else {
                self.files.push((INPUT, resolved));
            }
        }
        self
    }

    /// Adds a file with its role, if one is given.
    pub(crate) fn file(mut self, role: &'static str, path: Option<&Path>) -> Self {
        if let Some(path) = path
            && let Ok(resolved) = resolve(path)
        {
            self.files.push((role, resolved));
        }
        self
    }

    /// Returns the role that a file has in this run, if it is one of these.
    pub(crate) fn role(&self, path: &Path) -> Option<&'static str> {
        let resolved = resolve(path).ok()?;
        for (role, file) in &self.files {
            if is_same(file, &resolved) {
                return Some(role);
            }
        }
        // A new file in a folder of the spec would become part of it.
        let extension = resolved.extension()?;
        let is_yaml = extension == "yaml" || extension == "yml";
        let folder = folder(&resolved);
        let in_spec = self.folders.iter().any(|spec| folder.starts_with(spec));
        if is_yaml && in_spec {
            Some(INPUT)
        } else {
            // Which files a spec includes is known only once it is read.
            (is_yaml && resolved.is_file()).then_some(YAML)
        }
    }
}

/// Returns true if two names belong to one file, also as hard links.
fn is_same(a: &Path, b: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        if let (Ok(a), Ok(b)) = (a.metadata(), b.metadata()) {
            return (a.dev(), a.ino()) == (b.dev(), b.ino());
        }
    }
    a == b
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn file_is_known_by_any_of_its_names() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::create_dir(path("specs")).unwrap();
        fs::write(path("spec.yaml"), "").unwrap();
        fs::write(path("included.yaml"), "").unwrap();
        fs::hard_link(path("spec.yaml"), path("link.json")).unwrap();
        let protected = ProtectedFiles::default()
            .specs([&*path("spec.yaml"), &path("specs"), &path("missing.yaml")])
            .file("the sandbox's state", Some(&path("state.json")))
            .file("the request log", None);
        let spec = Some(INPUT);
        let rows = [
            ("spec.yaml", spec),
            ("specs/../spec.yaml", spec),
            ("missing.yaml", spec),
            ("specs/new.yml", spec),
            ("specs/plan.json", None),
            ("state.json", Some("the sandbox's state")),
            ("plan.json", None),
            ("no/folder.yaml", None),
            ("included.yaml", Some(YAML)),
            ("link.json", spec),
        ];
        for (name, role) in rows {
            assert_eq!(protected.role(&path(name)), role, "{name}");
        }
    }
}
