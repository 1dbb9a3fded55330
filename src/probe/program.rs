//! Other programs, run for what they say.

use std::process::{Output, Stdio};
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use super::probes::Probes;

/// Longest time of a program. `az` needs seconds on a slow machine.
const LONGEST: Duration = Duration::from_secs(10);

/// The end of a program.
pub(super) enum Ran {
    Done(Output),
    NotFound,
    Failed(String),
}

/// Runs a program with these arguments and this input. It is ended if it takes too long.
pub(super) async fn run(probes: &Probes, program: &str, args: &[&str], input: &str) -> Ran {
    let spawned = Command::new(program)
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn();
    let mut child = match spawned {
        Ok(child) => child,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ran::NotFound,
        Err(error) => return Ran::Failed(error.to_string()),
    };
    let work = async {
        if let Some(mut stdin) = child.stdin.take() {
            // A program that does not read its input may have ended already.
            let _ = stdin.write_all(input.as_bytes()).await;
        }
        child.wait_with_output().await
    };
    match probes.patience.wait(LONGEST, work).await {
        Some(Ok(output)) => Ran::Done(output),
        Some(Err(error)) => Ran::Failed(error.to_string()),
        None => Ran::Failed(format!("`{program}` does not answer in time")),
    }
}
