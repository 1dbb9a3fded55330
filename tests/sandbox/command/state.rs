//! State files of the built binary: unwritable, and in use.

use std::process::{Command, Output};

use rustix::process::Signal;

use super::sandbox_process::{Process, command};

const ID: &str = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/contoso";

/// Runs `ringfence plan … --sandbox=STATE` with a timeout of a second.
fn plan(folder: &std::path::Path, state: &str) -> Output {
    let spec = format!("version: 1\nregistries:\n  - id: {ID}\n    defaultAction: Allow\n");
    std::fs::write(folder.join("spec.yaml"), spec).unwrap();
    let flag = format!("--sandbox={state}");
    Command::new(env!("CARGO_BIN_EXE_ringfence"))
        .env_clear()
        .env("HOME", folder)
        .current_dir(folder)
        .args(["plan", "spec.yaml", "--timeout", "1s", &flag])
        .output()
        .unwrap()
}

#[test]
fn state_in_use_is_refused_but_not_after_a_kill() {
    for signal in [Signal::TERM, Signal::KILL] {
        let first = Process::start(&["--state", "lab.json"]);
        let folder = first.path().to_owned();
        let second = command(&folder, &["--state", "lab.json"]).output().unwrap();
        let third = plan(&folder, "lab.json");
        for refused in [second, third] {
            assert_eq!(refused.status.code(), Some(1));
            let text = String::from_utf8(refused.stderr).unwrap();
            assert!(
                text.contains("state file `lab.json` is in use by another sandbox")
                    && text.contains("help: wait until it ends"),
                "{text}"
            );
        }
        let (.., folder) = first.end_in(signal);
        let after = plan(folder.path(), "lab.json");
        let answered = String::from_utf8(after.stdout).unwrap();
        assert!(answered.contains("ResourceGroupNotFound"), "{answered}");
        let names: Vec<_> = std::fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.contains("lab"))
            .collect();
        assert_eq!(names, ["lab.json"], "no lock lies about");
    }
}

#[test]
fn unwritable_state_is_reported_once_at_start() {
    let folder = tempfile::tempdir().unwrap();
    let outputs = [
        command(folder.path(), &["--state", "no/lab.json"])
            .output()
            .unwrap(),
        plan(folder.path(), "no/lab.json"),
    ];
    for refused in outputs {
        assert_eq!(refused.status.code(), Some(1));
        let text = String::from_utf8(refused.stderr).unwrap();
        assert!(
            text.contains("state file `no/lab.json` could not be written: "),
            "{text}"
        );
        assert_eq!(text.matches("No such file").count(), 1, "{text}");
    }
}

/// Root can write everywhere, so the test passes without a check for root.
#[test]
fn read_only_state_is_reported_and_unchanged() {
    use std::os::unix::fs::PermissionsExt;
    if rustix::process::geteuid().is_root() {
        eprintln!("SKIPPED: root may write to any file");
        return;
    }
    let mode = std::fs::Permissions::from_mode;
    for (file_mode, folder_mode) in [(0o444, 0o755), (0o644, 0o555)] {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("inner");
        std::fs::create_dir(&inner).unwrap();
        let file = inner.join("lab.json");
        std::fs::write(&file, "{}").unwrap();
        std::fs::set_permissions(&file, mode(file_mode)).unwrap();
        std::fs::set_permissions(&inner, mode(folder_mode)).unwrap();
        let refused = plan(folder.path(), "inner/lab.json");
        std::fs::set_permissions(&inner, mode(0o755)).unwrap();
        let text = String::from_utf8(refused.stderr).unwrap();
        assert!(text.contains("could not be written: Permission denied"), "{text}");
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "{}");
    }
}
