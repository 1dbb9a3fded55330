//! Errors that end a run early, and the exit code of each end.

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::apply::{Beside, SnapshotError};
use crate::lease::LeaseRefusal;
use crate::model::{ErrorCode, Failure};
use crate::plan::SavedPlanError;
use crate::spec::edit::EditError;
use crate::spec::{Diagnostic, InvalidSpec};

/// The end of a run. The numbers are part of the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done, nothing to do, in sync, or shown.
    Done,
    /// Something could not be read or done.
    Failed,
    /// `plan --detailed-exitcode`: changes. `audit`: drift.
    Differs,
    /// A guard refused, an expectation is broken, or the user did not confirm.
    Refused,
    /// Written, but not verified or only in part.
    Partial,
    /// A mistake on the command line.
    Usage,
    /// A mistake in the spec.
    InvalidSpec,
    /// SIGINT, after the current step and the report.
    Interrupted,
    /// SIGTERM or SIGHUP, after the current step and the report.
    Terminated,
    /// The exit code of a command that ran inside.
    Command(u8),
}

impl Exit {
    /// Returns the exit code. 64 and 65 are `EX_USAGE` and `EX_DATAERR` of sysexits.h, so that a typo is never taken
    /// for drift.
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

/// An error that leaves a run without a result.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A mistake on the command line that the parser alone cannot see.
    #[error("{message}")]
    Usage {
        /// The mistake.
        message: String,
        /// The flag or the argument to give instead.
        help: String,
    },
    /// Everything that is wrong with the spec, by file, line and column; warnings included.
    #[error("the spec is invalid")]
    InvalidSpec(Vec<Diagnostic>),
    /// A run that wrote nothing on purpose.
    #[error(transparent)]
    Refused(#[from] RunRefusal),
    /// A service that refused or did not answer before there was a plan, or a sandbox that did not start.
    #[error("{}", .0.message)]
    Failed(Failure),
    /// A path of the command line that does not exist.
    #[error("cannot read `{}`: no such file or folder", path.display())]
    NoInput {
        path: PathBuf,
        /// The next step for this path.
        help: String,
    },
    /// A file or a stream that could not be read or written.
    #[error("cannot {action} `{}`", path.display())]
    File {
        /// A verb, such as `read`.
        action: &'static str,
        /// The file, or the name of the stream.
        path: PathBuf,
        /// The cause, as the operating system tells it.
        source: io::Error,
    },
    /// A resource that the operating system did not give.
    #[error("cannot {action}")]
    System {
        /// A verb and its object, such as `start the async runtime`.
        action: &'static str,
        /// The cause, as the operating system tells it.
        source: io::Error,
    },
}

/// The reason why a whole run wrote nothing, although it could have.
#[derive(Debug, thiserror::Error)]
pub enum RunRefusal {
    /// The user answered the question with something other than yes.
    #[error("the answer was not `yes`: nothing was written")]
    NotConfirmed,
    /// The user ended a question without an answer. `instead` is what to write on the command line.
    #[error("no answer: nothing was written")]
    NoAnswer { instead: String },
    /// The terminal could not be read at a question, such as one that is closed. `instead` is what to write on the command line.
    #[error("the question got no answer: nothing was written")]
    TerminalLost { source: io::Error, instead: String },
    /// Stdin is a file, a pipe or closed. `changes` are the changes that the question would have named.
    #[error("cannot ask before writing: stdin is not a terminal{}", named(changes))]
    NoTerminal { changes: Vec<&'static str> },
    /// The plan has another checksum than the reviewed one.
    #[error("the checksum of this plan is {found}, not {wanted}")]
    ChecksumDiffers { found: String, wanted: String },
    /// The plan would have the reviewed checksum without these flags.
    #[error(
        "the checksum is of the same plan without {}: a checksum covers these flags too",
        flags.join(" and ")
    )]
    FlagsDiffer { flags: Vec<&'static str> },
    /// Planning again gives other changes than the saved plan has, for these registries.
    #[error("the changes are no longer those of `{}`: {}", file.display(), registries.join(", "))]
    ChangesDiffer { file: PathBuf, registries: Vec<String> },
    /// The spec sets other limits than the ones that the saved plan was judged by.
    #[error("the spec's terms are no longer those of `{}`: {}", file.display(), terms.join("; "))]
    TermsDiffer { file: PathBuf, terms: Vec<String> },
    /// A file that is not a plan, or a plan that was edited.
    #[error("`{}` cannot be applied", file.display())]
    UnusablePlan { file: PathBuf, source: SavedPlanError },
    /// A saved plan that is not of the registries of the spec.
    #[error("`{}` is a plan of other registries than the spec's", file.display())]
    RegistriesDiffer {
        file: PathBuf,
        /// The flags that choose the registries of the plan.
        help: String,
    },
    /// A file that is not a snapshot, or a snapshot of a state that a spec cannot ask for.
    #[error("`{}` has no earlier state that can be used", file.display())]
    UnusableSnapshot { file: PathBuf, source: SnapshotError },
    /// A run without snapshots in the folder of snapshots.
    #[error("no snapshots of the run `{run}` are in `{}`", folder.display())]
    UnknownRun { run: String, folder: PathBuf },
    /// A run that wrote no registry, but something beside them.
    #[error("the run `{run}` wrote no registry, so there is nothing to restore: it {}", beside.in_words())]
    WroteNoRegistry {
        run: String,
        beside: Box<Beside>,
        /// The latest run before it that kept snapshots.
        before: Option<String>,
    },
    /// An edit of a spec that a person has to make, or that a guard refuses.
    #[error("cannot change `{}` in `{}`", source.registry, file.display())]
    NotEdited { file: PathBuf, source: Box<EditError> },
    /// A snapshot of another cloud, or of the sandbox. The same id can exist in both.
    #[error("`{}` was taken in the environment `{taken_in}`, and this is `{here}`", file.display())]
    OtherEnvironment {
        file: PathBuf,
        /// `sandbox`, or the host of Azure Resource Manager.
        taken_in: String,
        here: String,
    },
    /// A report of another sandbox, in which other things are done.
    #[error("`{}` is not a report of this sandbox, so it does not say what is done here", file.display())]
    OtherSandbox { file: PathBuf },
    /// A registry that is not opened for a while.
    #[error(transparent)]
    Lease(#[from] LeaseRefusal),
}

/// The next step where no user can be asked whether to write.
pub(crate) const UNASKED: &str = "look at the plan first, then pass --yes to apply without being asked";

/// Returns the end of a message that names changes; empty if there are none.
fn named(changes: &[&str]) -> String {
    if changes.is_empty() {
        return String::new();
    }
    format!(" (the plan changes {})", changes.join(" and "))
}

/// Returns the next steps after a run that wrote no registry.
fn after_no_registry(beside: &Beside, before: Option<&str>) -> String {
    let mut steps = Vec::new();
    for endpoint in &beside.endpoints {
        let name = endpoint.subnet.short();
        steps.push(match endpoint.turn_off() {
            Some(command) => {
                format!("to turn the endpoint of `{name}` off, name the endpoints that stay: {command}")
            }
            // The run may be long ago, and nothing is read here.
            None => format!(
                "where the endpoint of `{name}` is still on, leave it on: {}",
                endpoint.listing()
            ),
        });
    }
    steps.push(match before {
        Some(run) => format!("the run before it that wrote registries is `{run}`"),
        None => "no run before it has kept snapshots in this folder".to_owned(),
    });
    steps.join("; ")
}

impl RunRefusal {
    /// Returns the stable name for programs.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::NotConfirmed
            | Self::NoAnswer { .. }
            | Self::TerminalLost { .. }
            | Self::NoTerminal { .. } => ErrorCode::NotConfirmed,
            Self::ChecksumDiffers { .. }
            | Self::FlagsDiffer { .. }
            | Self::ChangesDiffer { .. }
            | Self::TermsDiffer { .. } => ErrorCode::StalePlan,
            Self::UnusablePlan { .. } | Self::RegistriesDiffer { .. } => ErrorCode::UnusablePlan,
            Self::UnusableSnapshot { .. } | Self::UnknownRun { .. } | Self::WroteNoRegistry { .. } => {
                ErrorCode::UnusableSnapshot
            }
            Self::NotEdited { .. } => ErrorCode::SpecNotEdited,
            Self::OtherEnvironment { .. } | Self::OtherSandbox { .. } => ErrorCode::OtherEnvironment,
            Self::Lease(_) => ErrorCode::AccessRefused,
        }
    }

