//! Results that go to files, and results that cannot be written.

use tempfile::TempDir;

use super::{run, run_with};

#[test]
fn missing_output_folder_is_the_first_error() {
    let ended = run(&["plan", "missing.yaml", "-o", "json=no/plan.json"]);
    assert_eq!(ended.code, 1);
    assert!(
        ended
            .stderr
            .starts_with("error[io]: cannot write `no/plan.json`: "),
        "{}",
        ended.stderr
    );
    assert!(!ended.stderr.contains("missing.yaml"), "{}", ended.stderr);
}

#[test]
fn json_is_written_on_failure() {
    let folder = TempDir::new().unwrap();
    let ended = run_with(
        folder.path(),
        &[],
        &["restore", "--default-allow", "contoso", "-o", "json"],
    );
    assert_eq!(ended.code, 64);
    assert!(
        ended.stdout.starts_with(
            "{\n  \"format\": \"ringfence.error/1\",\n  \"error\": {\n    \"code\": \"usage\""
        ),
        "{}",
        ended.stdout
    );
    assert!(
        ended.stderr.starts_with("error[usage]: registry `contoso` needs"),
        "{}",
        ended.stderr
    );
    run_with(
        folder.path(),
        &[],
        &["restore", "--default-allow", "contoso", "-o", "json=report.json"],
    );
    let written = std::fs::read_to_string(folder.path().join("report.json")).unwrap();
    assert_eq!(written, ended.stdout);
}

#[test]
fn json_is_written_on_usage_errors() {
    let folder = TempDir::new().unwrap();
    let rows: [&[&str]; 2] = [
        &["plan", "x", "--request-log", "f", "-o", "json=error.json"],
        &["plan", "x", "-o", "xml", "-o", "json=error.json"],
    ];
    for args in rows {
        let ended = run_with(folder.path(), &[], args);
        assert_eq!(ended.code, 64, "{ended:?}");
        let file = folder.path().join("error.json");
        let written = std::fs::read_to_string(&file).unwrap();
        assert!(written.contains("\"code\": \"usage\""), "{written}");
        std::fs::remove_file(file).unwrap();
    }
}

#[test]
fn output_does_not_overwrite_an_input() {
    let folder = TempDir::new().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::create_dir(path("specs")).unwrap();
    for name in ["spec.yaml", "specs/a.yaml", "state.json", "ca.pem"] {
        std::fs::write(path(name), "as it was").unwrap();
    }
    let spec = "would overwrite a file that the command reads";
    let rows: [(&[&str], &str); 12] = [
        (&["plan", "spec.yaml", "-o", "json=spec.yaml"], spec),
        (&["validate", "spec.yaml", "-o", "json=specs/../spec.yaml"], spec),
        (&["audit", "specs", "-o", "text=specs/a.yaml"], spec),
        (&["apply", "specs", "--yes", "-o", "json=specs/new.yml"], spec),
        (
            &["restore", "--default-allow", "spec.yaml", "-o", "json=spec.yaml"],
            spec,
        ),
        (
            &["plan", "spec.yaml", "--ca-file=ca.pem", "-o", "json=ca.pem"],
            "overwrite the CA file",
        ),
        (
            &[
                "plan",
                "spec.yaml",
                "--sandbox=state.json",
                "-o",
                "json=state.json",
            ],
            "overwrite the sandbox's state",
        ),
        (
            &[
                "plan",
                "spec.yaml",
                "--sandbox",
                "--request-log=log",
                "-o",
                "json=log",
            ],
            "overwrite the request log",
        ),
        (
            &["plan", "spec.yaml", "--sandbox", "--request-log=spec.yaml"],
            "request log `spec.yaml` would overwrite a file that the command reads",
        ),
        (
            &[
                "plan",
                "spec.yaml",
                "--sandbox=state.json",
                "--request-log=state.json",
            ],
            "request log `state.json` would overwrite the sandbox's state",
        ),
        (
            &[
                "sandbox",
                "--state",
                "state.json",
                "-o",
                "json=state.json",
                "--",
                "true",
            ],
            "would overwrite a file that the command reads",
        ),
        (
            &[
                "sandbox",
                "--seed",
                "state.json",
                "--request-log=state.json",
                "--",
                "true",
            ],
            "would overwrite a file that the command reads",
        ),
    ];
    for (args, message) in rows {
        let ended = run_with(folder.path(), &[], args);
        assert_eq!(ended.code, 64, "{args:?}: {ended:?}");
        assert!(ended.stderr.contains(message), "{args:?}: {}", ended.stderr);
        assert!(
            !path("log").exists() && !path("specs/new.yml").exists(),
            "{args:?}"
        );
        for name in ["spec.yaml", "specs/a.yaml", "state.json", "ca.pem"] {
            let text = std::fs::read_to_string(path(name)).unwrap();
            assert_eq!(text, "as it was", "{args:?}: {name}");
        }
    }
}

#[test]
fn unwritable_request_log_is_reported() {
    let ended = run(&["plan", "spec.yaml", "--sandbox", "--request-log", "no/log"]);
    assert_eq!(ended.code, 1);
    assert!(
        ended
            .stderr
            .starts_with("error[request-log-not-writable]: request log `no/log` cannot be written: No such file or directory"),
        "{}",
        ended.stderr
    );
    assert!(
        ended.stderr.contains("help: give `--request-log`"),
        "{}",
        ended.stderr
    );
}

/// `-o json=/dev/full` acts as a full disk. The error does not replace the result of the other output, and is printed
/// once.
#[test]
#[cfg(target_os = "linux")]
fn unwritable_output_does_not_affect_the_others() {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("spec.yaml"), "version: 1\nregistries: []\n").unwrap();
    let args = [
        "validate",
        "spec.yaml",
        "-o",
        "text=/dev/full",
        "-o",
        "json=found.json",
    ];
    let ended = run_with(folder.path(), &[], &args);
    assert_eq!(ended.code, 1, "{ended:?}");
    let written = std::fs::read_to_string(folder.path().join("found.json")).unwrap();
    assert!(written.contains("ringfence.validate/1"), "{written}");
    assert_eq!(ended.stderr.matches("/dev/full").count(), 1, "{}", ended.stderr);
    let ended = run_with(folder.path(), &[], &["schema", "-o", "json=/dev/full"]);
    assert_eq!(ended.stderr.matches("/dev/full").count(), 1, "{}", ended.stderr);
    let ended = run_with(
        folder.path(),
        &[],
        &["plan", "spec.yaml", "-o", "json=/proc/plan.json"],
    );
    assert_eq!((ended.code, ended.stdout.as_str()), (1, ""));
    assert!(
        ended
            .stderr
            .starts_with("error[io]: cannot write `/proc/plan.json`: "),
        "{}",
        ended.stderr
    );
}
