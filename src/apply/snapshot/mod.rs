//! Snapshots: the live state of a registry as it was before a run wrote to it, and the way back.

pub(crate) mod undo;
pub(crate) mod wanted;

use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::live::LiveRegistry;
use crate::model::{RegistryId, strict_json};
use crate::plan::{Basis, RegistryPlan};
use wanted::OwnChange;

/// Name and version of the JSON form.
pub const SNAPSHOT_FORMAT: &str = "ringfence.snapshot/1";

/// The network settings of one registry at one time. It holds no secret: none of them is one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Snapshot {
    /// Always `ringfence.snapshot/1`.
    pub format: String,
    /// `sha256:` over everything but itself.
    pub checksum: String,
    /// When it was kept, right before the write; RFC 3339, UTC.
    pub created: String,
    /// The checksum of the plan that was about to be applied.
    pub plan: String,
    /// Where the registry is: the host of Azure Resource Manager, `sandbox` for any address of this machine. The same
    /// id can be in the sandbox and in Azure.
    pub environment: String,
    pub id: RegistryId,
    /// What was read before the write.
    pub state: Basis,
    /// Where others share the rule lists: what the plan changes itself, which is all that the way back takes back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own: Option<OwnChange>,
}

/// Why a text is no snapshot that can be restored.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SnapshotError {
    #[error("it is no whole `{SNAPSHOT_FORMAT}` document: {0}")]
    NotASnapshot(String),
    #[error("it is `{0}`, not `{SNAPSHOT_FORMAT}`")]
    OtherFormat(String),
    #[error("it was edited: its checksum does not fit")]
    Edited,
    #[error("`{setting}` is `{value}`, which cannot be wanted")]
    Unwanted { setting: &'static str, value: String },
}

impl Snapshot {
    /// The live state right before a plan with this checksum is applied. The plan's own basis may be older.
    pub(crate) fn of(
        live: &LiveRegistry,
        plan: &RegistryPlan,
        environment: String,
        checksum: &str,
        created: &str,
    ) -> Self {
        Self {
            format: SNAPSHOT_FORMAT.to_owned(),
            checksum: String::new(),
            created: created.to_owned(),
            plan: checksum.to_owned(),
            environment,
            id: live.id.clone(),
            state: Basis::of(live),
            own: OwnChange::of(plan, live),
        }
        .sealed()
    }

    fn sealed(mut self) -> Self {
        self.checksum.clear();
        self.checksum = crate::plan::checksum(&self);
        self
    }

    /// Reads what a run wrote. Every byte counts: an edited snapshot is not what the registry was.
    pub fn from_json(text: impl AsRef<[u8]>) -> Result<Self, SnapshotError> {
        let no = |error: serde_json::Error| SnapshotError::NotASnapshot(error.to_string());
        let value: serde_json::Value = strict_json(text.as_ref()).map_err(no)?;
        match value.get("format").and_then(serde_json::Value::as_str) {
            Some(SNAPSHOT_FORMAT) | None => {}
            Some(other) => return Err(SnapshotError::OtherFormat(other.to_owned())),
        }
        let read: Self = serde_json::from_value(value).map_err(no)?;
        let stated = read.checksum.clone();
        let sealed = read.sealed();
        if sealed.checksum == stated {
            Ok(sealed)
        } else {
            Err(SnapshotError::Edited)
        }
    }

    /// Writes the snapshot into a folder so that it is there whole or not at all, and for its owner only.
    pub(crate) fn write(&self, folder: &Path) -> io::Result<PathBuf> {
        fs::create_dir_all(folder)?;
        let time: String = self.created.chars().filter(char::is_ascii_alphanumeric).collect();
        let sum = self
            .checksum
            .trim_start_matches("sha256:")
            .get(..8)
            .unwrap_or_default();
        let path = folder.join(format!("{}-{time}-{sum}.json", self.id.name()));
        let mut builder = tempfile::Builder::new();
        builder.prefix(".snapshot-");
        #[cfg(unix)]
        builder.permissions(<Permissions as std::os::unix::fs::PermissionsExt>::from_mode(
            0o600,
        ));
        let mut file = builder.tempfile_in(folder)?;
        serde_json::to_writer_pretty(&mut file, self)?;
        file.write_all(b"\n")?;
        file.as_file().sync_all()?;
        file.persist(&path).map_err(|error| error.error)?;
        File::open(folder)?.sync_all()?;
        Ok(path)
    }
}
