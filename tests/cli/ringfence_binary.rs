//! The built binary in a scrubbed environment, and the files of one scenario.

use std::path::{Path, PathBuf};

use assert_cmd::Command;
use serde_json::{Value, json};
use tempfile::TempDir;

/// A temporary folder with a spec, a sandbox state and a request log.
pub(crate) struct Scenario {
    folder: TempDir,
}

/// Exit code and output of a run.
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Scenario {
    /// A scenario with this spec, and a sandbox that holds these resources.
    pub(crate) fn new(spec: &str, resources: &[Value]) -> Self {
        let scenario = Self {
            folder: tempfile::tempdir().expect("a temporary folder"),
        };
        scenario.write("spec.yaml", spec);
        scenario.seed(resources);
        scenario
    }

    /// Replaces the resources of the sandbox.
    pub(crate) fn seed(&self, resources: &[Value]) {
        let subscription = json!({
            "id": crate::azure_bodies::SUBSCRIPTION, "tenant": "00000000-0000-0000-0000-00000000000f",
            "registered": ["Microsoft.ContainerRegistry", "Microsoft.Network"]
        });
        self.seed_state(&json!({"subscriptions": [subscription], "resources": resources}));
    }

    pub(crate) fn seed_state(&self, state: &Value) {
        self.write("state.json", &state.to_string());
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).expect("the folder is writable");
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).expect("the file is there")
    }

    /// The folder of the records about this scenario's sandbox.
    pub(crate) fn records(&self) -> PathBuf {
        let folders = std::fs::read_dir(self.path(".ringfence/sandbox")).expect("a run kept records");
        let mut folders = folders.map(|entry| entry.expect("readable").path());
        folders
            .find(|folder| folder.to_string_lossy().contains("/state-"))
            .expect("the state file has a folder")
    }

    /// The sandbox's state as it is saved.
    pub(crate) fn state(&self) -> Value {
        serde_json::from_str(&self.read("state.json")).expect("the state is JSON")
    }

    /// A resource of the saved state, by the end of its id.
    pub(crate) fn resource(&self, name: &str) -> Value {
        let state = self.state();
        let found = state["resources"]
            .as_array()
            .into_iter()
            .flatten()
            .find(|resource| resource["name"] == name);
        found.unwrap_or_else(|| panic!("no resource {name}")).clone()
    }

    /// Runs `ringfence` with these arguments against the sandbox, and logs its requests.
    pub(crate) fn run(&self, words: &[&str]) -> Run {
        let _ = std::fs::remove_file(self.path("requests.jsonl"));
        let sandbox = format!("--sandbox={}", self.path("state.json").display());
        let log = self.path("requests.jsonl").display().to_string();
        run_in(
            self.folder.path(),
            &[words, &[&sandbox, "--request-log", &log]].concat(),
        )
    }

    /// Runs `ringfence` with these arguments around a command, as [`Self::run`] does.
    pub(crate) fn run_around(&self, words: &[&str], command: &[&str]) -> Run {
        let _ = std::fs::remove_file(self.path("requests.jsonl"));
        let sandbox = format!("--sandbox={}", self.path("state.json").display());
        let log = self.path("requests.jsonl").display().to_string();
        let flags = [&sandbox, "--request-log", &log, "--"];
        run_in(self.folder.path(), &[words, &flags, command].concat())
    }

    /// Runs `ringfence` with exactly these arguments.
    pub(crate) fn run_plain(&self, words: &[&str]) -> Run {
        run_in(self.folder.path(), words)
    }

    /// Method and path of each ARM request of the last run.
    pub(crate) fn requests(&self) -> Vec<(String, String)> {
        let text = std::fs::read_to_string(self.path("requests.jsonl")).unwrap_or_default();
        let parse = |line: &str| serde_json::from_str::<Value>(line).expect("a JSON line a request");
        let entry = |line: Value| {
            let word = |key: &str| line[key].as_str().unwrap_or_default().to_owned();
            (word("method"), word("path"))
        };
        text.lines()
            .map(parse)
            .map(entry)
            .filter(|(_, path)| path.starts_with("/subscriptions/"))
            .collect()
    }
}

/// True if the tests run with SIGHUP ignored, as under `nohup`. The binary inherits that and goes on.
pub(crate) fn ignores_hangup() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.unwrap_or_default() & 1 == 1
}

/// Runs the binary without the caller's environment.
pub(crate) fn run_in(folder: &Path, words: &[&str]) -> Run {
    let output = Command::new(env!("CARGO_BIN_EXE_ringfence"))
        .env_clear()
        .env("HOME", folder)
        .env("PATH", "/nonexistent")
        .current_dir(folder)
        .args(words)
        .output()
        .expect("the binary runs");
    Run {
        code: output.status.code().expect("the binary was not killed"),
        stdout: String::from_utf8(output.stdout).expect("stdout is UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("stderr is UTF-8"),
    }
}
