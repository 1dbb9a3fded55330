//! Paths in a revision of a git repository: `REV:PATH`, as git itself writes it.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use tempfile::TempDir;

use super::program::git;
use crate::error::Error;
use crate::spec::LARGEST_FILE;

/// Paths in a revision, as the user names them.
pub(crate) struct Revision {
    rev: String,
    /// Each from the top of the repository, or from the current folder if it begins with `./` or `../`.
    paths: Vec<String>,
}

/// The YAML files of a revision, as long as this value lives.
pub(crate) struct Checkout {
    pub(crate) folder: TempDir,
    /// The files or folders that were asked for. The revision may lack them.
    pub(crate) paths: Vec<PathBuf>,
}

/// A file of a revision.
struct Entry {
    object: String,
    path: PathBuf,
}

impl Revision {
    /// Reads `REV:PATH`. Returns `None` for a text of another form.
    ///
    /// # Errors
    /// A revision that begins with a hyphen, which git would take for an option.
    pub(crate) fn parse(text: &Path) -> Result<Option<Self>, Error> {
        let Some((rev, path)) = text.to_str().and_then(|text| text.split_once(':')) else {
            return Ok(None);
        };
        if rev.is_empty() || path.is_empty() {
            return Ok(None);
        }
        Self::new(rev, vec![path.to_owned()]).map(Some)
    }

    /// Makes a revision with these paths.
    ///
    /// # Errors
    /// As for [`Self::parse`].
    pub(crate) fn new(rev: &str, paths: Vec<String>) -> Result<Self, Error> {
        if rev.starts_with('-') {
            return Err(Error::usage(
                format!("`{rev}` is not the name of a revision"),
                "a revision is a branch, a tag or a commit, such as main or HEAD~1",
            ));
        }
        let rev = rev.to_owned();
        Ok(Self { rev, paths })
    }

    /// Returns the revision as the user names it.
    pub(crate) fn name(&self) -> &str {
        &self.rev
    }

    /// Writes every YAML file of the revision to a folder of its own, since a spec can include any of them.
    ///
    /// # Errors
    /// There is no such revision, git cannot be run, or the folder cannot be written.
    pub(crate) fn checkout(&self) -> Result<Checkout, Error> {
        let commit = self.commit()?;
        let mut asked = Vec::new();
        for path in &self.paths {
            asked.push(inside(path)?);
        }
        let folder = tempfile::tempdir().map_err(unwritten)?;
        let entries = entries(&commit, &asked)?;
        write_all(&entries, folder.path())?;
        let paths = asked.iter().map(|path| folder.path().join(path)).collect();
        Ok(Checkout { folder, paths })
    }

    /// Returns the error about a path that the revision lacks.
    pub(crate) fn lacks(&self) -> Error {
        let message = format!(
            "revision `{}` has no YAML file or folder `{}`",
            self.rev,
            self.paths.join(" ")
        );
        let help =
            "the path counts from the top of the repository; ./PATH counts from the current folder";
        Error::usage(message, help)
    }

    /// Returns the id of the commit. From here on, no text of the user is an argument of git.
    fn commit(&self) -> Result<String, Error> {
        let commit = format!("{}^{{commit}}", self.rev);
        let args = ["rev-parse", "--verify", "--quiet", "--end-of-options", &commit];
        let answer = git(&args, b"")?.unwrap_or_default();
        // Old versions of git repeat the word that ends the options.
        let text = String::from_utf8_lossy(&answer);
        let id = text.lines().last().unwrap_or_default();
        if id.len() >= 40 && id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Ok(id.to_owned());
        }
        let message = format!("`{}` is not a revision of a git repository here", self.rev);
        let help = "name a branch, a tag or a commit, in a folder of the repository";
        Err(Error::usage(message, help))
    }
}

/// Returns the path from the top of the repository.
fn inside(path: &str) -> Result<PathBuf, Error> {
    let mut walked = PathBuf::new();
    if path == "." || path.starts_with("./") || path.starts_with("../") {
        let prefix = git(&["rev-parse", "--show-prefix"], b"")?.unwrap_or_default();
        walked.push(String::from_utf8_lossy(&prefix).trim_end_matches('\n'));
    }
    for part in Path::new(path).components() {
        let is_inside = match part {
            Component::CurDir => true,
            Component::ParentDir => walked.pop(),
            Component::Normal(name) => {
                walked.push(name);
                true
            }
            Component::RootDir | Component::Prefix(_) => false,
        };
        if !is_inside {
            let message = format!("`{}` leads out of the repository", path);
            return Err(Error::usage(
                message,
                "count the path from the top of the repository",
            ));
        }
    }
    Ok(walked)
}

