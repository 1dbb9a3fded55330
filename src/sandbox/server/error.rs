//! Errors of starting a sandbox.

use std::net::SocketAddr;
use std::path::PathBuf;

use super::tls::TlsError;
use crate::sandbox::state::error::StateError;

/// Reason why a sandbox could not start.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum SandboxError {
    /// The address is not free or not this machine's.
    #[error("the sandbox cannot listen on `{address}`")]
    #[diagnostic(help("give a free address with `--listen`, such as `--listen 127.0.0.1:0`"))]
    Listen {
        /// Address of [`crate::sandbox::Options::listen`].
        address: SocketAddr,
        /// Reason of the system.
        source: std::io::Error,
    },
    /// No certificate could be made.
    #[error("the sandbox could not make its certificate")]
    Tls(#[from] TlsError),
    /// The state file could not be used.
    #[error(transparent)]
    #[diagnostic(transparent)]
    State(#[from] StateError),
    /// A resource of the seed has a wrong shape, or could not be read again from a state file.
    #[error("the sandbox cannot begin with these resources: {reason}")]
    #[diagnostic(help("correct the resource in the seed, or its id in the spec"))]
    Seed {
        /// Resource and mistake.
        reason: String,
    },
    /// The request log could not be opened for appending.
    #[error("request log `{}` could not be opened", path.display())]
    #[diagnostic(help("give `--request-log` a path in a folder that exists and is writable"))]
    RequestLog {
        /// Path of [`crate::sandbox::Options::request_log`].
        path: PathBuf,
        /// Reason of the system.
        source: std::io::Error,
    },
}
