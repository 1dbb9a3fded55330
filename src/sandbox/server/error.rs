//! Why a sandbox could not start.

use std::net::SocketAddr;
use std::path::PathBuf;

use super::tls::TlsError;
use crate::sandbox::state::error::StateError;

/// Why a sandbox could not start.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum SandboxError {
    #[error("the sandbox cannot listen on `{address}`")]
    #[diagnostic(help("give a free address with `--listen`, such as `--listen 127.0.0.1:0`"))]
    Listen {
        address: SocketAddr,
        source: std::io::Error,
    },
    #[error("the sandbox could not make its certificate")]
    Tls(#[from] TlsError),
    #[error(transparent)]
    #[diagnostic(transparent)]
    State(#[from] StateError),
    #[error("the seed is not a sandbox state: {reason}")]
    #[diagnostic(help("correct the resource in the seed"))]
    Seed { reason: String },
    #[error("request log `{}` could not be opened", path.display())]
    #[diagnostic(help("give `--request-log` a path in a folder that exists and is writable"))]
    RequestLog { path: PathBuf, source: std::io::Error },
}
