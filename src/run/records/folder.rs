//! The default folder of snapshots and records. Each service has one of its own, below that of Azure's public cloud.

use std::env;
use std::path::{Path, PathBuf};

use serde::Serialize;
use url::Url;

use crate::apply::SNAPSHOT_FOLDER;
use crate::azure::{Cloud, CloudName};
use crate::local_file::resolve;
use crate::plan::checksum;
use crate::run::options::{RunOptions, SandboxOptions, WriteOptions};

/// Longest part of a file's name that goes into the name of a folder, in characters.
const LONGEST_NAME: usize = 40;

impl RunOptions {
    /// Returns the folder of snapshots that the user has named, or that of the service.
    pub(crate) fn snapshot_folder(&self, named: Option<&Path>) -> PathBuf {
        named.map_or_else(|| record_folder(self), Path::to_owned)
    }
}

impl RunOptions {
    /// Returns the name that tells a sandbox from others on this machine: its state, or its address. `None` for Azure.
    pub(crate) fn sandbox_name(&self) -> Option<String> {
        let folder = record_folder(self);
        let below = folder
            .strip_prefix(Path::new(SNAPSHOT_FOLDER).join("sandbox"))
            .ok()?;
        Some(below.to_string_lossy().into_owned())
    }
}

impl WriteOptions {
    /// Returns the folder of snapshots.
    pub(crate) fn snapshot_folder(&self, options: &RunOptions) -> PathBuf {
        options.snapshot_folder(self.snapshots.as_deref())
    }
}

/// Returns the folder of the service that these options lead to. Two services can have the same registry: the state of one
/// is not the last state of the other.
fn record_folder(options: &RunOptions) -> PathBuf {
    let base = Path::new(SNAPSHOT_FOLDER);
    match &options.sandbox {
        Some(SandboxOptions {
            state_file: Some(file),
            ..
        }) => base.join("sandbox").join(name_of_state(file)),
        Some(_) => base.join("sandbox"),
        None => folder_of_arm(base, arm(options)),
    }
}

/// Returns the first digits of the checksum of a value, to tell names apart.
pub(crate) fn digits(value: &impl Serialize) -> String {
    let sum = checksum(value);
    sum.trim_start_matches("sha256:").chars().take(8).collect()
}

/// Returns the address of ARM.
fn arm(options: &RunOptions) -> Url {
    match (&options.arm_endpoint, &options.cloud) {
        (Some(url), _) | (None, CloudName::Url(url)) => url.clone(),
        (None, CloudName::Public) => Cloud::public().arm,
        (None, CloudName::UsGov) => Cloud::us_government().arm,
        (None, CloudName::China) => Cloud::china().arm,
    }
}

fn folder_of_arm(base: &Path, arm: Url) -> PathBuf {
    let public = Cloud::public();
    if arm.host() == public.arm.host() {
        return base.to_owned();
    }
    // The brackets and colons of an IPv6 address suit no name of a file.
    let host = arm.host_str().unwrap_or_default();
    let mut name = host.trim_matches(['[', ']', '.']).replace(':', "-");
    if let Some(port) = arm.port() {
        name += &format!("-{port}");
    }
    if public.with_arm(arm).is_here() {
        base.join("sandbox").join(name)
    } else {
        base.join(name)
    }
}

/// Returns the name of a state file, and digits that tell it from others of this name.
fn name_of_state(file: &Path) -> String {
    let path = resolve(file).unwrap_or_else(|_| file.to_owned());
    // A folder of files can move as a whole.
    let here = env::current_dir().and_then(|here| resolve(&here));
    let path = match &here {
        Ok(here) => path.strip_prefix(here).unwrap_or(&path),
        Err(_) => &path,
    };
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let name: String = stem.chars().take(LONGEST_NAME).collect();
    format!("{name}-{}", digits(&path.to_string_lossy()))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::azure::AuthMethod;

    fn options() -> RunOptions {
        RunOptions {
            auth: AuthMethod::Auto,
            cloud: CloudName::Public,
            arm_endpoint: None,
            ca_file: None,
            timeout: Duration::from_secs(1),
            parallel: 1,
            sandbox: None,
        }
    }

    fn at(arm: &str) -> String {
        let options = RunOptions {
            arm_endpoint: Some(arm.parse().unwrap()),
            ..options()
        };
        record_folder(&options).display().to_string()
    }

    fn with_state(file: Option<PathBuf>) -> PathBuf {
        record_folder(&RunOptions {
            sandbox: Some(SandboxOptions {
                state_file: file,
                ..SandboxOptions::default()
            }),
            ..options()
        })
    }

    #[test]
    fn each_address_of_arm_has_a_folder() {
        assert_eq!(record_folder(&options()), Path::new(".ringfence"));
        let gov = RunOptions {
            cloud: CloudName::UsGov,
            ..options()
        };
        let gov = record_folder(&gov);
        assert_eq!(gov, Path::new(".ringfence/management.usgovcloudapi.net"));
        for (arm, folder) in [
            ("https://management.azure.com/", ".ringfence"),
            (
                "https://management.usgovcloudapi.net",
                ".ringfence/management.usgovcloudapi.net",
            ),
            ("https://arm.contoso.com:8443", ".ringfence/arm.contoso.com-8443"),
            ("https://127.0.0.1:8443", ".ringfence/sandbox/127.0.0.1-8443"),
            ("https://[::1]:8443", ".ringfence/sandbox/--1-8443"),
        ] {
            assert_eq!(at(arm), folder, "{arm}");
        }
    }

    #[test]
    fn each_state_file_has_a_folder() {
        assert_eq!(with_state(None), Path::new(".ringfence/sandbox"));
        let folder = tempfile::tempdir().unwrap();
        let lab = with_state(Some(folder.path().join("lab.json")));
        let parent = Path::new(".ringfence/sandbox");
        assert_eq!(lab.parent(), Some(parent));
        let name = lab.file_name().unwrap().to_string_lossy();
        assert!(name.starts_with("lab-"), "{name}");
        // The same file under another name, before and after it exists.
        let again = folder.path().join("nowhere/../lab.json");
        std::fs::create_dir(folder.path().join("nowhere")).unwrap();
        assert_eq!(with_state(Some(again.clone())), lab);
        std::fs::write(&again, "").unwrap();
        assert_eq!(with_state(Some(again)), lab);
        let other = with_state(Some(folder.path().join("other/lab.json")));
        assert_ne!(other, lab);
        let long = with_state(Some(folder.path().join("x".repeat(250))));
        assert!(long.file_name().unwrap().len() < 60);
    }
}
