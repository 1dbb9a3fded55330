//! Snapshots: the live state of a registry before a run writes to it, and its restore.

pub(crate) mod beside;
pub(crate) mod own_change;
pub(crate) mod undo;
mod wanted;

use std::fs::{self, File, Permissions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::live::LiveRegistry;
use crate::live::held::settings_without_leases;
use crate::model::{RegistryId, SubnetId, strict_json, unread_part};
use crate::plan::{Basis, RegistryPlan, Step};
use own_change::OwnChange;

/// Name and version of the JSON form.
pub const SNAPSHOT_FORMAT: &str = "ringfence.snapshot/1";

/// Default folder of snapshots, in the current folder.
pub const SNAPSHOT_FOLDER: &str = ".ringfence";

/// The network settings of one registry at one time. None of them is a secret.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
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
    /// The host of Azure Resource Manager, or `sandbox` for any address of this machine. The same id can be in the
    /// sandbox and in Azure.
    pub environment: String,
    /// The registry.
    #[schemars(with = "String")]
    pub id: RegistryId,
    /// The state before the write.
    pub state: Basis,
    /// Subnets whose service endpoint the plan turns on. A restore leaves it on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Vec<String>")]
    pub endpoints: Vec<SubnetId>,
    /// The changes of the plan itself, if others share the rule lists. Only these are taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own: Option<OwnChange>,
}

/// The reason why a document is not a snapshot that can be restored.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SnapshotError {
    #[error("it is not a complete `{SNAPSHOT_FORMAT}` document: {0}")]
    NotASnapshot(String),
    #[error("it has no `format`, which every snapshot and every report has")]
    NoFormat,
    #[error("its format is `{0}`, not `{SNAPSHOT_FORMAT}`")]
    OtherFormat(String),
    #[error("it is the report of a run that wrote no registry")]
    NothingWritten,
    #[error("it was edited: `{part}` is not as snapshots have it")]
    Unread {
        /// JSON pointer of the part.
        part: String,
    },
    #[error("it was edited: its checksum does not match")]
    Edited,
    #[error("`{setting}` has the value `{value}`, which a spec cannot ask for")]
    Unwanted { setting: &'static str, value: String },
}

impl Snapshot {
    /// Takes the live state right before a plan is applied. The plan's own basis may be older. `checksum` is that of the
    /// whole plan. What leases hold is left out: a restore must not keep it for ever.
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
            state: Basis {
                settings: settings_without_leases(live),
                ..Basis::of(live)
            },
            endpoints: plan.steps.iter().filter_map(Step::subnet).cloned().collect(),
            own: OwnChange::of(plan, live),
        }
        .sealed()
    }

    /// Returns the snapshot with the whole state as its own, also where others share the rule lists.
    pub(crate) fn whole(&self) -> Self {
        Self {
            own: None,
            ..self.clone()
        }
    }

    /// Returns the snapshot with the changes of a later run too, where others share the rule lists.
    pub(crate) fn with_own_of(mut self, later: &Self) -> Self {
        self.own = match (self.own, &later.own) {
            (Some(own), Some(later)) => Some(own.and(later)),
            _ => None,
        };
        self.sealed()
    }

    fn sealed(mut self) -> Self {
        self.checksum.clear();
        self.checksum = crate::plan::checksum(&self);
        self
    }

    /// Reads the document that a run wrote. Every byte counts: an edited snapshot is not the earlier state.
    ///
    /// # Errors
    /// [`SnapshotError`] if the document is not a snapshot of this version, or was edited.
    pub fn from_json(text: impl AsRef<[u8]>) -> Result<Self, SnapshotError> {
        let value: serde_json::Value = strict_json(text.as_ref()).map_err(not_a_snapshot)?;
        // Another format is named before anything in it is judged.
        match value.get("format").and_then(serde_json::Value::as_str) {
            Some(SNAPSHOT_FORMAT) => {}
            None if value.is_object() => return Err(SnapshotError::NoFormat),
            // The reader says what such a value is.
            None => {}
            Some(other) => return Err(SnapshotError::OtherFormat(other.to_owned())),
        }
        let read = Self::deserialize(&value).map_err(not_a_snapshot)?;
        // The checksum is worked out again over what was read, so it does not cover an unknown key.
        let again = serde_json::to_value(&read).map_err(not_a_snapshot)?;
        if let Some(part) = unread_part(&value, &again) {
            return Err(SnapshotError::Unread { part });
        }
        let stated = read.checksum.clone();
        let sealed = read.sealed();
        if sealed.checksum == stated {
            Ok(sealed)
        } else {
            Err(SnapshotError::Edited)
        }
    }

    /// Writes the snapshot to a file of its own in `folder`. Returns the path of the file.
    ///
    /// # Errors
    /// As for [`save_private`].
    pub(crate) async fn save(&self, folder: &Path) -> io::Result<PathBuf> {
        save_private(self, folder, &self.file_name()).await
    }

    /// Returns the registry's name, the time, and the first digits of the checksum.
    fn file_name(&self) -> String {
        let time: String = self.created.chars().filter(char::is_ascii_alphanumeric).collect();
        let digits = self.checksum.trim_start_matches("sha256:");
        let sum = digits.get(..8).unwrap_or_default();
        format!("{}-{time}-{sum}.json", self.id.name())
    }
}

/// Writes a document to a file of this name in `folder`, whole or not at all, readable by its owner only. Returns the path
/// of the file. Other registries of the run go on while the disk is waited for.
///
/// # Errors
/// Any error of the file system. Then the folder has no new file.
pub(crate) async fn save_private(
    document: &impl Serialize,
    folder: &Path,
    name: &str,
) -> io::Result<PathBuf> {
    let mut bytes = serde_json::to_vec_pretty(document)?;
    bytes.push(b'\n');
    let path = folder.join(name);
    tokio::task::spawn_blocking(move || write_private(&bytes, path)).await?
}

fn write_private(bytes: &[u8], path: PathBuf) -> io::Result<PathBuf> {
    let folder = path.parent().unwrap_or(Path::new(""));
    fs::create_dir_all(folder)?;
    keep_out_of_git(folder)?;
    let mut builder = tempfile::Builder::new();
    builder.prefix(".snapshot-");
    #[cfg(unix)]
    builder.permissions(<Permissions as std::os::unix::fs::PermissionsExt>::from_mode(
        0o600,
    ));
    // The file gets its name only when its content is on the disk; the folder is synced for the name.
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(&path).map_err(|error| error.error)?;
    File::open(folder)?.sync_all()?;
    Ok(path)
}

/// Adds a `.gitignore` to the default folder of snapshots. A folder that the user has named is left to the user.
fn keep_out_of_git(folder: &Path) -> io::Result<()> {
    let default = folder.ancestors().find(|above| above.ends_with(SNAPSHOT_FOLDER));
    let Some(default) = default else {
        return Ok(());
    };
    match File::create_new(default.join(".gitignore")) {
        Ok(mut file) => file.write_all(b"*\n"),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

fn not_a_snapshot(error: serde_json::Error) -> SnapshotError {
    SnapshotError::NotASnapshot(error.to_string())
}
