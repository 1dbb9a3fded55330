//! The git program, asked for objects of the repository that holds the current folder.
//!
//! Only plumbing is run, which starts no hook, no filter and no pager, and no argument of the user is ever where git looks
//! for options.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::process::{Command, Stdio};

use crate::error::Error;

/// Most bytes that git may answer: more than the YAML of any repository.
const LARGEST: u64 = 256 << 20;

/// Runs git with these arguments and this text on its stdin. Returns its output, or `None` if git refuses.
///
/// # Errors
/// There is no git program, or its answer has no end.
pub(crate) fn git(args: &[&str], stdin: &[u8]) -> Result<Option<Vec<u8>>, Error> {
    run(args, stdin).map_err(|source| Error::System {
        action: "run git, which reads revisions",
        source,
    })
}

fn run(args: &[&str], stdin: &[u8]) -> io::Result<Option<Vec<u8>>> {
    let mut child = Command::new("git")
        .args(["--no-pager", "--no-replace-objects", "--literal-pathspecs"])
        .args(["-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null"])
        .args(args)
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GIT_OPTIONAL_LOCKS", "0")
        // A partial clone would fetch what it lacks.
        .env("GIT_NO_LAZY_FETCH", "1")
        .stdin(Stdio::from(file_with(stdin)?))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let mut answer = Vec::new();
    let mut read = Ok(0);
    if let Some(stdout) = child.stdout.take() {
        read = stdout.take(LARGEST + 1).read_to_end(&mut answer);
    }
    if read.is_err() || answer.len() as u64 > LARGEST {
        child.kill()?;
    }
    let status = child.wait()?;
    read?;
    if answer.len() as u64 > LARGEST {
        return Err(io::Error::other("its answer is too large"));
    }
    Ok(status.success().then_some(answer))
}

/// Returns a file that holds the text, at its beginning: with a pipe, both programs could wait for each other.
fn file_with(text: &[u8]) -> io::Result<File> {
    let mut file = tempfile::tempfile()?;
    file.write_all(text)?;
    file.seek(SeekFrom::Start(0))?;
    Ok(file)
}
