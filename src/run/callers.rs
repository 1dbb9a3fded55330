//! Callers of registries: from a workspace, or from an exported table.

use std::path::PathBuf;

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
    /// A file with exported rows.
    Export(PathBuf),
}

/// The same once the file is read.
pub(crate) enum OpenCallerSource {
    Workspace(ResourceId, u16),
    Export(PathBuf, Vec<CallerRow>),
}

impl CallerSource {
    /// Reads the file, if it is one.
    ///
    /// # Errors
    /// The file cannot be read, or has no callers.
    pub(crate) fn open(&self) -> Result<OpenCallerSource, Error> {
        let path = match self {
            Self::Workspace(id, days) => return Ok(OpenCallerSource::Workspace(id.clone(), *days)),
            Self::Export(path) => path,
        };
        let read = local_file::read(path, LARGEST_DOCUMENT);
        let bytes = read.map_err(|source| Error::File {
            action: "read",
            path: path.clone(),
            source,
        })?;
        match read_export(&bytes) {
            Ok(rows) => Ok(OpenCallerSource::Export(path.clone(), rows)),
            Err(error) => Err(Error::usage(
                format!("`{}` has no login events: {error}", path.display()),
                "export ContainerRegistryLoginEvents as CSV, or as the JSON of `az monitor log-analytics query`",
            )),
        }
    }
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
            Self::Export(_, rows) => rows_of_registry(rows, &registry.id, &registry.login_server),
        };
        Ok(callers(&rows))
    }

    /// Returns the place in words.
    pub(crate) fn in_words(&self) -> String {
        match self {
            Self::Workspace(id, _) => format!("workspace {}", id.name()),
            Self::Export(path, _) => path.display().to_string(),
        }
    }

    /// Returns the flag of `plan` that names the place.
    pub(crate) fn plan_flag(&self) -> String {
        match self {
            Self::Workspace(id, _) => format!("--impact {}", shell_word(id.as_str())),
            Self::Export(path, _) => format!("--events {}", shell_word(path)),
        }
    }

    /// Returns the days that were asked for; a file has none.
    pub(crate) fn days(&self) -> Option<u16> {
        match self {
            Self::Workspace(_, days) => Some(*days),
            Self::Export(..) => None,
        }
    }
}
