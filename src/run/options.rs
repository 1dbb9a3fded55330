//! The plain values that describe a run.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use url::Url;

use super::chosen_rule::ChosenRule;
use crate::apply::Proof;
use crate::azure::{AuthMethod, CloudName};
use crate::live::ReadOptions;
use crate::model::{Cidr, shell_word};
use crate::plan::{FailOn, Guard, Policy};

/// The way to Azure, or to a sandbox in its place.
#[derive(Clone, Debug)]
pub struct RunOptions {
    /// How to sign in. The sandbox has a credential of its own.
    pub auth: AuthMethod,
    /// The Azure cloud.
    pub cloud: CloudName,
    /// Azure Resource Manager at another URL than the cloud's.
    pub arm_endpoint: Option<Url>,
    /// PEM file with a further certificate authority to trust.
    pub ca_file: Option<PathBuf>,
    /// Longest time for one operation.
    pub timeout: Duration,
    /// Registries worked on at the same time.
    pub parallel: usize,
    /// The sandbox to start in place of Azure.
    pub sandbox: Option<SandboxOptions>,
}

/// A sandbox that lives as long as the run.
#[derive(Clone, Debug, Default)]
pub struct SandboxOptions {
    /// File that keeps the state; `None` for a fresh sandbox.
    pub state_file: Option<PathBuf>,
    /// File that gets a JSON line per request.
    pub request_log: Option<PathBuf>,
    /// File that lists the faults to inject.
    pub faults: Option<PathBuf>,
    /// File that describes permissions, policies and the load of Azure.
    pub conditions: Option<PathBuf>,
    /// Address at which its registries see this machine; `None` for the one on loopback.
    pub client_ip: Option<IpAddr>,
}

impl RunOptions {
    /// Returns true if the state is gone with the run, as in a sandbox without a file.
    pub(crate) fn forgets(&self) -> bool {
        matches!(&self.sandbox, Some(SandboxOptions { state_file: None, .. }))
    }

    /// Returns the flags that lead another command to the same service, each after a space. A state of the sandbox must
    /// never be restored in Azure, nor one of a cloud in another cloud.
    pub(crate) fn same_service_flags(&self) -> String {
        let mut flags = String::new();
        match &self.sandbox {
            Some(SandboxOptions {
                state_file: Some(file),
                ..
            }) => flags += &format!(" --sandbox={}", shell_word(file)),
            Some(_) => flags += " --sandbox",
            None => {}
        }
        match &self.cloud {
            CloudName::Public => {}
            CloudName::UsGov => flags += " --cloud usgov",
            CloudName::China => flags += " --cloud china",
            CloudName::Url(url) => flags += &format!(" --cloud {}", shell_word(url.as_str())),
        }
        if let Some(url) = &self.arm_endpoint {
            flags += &format!(" --arm-endpoint {}", shell_word(url.as_str()));
        }
        if let Some(file) = &self.ca_file {
            flags += &format!(" --ca-file {}", shell_word(file));
        }
        // `auto` picks again by the environment of that command.
        if self.auth != AuthMethod::Auto {
            flags += &format!(" --auth {}", self.auth.as_str());
        }
        flags
    }
}

/// The limits of one run, beside those of the spec.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlanOptions {
    /// Guards that the caller has switched off.
    pub overrides: BTreeSet<Guard>,
    /// Kinds of change that this run refuses.
    pub fail_on: BTreeSet<FailOn>,
    /// Addresses that must not lose access.
    pub protect: Vec<Cidr>,
    /// Protect the address of this machine too, by asking the registries which one they see.
    pub protect_own_address: bool,
    /// Read every wanted subnet, so that a service endpoint that was lost is found.
    pub verify_endpoints: bool,
    /// Plan the changes of these rules, and no others; empty for all changes.
    pub only_change: Vec<ChosenRule>,
    /// Folder of snapshots and records of earlier runs; `None` for the default.
    pub snapshots: Option<PathBuf>,
}

impl PlanOptions {
    /// Returns the names of the flags that are given.
    pub(crate) fn given_flags(&self) -> Vec<&'static str> {
        let mut given = Vec::new();
        if !self.overrides.is_empty() {
            given.push("--override");
        }
        if !self.fail_on.is_empty() {
            given.push("--fail-on");
        }
        if !self.protect.is_empty() || self.protect_own_address {
            given.push("--protect");
        }
        if self.verify_endpoints {
            given.push("--verify-endpoints");
        }
        if !self.only_change.is_empty() {
            given.push("--only-change");
        }
        given
    }

    /// Returns the policy of a plan that is made now.
    pub(crate) fn policy(&self) -> Policy {
        Policy {
            overrides: self.overrides.clone(),
            fail_on: self.fail_on.clone(),
            protect: self.protect.clone(),
            created: now(),
            ..Policy::default()
        }
    }

    /// Returns the options of reading for a plan.
    pub(crate) fn read_options(&self) -> ReadOptions {
        ReadOptions {
            all_subnets: self.verify_endpoints,
        }
    }
}

/// The way in which a plan is written.
#[derive(Clone, Debug)]
pub struct WriteOptions {
    /// Write without asking.
    pub yes: bool,
    /// Write the other registries of a saved plan if it does not hold on some.
    pub partial: bool,
    /// Folder for snapshots of the state before the write; `None` for the default.
    pub snapshots: Option<PathBuf>,
    /// What proves that a registry kept a write.
    pub proof: Proof,
    /// Keep a record of what the run leaves. A change beside the spec keeps none: `--fail-on drift` must find it.
    pub record: bool,
    /// Longest time to wait until the registries answer this machine as their new state says; `None` does not wait.
    pub wait_effective: Option<Duration>,
    /// The address at which the registries see this machine, for that wait.
    pub own_address: Option<Cidr>,
}

/// Returns the current time, RFC 3339, UTC.
pub(crate) fn now() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Returns an id for a run that starts now: the time in UTC, to the microsecond. Ids sort by time.
pub(crate) fn run_id() -> String {
    jiff::Timestamp::now().strftime("%Y%m%dT%H%M%S-%6f").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn flags_lead_another_command_to_the_same_service() {
        let gov = RunOptions {
            cloud: CloudName::UsGov,
            ..options()
        };
        let fresh = RunOptions {
            sandbox: Some(SandboxOptions::default()),
            ..options()
        };
        let kept = RunOptions {
            sandbox: Some(SandboxOptions {
                state_file: Some("it's".into()),
                ..SandboxOptions::default()
            }),
            ca_file: Some("ca.pem".into()),
            ..options()
        };
        let rows = [
            (options(), ""),
            (gov, " --cloud usgov"),
            (fresh, " --sandbox"),
            (kept, r" --sandbox='it'\''s' --ca-file ca.pem"),
        ];
        for (options, want) in rows {
            assert_eq!(options.same_service_flags(), want);
        }
    }
}
