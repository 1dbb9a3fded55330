//! A script of `ci/` with the built binary on its PATH.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::azure_bodies::{premium_registry, registry_id};
use crate::ringfence_binary::{Run, Scenario};

/// The words of a spec and of a sandbox that keeps its state.
pub(super) const ARGUMENTS: &str = "spec.yaml --sandbox=state.json";

/// A registry that is open, and a spec that closes it.
pub(super) fn scenario() -> Scenario {
    let spec = format!(
        "version: 1\nregistries:\n  - id: {}\n    defaultAction: Deny\n    ipRules: [{{cidr: 203.0.113.9, reason: \"<!-- x --> @all `a`\"}}]\n",
        registry_id("contoso")
    );
    Scenario::new(&spec, &[premium_registry("contoso")])
}

/// Writes a program that the scripts find by its name.
pub(super) fn program(scenario: &Scenario, name: &str, text: &str) {
    std::fs::create_dir_all(scenario.path("bin")).unwrap();
    let path = scenario.path("bin").join(name);
    std::fs::write(&path, text).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

/// Runs a script of `ci/` in the folder of the scenario, with these variables alone.
pub(super) fn run(scenario: &Scenario, script: &str, words: &[&str], variables: &[(&str, &str)]) -> Run {
    let binary = Path::new(assert_cmd::cargo::cargo_bin!("ringfence"));
    let mut path = scenario.path("bin").into_os_string();
    path.push(":");
    path.push(binary.parent().unwrap());
    path.push(":/usr/local/bin:/usr/bin:/bin");
    let output = Command::new(repository().join("ci").join(script))
        .args(words)
        .current_dir(scenario.path(""))
        .env_clear()
        .env("HOME", scenario.path(""))
        .env("PATH", path)
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    Run {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Returns the folder of the repository.
pub(super) fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}
