//! Snapshots: the live state of a registry as it was before a run wrote to it, and the way back.

use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::live::LiveRegistry;
use crate::model::{Cidr, DefaultAction, PublicNetworkAccess, RegistryId, SubnetId, strict_json};
use crate::plan::Basis;
use crate::spec::{Guardrails, RegistrySpec, Sourced, WantedIp, WantedSubnet};

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
    pub id: RegistryId,
    /// What was read before the write.
    pub state: Basis,
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
    /// The live state right before a plan is applied. The plan's own basis may be older.
    pub(super) fn of(live: &LiveRegistry, checksum: &str, created: &str) -> Self {
        Self {
            format: SNAPSHOT_FORMAT.to_owned(),
            checksum: String::new(),
            created: created.to_owned(),
            plan: checksum.to_owned(),
            id: live.id.clone(),
            state: Basis::of(live),
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
        let value = strict_json(text.as_ref()).map_err(no)?;
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
    pub(super) fn write(&self, folder: &Path) -> io::Result<PathBuf> {
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

    /// What is wanted to have this state again. A setting that the snapshot does not show stays unmanaged, but for the
    /// default action: where the answer has none the registry is open (container-registry-access-selected-networks: all
    /// networks is the default), so `Allow` is what comes back.
    pub fn wanted(&self) -> Result<RegistrySpec, SnapshotError> {
        let state = &self.state;
        let mut spec = RegistrySpec::unmanaged(self.id.clone());
        spec.guardrails = Guardrails {
            widest_rule: 0,
            ..Guardrails::default()
        };
        spec.public_network_access = state.public_network_access.as_deref().map(public).transpose()?;
        spec.default_action = Some(action(state.default_action.as_deref().unwrap_or("Allow"))?);
        spec.trusted_services = state
            .network_rule_bypass_options
            .as_deref()
            .map(trusted)
            .transpose()?;
        spec.tasks_bypass = state
            .network_rule_bypass_allowed_for_tasks
            .map(Sourced::unsourced);
        spec.data_endpoint = state.data_endpoint_enabled.map(Sourced::unsourced);
        spec.ip_rules = Some(Sourced::unsourced(
            state.ip_rules.iter().map(|v| ip(v)).collect::<Result<_, _>>()?,
        ));
        let subnets = state.virtual_network_rules.as_ref();
        spec.subnets = subnets
            .map(|rules| rules.iter().map(|v| subnet(v)).collect::<Result<Vec<_>, _>>())
            .transpose()?
            .map(Sourced::unsourced);
        dedup(&mut spec);
        Ok(spec)
    }
}

/// A registry may list a rule twice; it is wanted once.
fn dedup(spec: &mut RegistrySpec) {
    if let Some(ips) = &mut spec.ip_rules {
        ips.value.sort_by_key(|ip| ip.cidr);
        ips.value.dedup_by_key(|ip| ip.cidr);
    }
    if let Some(subnets) = &mut spec.subnets {
        subnets.value.sort_by(|a, b| a.id.cmp(&b.id));
        subnets.value.dedup_by(|a, b| a.id == b.id);
    }
}

fn unwanted(setting: &'static str, value: &str) -> SnapshotError {
    SnapshotError::Unwanted {
        setting,
        value: value.to_owned(),
    }
}

fn public(value: &str) -> Result<Sourced<PublicNetworkAccess>, SnapshotError> {
    match value {
        "Enabled" => Ok(Sourced::unsourced(PublicNetworkAccess::Enabled)),
        "Disabled" => Ok(Sourced::unsourced(PublicNetworkAccess::Disabled)),
        other => Err(unwanted("publicNetworkAccess", other)),
    }
}

fn action(value: &str) -> Result<Sourced<DefaultAction>, SnapshotError> {
    match value {
        "Allow" => Ok(Sourced::unsourced(DefaultAction::Allow)),
        "Deny" => Ok(Sourced::unsourced(DefaultAction::Deny)),
        other => Err(unwanted("networkRuleSet.defaultAction", other)),
    }
}

fn trusted(value: &str) -> Result<Sourced<bool>, SnapshotError> {
    match value {
        "AzureServices" => Ok(Sourced::unsourced(true)),
        "None" => Ok(Sourced::unsourced(false)),
        other => Err(unwanted("networkRuleBypassOptions", other)),
    }
}

fn ip(value: &str) -> Result<WantedIp, SnapshotError> {
    let cidr = value
        .parse::<Cidr>()
        .map_err(|_| unwanted("networkRuleSet.ipRules", value))?;
    Ok(WantedIp {
        cidr,
        source: None,
        network: None,
        about: None,
    })
}

fn subnet(value: &str) -> Result<WantedSubnet, SnapshotError> {
    let id =
        SubnetId::parse(value).map_err(|_| unwanted("networkRuleSet.virtualNetworkRules", value))?;
    Ok(WantedSubnet {
        id,
        source: None,
        name: None,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::live::view;

    /// A registry with this `networkRuleSet`.
    fn live(rules: &Value) -> LiveRegistry {
        let body = json!({
            "id": "/subscriptions/s/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/contoso",
            "location": "westeurope",
            "sku": {"name": "Premium"},
            "properties": {"provisioningState": "Succeeded", "loginServer": "l", "networkRuleSet": rules},
        });
        view::registry("v", body).unwrap()
    }

    #[test]
    fn a_registry_that_was_open_without_saying_so_comes_back_open() {
        for (shown, back) in [
            (Value::Null, DefaultAction::Allow),
            (json!("Allow"), DefaultAction::Allow),
            (json!("Deny"), DefaultAction::Deny),
        ] {
            let live = live(&json!({"defaultAction": shown, "ipRules": [], "virtualNetworkRules": []}));
            let wanted = Snapshot::of(&live, "sha256:00", "2026-11-21T03:00:00Z")
                .wanted()
                .unwrap();
            assert_eq!(wanted.default_action.unwrap().value, back, "{shown}");
        }
    }
}
