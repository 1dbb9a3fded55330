//! Other programs, run for what they say.

use std::process::{Output, Stdio};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};

use super::probes::Probes;

/// Longest time of a program. `az` needs seconds on a slow machine.
const LONGEST: Duration = Duration::from_secs(10);

/// Bound on each of the two outputs of a program, in bytes. They have a few thousand.
const MOST: u64 = 1024 * 1024;

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
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn();
    let mut child = match spawned {
        Ok(child) => child,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ran::NotFound,
        Err(error) => return Ran::Failed(error.to_string()),
    };
    match probes.patience.wait(LONGEST, output_of(&mut child, input)).await {
        Some(Ok(output)) => Ran::Done(output),
        Some(Err(error)) => Ran::Failed(error.to_string()),
        None => Ran::Failed(format!("`{program}` does not answer in time")),
    }
}

/// Writes the input, and reads both outputs up to their bound. A program that writes more meets a closed pipe.
async fn output_of(child: &mut Child, input: &str) -> std::io::Result<Output> {
    if let Some(mut stdin) = child.stdin.take() {
        // A program that does not read its input may have ended already.
        let _ = stdin.write_all(input.as_bytes()).await;
    }
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let (stdout, stderr) = futures::try_join!(beginning_of(stdout), beginning_of(stderr))?;
    Ok(Output {
        status: child.wait().await?,
        stdout,
        stderr,
    })
}

async fn beginning_of(pipe: Option<impl AsyncRead + Unpin>) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if let Some(pipe) = pipe {
        pipe.take(MOST).read_to_end(&mut bytes).await?;
    }
    Ok(bytes)
}
