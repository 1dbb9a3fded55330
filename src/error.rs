//! What ends a run early, and the exit code that each end has.

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use serde_json::Value;

use crate::model::Failure;

/// How a run ended. The numbers are part of the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done, nothing to do, in sync, or shown.
    Done,
    /// Something could not be read or done.
    Failed,
    /// `plan --detailed-exitcode`: changes. `audit`: drift.
    Differs,
    /// A guardrail, a broken expectation, no confirmation.
    Refused,
    /// Written, but not verified or only in part.
    Partial,
    /// A mistake on the command line.
    Usage,
    /// A mistake in the spec.
    InvalidSpec,
    /// SIGINT, after the step in hand and the report.
    Interrupted,
    /// SIGTERM, after the step in hand and the report.
    Terminated,
    /// The code of a command that ran inside.
    Command(u8),
}

impl Exit {
    /// The exit code. 64 and 65 are `EX_USAGE` and `EX_DATAERR` of sysexits.h, so that a typo is never taken for
    /// drift.
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Differs => 2,
            Self::Refused => 3,
            Self::Partial => 4,
            Self::Usage => 64,
            Self::InvalidSpec => 65,
            Self::Interrupted => 130,
            Self::Terminated => 143,
            Self::Command(code) => code,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// Why there is no result.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A mistake on the command line that the parser alone cannot see.
    #[error("{message}")]
    Usage { message: String, help: Option<String> },
    /// A mistake in the spec. `text` is rendered already, `diagnostics` is a JSON array.
    #[error("the spec is invalid")]
    InvalidSpec { text: String, diagnostics: Value },
    /// Nothing was written, on purpose.
    #[error("{message}")]
    Refused {
        code: &'static str,
        message: String,
        help: Option<String>,
    },
    /// A service said no, or did not answer, before there was a plan.
    #[error("{}", .0.message)]
    Failed(Failure),
    /// A file could not be read or written. `action` is a verb: `cannot {action} {path}`.
    #[error("cannot {action} `{}`", path.display())]
    Io {
        action: &'static str,
        path: PathBuf,
        source: io::Error,
    },
}

impl Error {
    /// A usage error with its way out.
    pub fn usage(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::Usage {
            message: message.into(),
            help: Some(help.into()),
        }
    }

    /// How a run with this error ends.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Usage { .. } => Exit::Usage,
            Self::InvalidSpec { .. } => Exit::InvalidSpec,
            Self::Refused { .. } => Exit::Refused,
            Self::Failed(_) | Self::Io { .. } => Exit::Failed,
        }
    }

    /// A stable name for programs: the service's own code where there is one.
    pub fn code(&self) -> &str {
        match self {
            Self::Usage { .. } => "usage",
            Self::InvalidSpec { .. } => "invalid-spec",
            Self::Refused { code, .. } => code,
            Self::Failed(failure) => &failure.code,
            Self::Io { .. } => "io",
        }
    }

    /// The next step to take.
    pub fn help(&self) -> Option<&str> {
        match self {
            Self::Usage { help, .. } | Self::Refused { help, .. } => help.as_deref(),
            Self::Failed(failure) => failure.help.as_deref(),
            Self::InvalidSpec { .. } | Self::Io { .. } => None,
        }
    }

    /// The request to quote to the service's support.
    pub fn request_id(&self) -> Option<&str> {
        match self {
            Self::Failed(failure) => failure.request_id.as_deref(),
            Self::Usage { .. } | Self::InvalidSpec { .. } | Self::Refused { .. } | Self::Io { .. } => {
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exit_codes_are_those_of_the_contract() {
        let rows = [
            (Exit::Done, 0),
            (Exit::Failed, 1),
            (Exit::Differs, 2),
            (Exit::Refused, 3),
            (Exit::Partial, 4),
            (Exit::Usage, 64),
            (Exit::InvalidSpec, 65),
            (Exit::Command(7), 7),
        ];
        for (exit, code) in rows {
            assert_eq!(exit.code(), code);
        }
    }
}