/// Lists the YAML files of a commit, and the files that were asked for.
fn entries(commit: &str, asked: &[PathBuf]) -> Result<Vec<Entry>, Error> {
    let listed = git(&["ls-tree", "-r", "-z", "--full-tree", commit], b"")?.unwrap_or_default();
    let mut entries = Vec::new();
    for line in listed.split(|byte| *byte == 0) {
        if let Some(entry) = std::str::from_utf8(line).ok().and_then(entry)
            && (is_yaml(&entry.path) || asked.contains(&entry.path))
        {
            entries.push(entry);
        }
    }
    Ok(entries)
}

/// Reads `MODE blob OBJECT<tab>PATH`. Links and submodules are no files, and a path that leaves the folder is not taken.
fn entry(line: &str) -> Option<Entry> {
    let (facts, path) = line.split_once('\t')?;
    let mut facts = facts.split(' ');
    let (mode, kind, object) = (facts.next()?, facts.next()?, facts.next()?);
    if !mode.starts_with("100") || kind != "blob" {
        return None;
    }
    let path = PathBuf::from(path);
    for part in path.components() {
        match part {
            Component::Normal(name) if !name.eq_ignore_ascii_case(".git") => {}
            _ => return None,
        }
    }
    Some(Entry {
        object: object.to_owned(),
        path,
    })
}

fn is_yaml(path: &Path) -> bool {
    path.extension()
        .is_some_and(|ending| ending == "yaml" || ending == "yml")
}

/// Writes the files below a folder, which then looks like the top of a repository: includes must not leave it.
fn write_all(entries: &[Entry], folder: &Path) -> Result<(), Error> {
    fs::create_dir(folder.join(".git")).map_err(unwritten)?;
    let mut wanted = String::new();
    for entry in entries {
        wanted += &entry.object;
        wanted.push('\n');
    }
    let answer = git(&["cat-file", "--batch"], wanted.as_bytes())?.unwrap_or_default();
    let mut rest = answer.as_slice();
    for entry in entries {
        let Some((content, after)) = next_object(rest) else {
            return Err(unwritten(io::Error::other(
                "git does not show the files of the revision",
            )));
        };
        rest = after;
        write(&folder.join(&entry.path), content).map_err(unwritten)?;
    }
    Ok(())
}

/// Splits the first object, `OBJECT blob SIZE<newline>CONTENT<newline>`, from the answer of git.
fn next_object(answer: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = answer.iter().position(|byte| *byte == b'\n')?;
    let head = std::str::from_utf8(&answer[..end]).ok()?;
    let size: usize = head.rsplit_once(' ')?.1.parse().ok()?;
    let (content, after) = answer[end + 1..].split_at_checked(size)?;
    Some((content, after.get(1..)?))
}

/// Writes one file. One that is larger than a spec may be is cut one byte above that, so that the loader says so.
fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let most = usize::try_from(LARGEST_FILE)
        .unwrap_or(usize::MAX)
        .saturating_add(1);
    fs::write(path, &content[..content.len().min(most)])
}

fn unwritten(source: io::Error) -> Error {
    Error::System {
        action: "keep the files of the revision in a temporary folder",
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_files_inside_the_folder_are_taken() {
        let rows = [
            ("100644 blob 0a\tspecs/a.yaml", true),
            ("100755 blob 0a\ta.yaml", true),
            ("120000 blob 0a\tlink.yaml", false),
            ("160000 commit 0a\tmodule", false),
            ("100644 blob 0a\t../a.yaml", false),
            ("100644 blob 0a\t/etc/a.yaml", false),
            ("100644 blob 0a\t.GIT/hooks/a.yaml", false),
            ("100644 blob", false),
            ("", false),
        ];
        for (line, taken) in rows {
            assert_eq!(entry(line).is_some(), taken, "{line}");
        }
    }

    #[test]
    fn objects_are_read_by_their_size() {
        let answer = b"0a blob 3\na\nb\n0b blob 0\n\n";
        let (first, rest) = next_object(answer).unwrap();
        assert_eq!(first, b"a\nb");
        let (second, rest) = next_object(rest).unwrap();
        assert_eq!((second, rest), (&b""[..], &b""[..]));
        for cut in [&b"0a missing\n"[..], b"0a blob 9\nab", b"0a blob 2\nab", b"x"] {
            assert!(next_object(cut).is_none());
        }
    }
}