    /// Returns the next step. A user who answered no needs none.
    pub fn help(&self) -> Option<String> {
        let help = match self {
            Self::NotConfirmed => return None,
            Self::NoAnswer { instead } | Self::TerminalLost { instead, .. } => instead.clone(),
            Self::Lease(refusal) => return refusal.help(),
            Self::NoTerminal { .. } => UNASKED.to_owned(),
            Self::ChecksumDiffers { .. } => "look at the plan above and review it. The checksum covers the live state, \
                 the SPEC arguments as given, the registries that --only, --except and --shard choose, what the spec \
                 says of the others where a service endpoint is turned on, and --only-change, --override, --fail-on, \
                 --protect and --verify-endpoints: give `plan` and `apply` the same"
                .to_owned(),
            Self::FlagsDiffer { flags } => {
                format!("give {} to both `plan` and `apply`", flags.join(" and "))
            }
            Self::ChangesDiffer { .. } | Self::TermsDiffer { .. } => {
                "look at the plan above; review it, or plan again".to_owned()
            }
            Self::RegistriesDiffer { help, .. } => help.clone(),
            Self::UnusablePlan { .. } => {
                "make it again, with the flags of the first: ringfence plan SPEC -o json=FILE".to_owned()
            }
            Self::UnusableSnapshot { .. } => {
                "name a snapshot in .ringfence or a JSON report, as a run wrote it".to_owned()
            }
            Self::UnknownRun { .. } => "give the folder of the run, or the JSON report of the run, in place of its id; for `restore`, --snapshots DIR names the folder in which runs kept them".to_owned(),
            Self::WroteNoRegistry { beside, before, .. } => after_no_registry(beside, before.as_deref()),
            Self::NotEdited { source, .. } => source.help(),
            Self::OtherSandbox { .. } => {
                "leave --resume out: the run then reads each registry, and writes what is missing".to_owned()
            }
            Self::OtherEnvironment { taken_in, .. } if taken_in == "sandbox" => {
                "use the sandbox that it was taken in: --sandbox[=STATE], or --arm-endpoint URL and --ca-file FILE"
                    .to_owned()
            }
            Self::OtherEnvironment { taken_in, .. } => format!(
                "leave --sandbox out, and give the --cloud or --arm-endpoint that the apply had: https://{taken_in}"
            ),
        };
        Some(help)
    }
}

