//! The request log: one JSON line per request, for counting. No header is logged, so no token is; bodies of the
//! authority are left out, because they carry the secret.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};

use crate::sandbox::protocol::request::Request;

pub(crate) struct RequestLog {
    file: Option<Mutex<File>>,
}

impl RequestLog {
    /// Opens the log for appending; without a path nothing is logged.
    pub(crate) fn open(path: Option<&Path>) -> std::io::Result<Self> {
        let open = |path| {
            OpenOptions::new()
                .create(true)
                .append(true)
                .open(path)
                .map(Mutex::new)
        };
        Ok(Self {
            file: path.map(open).transpose()?,
        })
    }

    /// Writes a line; `status` is `null` where the connection is cut. A log that cannot be written does not stop the answer.
    pub(crate) fn write(&self, request: &Request, secret: bool, status: Option<u16>, took: Duration) {
        let Some(file) = &self.file else {
            return;
        };
        let body = if secret {
            None
        } else {
            serde_json::from_slice::<Value>(&request.body).ok()
        };
        let line = json!({
            "method": request.method.as_str(),
            "host": request.host(),
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
