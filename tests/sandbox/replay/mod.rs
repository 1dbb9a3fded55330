//! Replays recorded traffic against a sandbox, request by request.
//!
//! A sandbox is started for each session of a file, with the state that the recording starts from ([`seed`]). Before
//! each request the sandbox is set to act as the recording does where Azure's behaviour varies: whether a creation or
//! deletion of a registry is an operation, how often an operation is polled, and which foreign resources a list shows.
//! Hosts, operation URLs and links to next pages are the sandbox's own. The answer is then compared ([`compare`]).
//!
//! Three exceptions, for recordings that differ from real traffic:
//! - interactions are put in the order of time where every one has it;
//! - a request to the registry provider whose api-version is not that of its answer (azure-cli bumps the text
//!   without recording again) is played at the one that `api-supported-versions` names, or, where the answer is
//!   older than the version, at the newest of that day;
//! - the registration of a provider that the sandbox does not have is played with the registry's.

pub(crate) mod chance;
pub(crate) mod compare;
pub(crate) mod others;
pub(crate) mod player;
pub(crate) mod prelude;
pub(crate) mod recording;
pub(crate) mod scope;
pub(crate) mod seed;
pub(crate) mod shown;

use std::fmt;
use std::path::Path;

/// The result of one interaction.
pub(crate) enum Outcome {
    Same,
    Different(Vec<String>),
    Skipped(String),
}

/// One interaction and its result.
pub(crate) struct Line {
    pub(crate) index: usize,
    pub(crate) request: String,
    pub(crate) outcome: Outcome,
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            index,
            request,
            outcome,
        } = self;
        match outcome {
            Outcome::Same => write!(f, "ok   #{index} {request}"),
            Outcome::Skipped(reason) => write!(f, "skip #{index} {request}: {reason}"),
            Outcome::Different(found) => {
                write!(f, "FAIL #{index} {request}")?;
                found
                    .iter()
                    .try_for_each(|difference| write!(f, "\n       {difference}"))
            }
        }
    }
}

/// Replays a file. The lines are in the order of the file.
pub(crate) async fn run(path: &Path) -> Result<Vec<Line>, String> {
    let recording = recording::load(path)?;
    let mut lines: Vec<Line> = recording
        .unreadable
        .into_iter()
        .map(|(index, reason)| Line {
            index,
            request: "not a request".to_owned(),
            outcome: Outcome::Skipped(reason),
        })
        .collect();
    for session in recording.sessions {
        lines.extend(player::play(session.interactions).await?);
    }
    lines.sort_by_key(|line| line.index);
    Ok(lines)
}
