//! Codes of the errors that are ours.

use std::fmt;

/// A stable name of an error, for programs. Codes of Azure's own errors are passed on as Azure wrote them; a code in
/// kebab-case is one of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorCode {
    /// A mistake on the command line.
    Usage,
    /// A mistake in the spec.
    InvalidSpec,
    /// A file or a stream that cannot be read or written.
    Io,
    /// The user did not confirm the write.
    NotConfirmed,
    /// The registry, or the spec, has changed since the plan was reviewed.
    StalePlan,
    /// A file that is not a plan, or a plan of other registries.
    UnusablePlan,
    /// A file that is not a snapshot, or one that holds a state which a spec cannot ask for.
    UnusableSnapshot,
    /// An edit of a spec that a person has to make, or that a guard refuses.
    SpecNotEdited,
    /// A snapshot of another cloud, or of the sandbox.
    OtherEnvironment,
    /// The local sandbox did not start.
    SandboxNotStarted,
    /// The request log cannot be written.
    RequestLogNotWritable,
    /// A connection setting that no client can be made with.
    BadConnectionSetting,
    /// No token.
    SignInFailed,
    /// No connection, or no answer on it.
    NoAnswer,
    /// One operation took longer than `--timeout`.
    Timeout,
    /// A link to an operation that leads away from Azure Resource Manager.
    ForeignLink,
    /// An answer in a form that ARM does not document.
    UnreadableAnswer,
    /// The state before a write could not be kept.
    SnapshotNotWritten,
    /// Azure accepted a write, and does not show it.
    NotVerified,
    /// A step that was given up after an interruption.
    Interrupted,
    /// No registry of this name that the account can see, or that the spec has.
    RegistryNotFound,
    /// A value that a file does not tell without its own tool.
    Unresolved,
    /// A registry whose tier has no network rules.
    NoNetworkRules,
    /// A registry is not opened for a while.
    AccessRefused,
    /// A registry that was opened for a while could not be closed.
    LeftOpen,
}

impl ErrorCode {
    /// Every code, in the order of the enum.
    pub const ALL: [Self; 25] = [
        Self::Usage,
        Self::InvalidSpec,
        Self::Io,
        Self::NotConfirmed,
        Self::StalePlan,
        Self::UnusablePlan,
        Self::UnusableSnapshot,
        Self::SpecNotEdited,
        Self::OtherEnvironment,
        Self::SandboxNotStarted,
        Self::RequestLogNotWritable,
        Self::BadConnectionSetting,
        Self::SignInFailed,
        Self::NoAnswer,
        Self::Timeout,
        Self::ForeignLink,
        Self::UnreadableAnswer,
        Self::SnapshotNotWritten,
        Self::NotVerified,
        Self::Interrupted,
        Self::RegistryNotFound,
        Self::Unresolved,
        Self::NoNetworkRules,
        Self::AccessRefused,
        Self::LeftOpen,
    ];

    /// Returns the code as it appears in JSON and on the screen.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Usage => "usage",
            Self::InvalidSpec => "invalid-spec",
            Self::Io => "io",
            Self::NotConfirmed => "not-confirmed",
            Self::StalePlan => "stale-plan",
            Self::UnusablePlan => "unusable-plan",
            Self::UnusableSnapshot => "unusable-snapshot",
            Self::SpecNotEdited => "spec-not-edited",
            Self::OtherEnvironment => "other-environment",
            Self::SandboxNotStarted => "sandbox-not-started",
            Self::RequestLogNotWritable => "request-log-not-writable",
            Self::BadConnectionSetting => "bad-connection-setting",
            Self::SignInFailed => "sign-in-failed",
            Self::NoAnswer => "no-answer",
            Self::Timeout => "timeout",
            Self::ForeignLink => "foreign-link",
            Self::UnreadableAnswer => "unreadable-answer",
            Self::SnapshotNotWritten => "snapshot-not-written",
            Self::NotVerified => "not-verified",
            Self::Interrupted => "interrupted",
            Self::RegistryNotFound => "registry-not-found",
            Self::Unresolved => "unresolved",
            Self::NoNetworkRules => "no-network-rules",
            Self::AccessRefused => "access-refused",
            Self::LeftOpen => "left-open",
        }
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<ErrorCode> for String {
    fn from(code: ErrorCode) -> Self {
        code.as_str().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn codes_are_unique_and_kebab_case() {
        let codes: BTreeSet<&str> = ErrorCode::ALL.into_iter().map(ErrorCode::as_str).collect();
        assert_eq!(codes.len(), ErrorCode::ALL.len());
        for code in codes {
            let kebab = code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
            assert!(kebab && !code.starts_with('-') && !code.ends_with('-'), "{code}");
        }
    }
}