impl From<InvalidSpec> for Error {
    fn from(invalid: InvalidSpec) -> Self {
        Self::InvalidSpec(invalid.diagnostics)
    }
}

impl Error {
    /// Returns a usage error with its next step.
    pub fn usage(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::Usage {
            message: message.into(),
            help: help.into(),
        }
    }

    /// Returns the end of a run with this error.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Usage { .. } => Exit::Usage,
            Self::InvalidSpec(_) => Exit::InvalidSpec,
            Self::Refused(_) => Exit::Refused,
            Self::Failed(_) | Self::NoInput { .. } | Self::File { .. } | Self::System { .. } => {
                Exit::Failed
            }
        }
    }

    /// Returns the stable name for programs: the service's own code where there is one.
    pub fn code(&self) -> &str {
        match self {
            Self::Usage { .. } => ErrorCode::Usage.as_str(),
            Self::InvalidSpec(_) => ErrorCode::InvalidSpec.as_str(),
            Self::Refused(refusal) => refusal.code().as_str(),
            Self::Failed(failure) => &failure.code,
            Self::NoInput { .. } | Self::File { .. } | Self::System { .. } => ErrorCode::Io.as_str(),
        }
    }

    /// Returns the next step.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Usage { help, .. } | Self::NoInput { help, .. } => Some(help.clone()),
            Self::Refused(refusal) => refusal.help(),
            Self::Failed(failure) => failure.help.clone(),
            Self::File { source, .. } => file_help(source.kind()).map(str::to_owned),
            Self::InvalidSpec(_) | Self::System { .. } => None,
        }
    }

    /// Returns the id of the request, to quote to the service's support.
    pub fn request_id(&self) -> Option<&str> {
        match self {
            Self::Failed(failure) => failure.request_id.as_deref(),
            Self::Usage { .. }
            | Self::InvalidSpec(_)
            | Self::Refused(_)
            | Self::NoInput { .. }
            | Self::File { .. }
            | Self::System { .. } => None,
        }
    }
}

/// Returns the error for a file of the command line that cannot be read. `missing` is the next step where it does not exist,
/// and `other` where ringfence refuses it itself, such as the pipe that a shell gives for `<(…)`.
pub(crate) fn unreadable(path: &Path, source: io::Error, missing: &str, other: &str) -> Error {
    match source.kind() {
        io::ErrorKind::NotFound => Error::NoInput {
            path: path.to_owned(),
            help: missing.to_owned(),
        },
        io::ErrorKind::Other => {
            let message = format!("cannot read `{}`: {source}", path.display());
            Error::Failed(Failure::new(ErrorCode::Io, message).with_help(other))
        }
        _ => Error::File {
            action: "read",
            path: path.to_owned(),
            source,
        },
    }
}

/// Returns the next step after an error of the file system, by its kind.
fn file_help(kind: io::ErrorKind) -> Option<&'static str> {
    match kind {
        io::ErrorKind::NotFound => Some("make its folder first, or name a file in a folder that exists"),
        io::ErrorKind::IsADirectory => Some("name a file, not a folder"),
        io::ErrorKind::NotADirectory => {
            Some("check the path: a part before the last one is not a folder")
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            Some("name another file, or get the right to use this one")
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            Some("make room, or name a file on another disk")
        }
        io::ErrorKind::BrokenPipe => Some(
            "the program that reads the result has ended; `-o FORMAT=FILE` keeps the result in a file",
        ),
        _ => None,
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
            (Exit::Interrupted, 130),
            (Exit::Terminated, 143),
            (Exit::Command(7), 7),
        ];
        for (exit, code) in rows {
            assert_eq!(exit.code(), code);
        }
    }
}
