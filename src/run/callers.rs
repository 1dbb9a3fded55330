//! Callers of registries: from a workspace, or from an exported table.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};

use crate::azure::ArmClient;
use crate::error::Error;
use crate::live::LiveRegistry;
use crate::live::surroundings::{
    Caller, CallerRow, callers, read_callers, read_export, rows_of_registry,
};
use crate::local_file::{self, LARGEST_DOCUMENT};
use crate::model::{Failure, ResourceId, shell_word};

/// The place that callers are read from.
#[derive(Clone, Debug)]
pub enum CallerSource {
    /// A Log Analytics workspace, and the days to look back.
    Workspace(ResourceId, u16),
    /// A file with exported rows, and the days to look back; without days, all rows count.
    Export(PathBuf, Option<u16>),
}

/// The same once the file is read.
pub(crate) enum OpenCallerSource {
    Workspace(ResourceId, u16),
    Export(PathBuf, Vec<CallerRow>, Option<u16>),
}

impl CallerSource {
    /// Reads the file, if it is one.
    ///
    /// # Errors
    /// The file cannot be read, or has no callers.
    pub(crate) fn open(&self) -> Result<OpenCallerSource, Error> {
        let (path, days) = match self {
            Self::Workspace(id, days) => return Ok(OpenCallerSource::Workspace(id.clone(), *days)),
            Self::Export(path, days) => (path, *days),
        };
        let read = local_file::read(path, LARGEST_DOCUMENT);
        let bytes = read.map_err(|source| unread(path, source))?;
        match read_export(&bytes) {
            Ok(mut rows) => {
                keep_recent(&mut rows, days, Timestamp::now());
                Ok(OpenCallerSource::Export(path.clone(), rows, days))
            }
            Err(error) => Err(Error::usage(
                format!("`{}` has no login events: {error}", path.display()),
                "export ContainerRegistryLoginEvents as CSV, or as the JSON of `az monitor log-analytics query`",
            )),
        }
    }
}

fn unread(path: &Path, source: io::Error) -> Error {
    match source.kind() {
        ErrorKind::NotFound => Error::NoInput {
            path: path.to_owned(),
            help: "give `--events` a file with exported login events".to_owned(),
        },
        _ => Error::File {
            action: "read",
            path: path.to_owned(),
            source,
        },
    }
}

/// Leaves the rows out that are older than these days. A row without a time stays.
fn keep_recent(rows: &mut Vec<CallerRow>, days: Option<u16>, now: Timestamp) {
    let Some(days) = days else { return };
    let since = now.checked_sub(SignedDuration::from_hours(24 * i64::from(days)));
    let since = since.unwrap_or(Timestamp::MIN);
    rows.retain(|row| row.last_seen.is_none_or(|time| time >= since));
}

impl OpenCallerSource {
    /// Returns the callers of a registry.
    ///
    /// # Errors
    /// The workspace cannot be read.
    pub(crate) async fn read(
        &self,
        client: &ArmClient,
        registry: &LiveRegistry,
    ) -> Result<Vec<Caller>, Failure> {
        let rows = match self {
            Self::Workspace(workspace, days) => {
                read_callers(client, workspace, &registry.id, *days).await?
            }
            Self::Export(_, rows, _) => rows_of_registry(rows, &registry.id, &registry.login_server),
        };
        Ok(callers(&rows))
    }

    /// Returns the place in words.
    pub(crate) fn in_words(&self) -> String {
        match self {
            Self::Workspace(id, _) => format!("workspace {}", id.name()),
            Self::Export(path, ..) => path.display().to_string(),
        }
    }

    /// Returns the flag of `plan` that names the place.
    pub(crate) fn plan_flag(&self) -> String {
        match self {
            Self::Workspace(id, _) => format!("--impact {}", shell_word(id.as_str())),
            Self::Export(path, _, None) => format!("--events {}", shell_word(path)),
            Self::Export(path, _, Some(days)) => format!("--events {} --days {days}", shell_word(path)),
        }
    }

    /// Returns the days that were asked for.
    pub(crate) fn days(&self) -> Option<u16> {
        match self {
            Self::Workspace(_, days) => Some(*days),
            Self::Export(_, _, days) => *days,
        }
    }
}
