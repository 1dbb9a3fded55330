//! Files of a spec as code hosts know them: by their path from the top of the repository.

use std::path::{Component, Path, PathBuf};

use super::entries::Entry;
use crate::spec::{DEFAULT_SPEC, STDIN, Source};

/// The folder that names on the command line start at, and the top of its repository.
#[derive(Clone, Debug, Default)]
pub struct Places {
    folder: PathBuf,
    top: PathBuf,
}

impl Places {
    /// Makes the places of names that start at `folder`, which is in or below `top`. Both are absolute.
    pub fn new(folder: PathBuf, top: PathBuf) -> Self {
        Self { folder, top }
    }

    /// Returns the file that a finding without a line is shown at. `named` is a file of the spec, if there is one.
    pub(in crate::render) fn home(&self, named: Option<&str>) -> String {
        self.path(named.unwrap_or(DEFAULT_SPEC))
    }

    /// Puts the files of entries in their places. A spec from stdin has none.
    pub(in crate::render) fn put(&self, entries: &mut [Entry]) {
        for entry in entries {
            if let Some(source) = &mut entry.source {
                source.file = self.path(&source.file).into();
            }
            entry.source.take_if(|source| &*source.file == STDIN);
        }
    }

    /// Returns the path from the top, with forward slashes. A file elsewhere has its absolute path.
    fn path(&self, file: &str) -> String {
        if file == STDIN {
            return file.to_owned();
        }
        // Without looking at the disk: a link is where the reader of the command line sees it.
        let mut whole = PathBuf::new();
        for part in self.folder.join(file).components() {
            match part {
                Component::CurDir => {}
                Component::ParentDir => {
                    whole.pop();
                }
                other => whole.push(other),
            }
        }
        let path = whole.strip_prefix(&self.top).unwrap_or(&whole);
        with_forward_slashes(path)
    }
}

/// Returns a file of a spec that stays the same from run to run: the first by name that names a registry, or a YAML file of the
/// command line.
pub(in crate::render) fn spec_file<'a>(
    registries: impl Iterator<Item = Option<&'a Source>>,
    named: &'a [String],
) -> Option<&'a str> {
    let files = registries.flatten().map(|source| &*source.file);
    let first = files.filter(|file| *file != STDIN).min();
    let is_yaml = |name: &&str| name.ends_with(".yaml") || name.ends_with(".yml");
    first.or_else(|| named.iter().map(String::as_str).find(is_yaml))
}

fn with_forward_slashes(path: &Path) -> String {
    let text = path.to_string_lossy();
    match std::path::MAIN_SEPARATOR {
        '/' => text.into_owned(),
        separator => text.replace(separator, "/"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(unix)]
    fn files_are_named_from_the_top_of_the_repository() {
        let places = Places::new("/home/repo/infra".into(), "/home/repo".into());
        let rows = [
            ("a.yaml", "infra/a.yaml"),
            ("./specs//b c.yaml", "infra/specs/b c.yaml"),
            ("../shared/a.yaml", "shared/a.yaml"),
            ("/home/repo/x/../a.yaml", "a.yaml"),
            ("../../other/a.yaml", "/home/other/a.yaml"),
            ("/home/repository/a.yaml", "/home/repository/a.yaml"),
            (STDIN, STDIN),
        ];
        for (file, path) in rows {
            assert_eq!(places.path(file), path, "{file}");
        }
    }
}
