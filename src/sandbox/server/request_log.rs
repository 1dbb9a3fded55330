//! The request log: one JSON line per request.
//!
//! Headers are not logged, so no token is. Bodies of requests to the authority carry the secret and are left out.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};

use crate::local_file;
use crate::sandbox::protocol::request::Request;

/// The log of a sandbox.
pub(crate) struct RequestLog {
    /// `None` if nothing is logged.
    file: Option<Mutex<File>>,
}

impl RequestLog {
    /// Opens the log for appending. Without a path nothing is logged.
    pub(crate) fn open(path: Option<&Path>) -> std::io::Result<Self> {
        let Some(path) = path else {
            return Ok(Self { file: None });
        };
        let options = OpenOptions::new().create(true).append(true).clone();
        let file = local_file::open_to_write(&options, path)?;
        Ok(Self {
            file: Some(Mutex::new(file)),
        })
    }

    /// Writes a line. `status` is `None`, and `null` in the line, if the connection is cut.
    ///
    /// The body is left out if it is secret or is not JSON. A log that cannot be written is a warning only.
    pub(crate) fn write(&self, request: &Request, secret: bool, status: Option<u16>, took: Duration) {
        let Some(file) = &self.file else {
            return;
        };
        let body = if secret {
            None
        } else {
            serde_json::from_slice::<Value>(&request.body).ok()
        };
        // The names of the keys are documented: tests and scripts count by them.
        let line = json!({
            "method": request.method.as_str(),
            "host": request.host.name,
            "path": request.path,
            "api-version": request.query("api-version"),
            "body": body,
            "status": status,
            "ms": u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        });
        let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = writeln!(file, "{line}").and_then(|()| file.flush()) {
            tracing::warn!(%error, "the request log could not be written");
        }
    }
}
