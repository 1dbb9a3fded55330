//! JSON output of failed runs matches the published schemas.

use std::path::Path;

use crate::azure_bodies::{premium_registry, registry_id};
use crate::ringfence_binary::{Run, Scenario};
use crate::spec_text::spec_of;
use serde_json::Value;

const DENY: &str = "    defaultAction: Deny\n    ipRules: [203.0.113.7]\n";

/// The document on stdout, checked against the committed schema of `kind`.
fn document(run: &Run, kind: &str) -> Value {
    let document: Value = serde_json::from_str(&run.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}\n{}", run.stdout, run.stderr));
    assert_eq!(document["format"], format!("ringfence.{kind}/1"), "{document:#}");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("docs/schema/{kind}.schema.json"));
    let schema = std::fs::read_to_string(path).expect("the schema is committed");
    let schema: Value = serde_json::from_str(&schema).expect("the schema is JSON");
    let validator = jsonschema::draft7::new(&schema).expect("the schema is one of draft-07");
    let errors: Vec<String> = validator
        .iter_errors(&document)
        .map(|error| error.to_string())
        .collect();
    assert!(errors.is_empty(), "{kind}: {errors:#?}\n{document:#}");
    document
}

fn scenario() -> Scenario {
    Scenario::new(&spec_of(DENY), &[premium_registry("contoso")])
}

#[test]
fn every_fatal_error_matches_the_error_schema() {
    let scenario = scenario();
    let rows: [(&[&str], i32, &str); 5] = [
        (&["restore", "--default-allow", "contoso"], 64, "usage"),
        (&["plan", "spec.yaml", "--request-log", "f"], 64, "usage"),
        (&["plan", "spec.yaml", "--ca-file", "missing.pem"], 1, "io"),
        (
            &["plan", "spec.yaml", "--sandbox=spec.yaml"],
            1,
            "sandbox-not-started",
        ),
        (
            &["plan", "spec.yaml", "--sandbox", "--request-log=no/f"],
            1,
            "request-log-not-writable",
        ),
    ];
    for (words, code, name) in rows {
        let run = scenario.run_plain(&[words, &["-o", "json"]].concat());
        assert_eq!(run.code, code, "{words:?}: {}", run.stderr);
        assert_eq!(document(&run, "error")["error"]["code"], name, "{words:?}");
    }
    let refused = scenario.run(&["apply", "spec.yaml", "-o", "json"]);
    assert_eq!(refused.code, 3);
    assert_eq!(document(&refused, "error")["error"]["code"], "not-confirmed");
}

#[test]
fn spec_diagnostics_match_the_validate_schema() {
    let scenario = scenario();
    let valid = document(
        &scenario.run_plain(&["validate", "spec.yaml", "-o", "json"]),
        "validate",
    );
    assert_eq!(valid["registries"], 1);
    // Diagnostics with one position, with two positions, and without one.
    let twice = spec_of(&format!(
        "    ipRules: [10.0.0.1, x]\n  - id: {}\n",
        registry_id("contoso")
    ));
    scenario.write("spec.yaml", &twice);
    std::fs::create_dir(scenario.path("empty")).unwrap();
    for file in ["spec.yaml", "empty"] {
        for command in ["validate", "plan", "audit"] {
            let run = scenario.run_plain(&[command, file, "-o", "json"]);
            assert_eq!(run.code, 65, "{}", run.stderr);
            let invalid = document(&run, "validate");
            assert!(invalid["diagnostics"][0]["code"].is_string(), "{invalid:#}");
            assert_eq!(invalid.get("registries"), None);
        }
    }
}

#[test]
fn failed_registry_matches_the_result_schema() {
    let scenario = Scenario::new(&spec_of(DENY), &[]);
    for (words, kind) in [
        (&["plan", "spec.yaml"][..], "plan"),
        (&["apply", "spec.yaml", "--yes"], "apply"),
        (&["audit", "spec.yaml"], "audit"),
    ] {
        let run = scenario.run(&[words, &["-o", "json"]].concat());
        assert_eq!(run.code, 1, "{}", run.stderr);
        let error = document(&run, kind)["failures"][0]["error"].clone();
        assert_eq!(error["code"], "ResourceGroupNotFound");
        let source = &document(&run, kind)["failures"][0]["source"];
        assert_eq!(
            (&source["file"], &source["line"]),
            (&"spec.yaml".into(), &3.into())
        );
        let text = scenario.run(words);
        let shown = [text.stdout, text.stderr].concat();
        assert!(shown.contains("    --> spec.yaml:3:"), "{shown}");
        // A plan leaves the id out: two plans of one state are the same.
        assert_eq!(error["requestId"].is_string(), kind != "plan", "{error:#}");
        assert_eq!(error.get("request_id"), None);
    }
}

/// With `-o json` the plan goes to stderr. With `-q` it is printed only before a prompt.
#[test]
fn prompt_shows_the_plan_even_with_quiet() {
    let scenario = scenario();
    let asked = scenario.run(&["apply", "spec.yaml", "-q", "-o", "json"]);
    assert_eq!(asked.code, 3);
    assert!(
        asked
            .stderr
            .contains("~ contoso (group rg, spec.yaml:3): will change"),
        "{}",
        asked.stderr
    );
    let told = scenario.run(&["apply", "spec.yaml", "-q", "-o", "json", "--yes"]);
    assert_eq!(told.code, 0);
    assert!(!told.stderr.contains("contoso"), "{}", told.stderr);
    document(&told, "apply");
}

/// The number of threads is limited for the whole user, so a root user starts the binary as one without processes.
#[cfg(target_os = "linux")]
#[test]
fn few_threads_are_an_error_or_enough() {
    use std::os::unix::fs::MetadataExt as _;
    use std::os::unix::process::CommandExt as _;

    let spec = spec_of(DENY);
    let is_root = std::fs::metadata("/proc/self").expect("Linux has it").uid() == 0;
    for most in ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10"] {
        let mut command = std::process::Command::new("prlimit");
        command.arg(format!("--nproc={most}")).arg("--");
        command.args([
            env!("CARGO_BIN_EXE_ringfence"),
            "plan",
            "-",
            "--sandbox",
            "--timeout",
            "20s",
        ]);
        command
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("HOME", "/")
            .current_dir("/");
        if is_root {
            command.uid(65_534);
        }
        let output = assert_cmd::Command::from_std(command)
            .write_stdin(spec.clone())
            .output()
            .expect("prlimit runs");
        let stderr = String::from_utf8_lossy(&output.stderr);
        let code = output.status.code();
        assert!(code == Some(0) || code == Some(1), "{most}: {code:?} {stderr}");
        assert!(!stderr.contains("panicked"), "{most}: {stderr}");
        if most == "1" {
            assert!(stderr.contains("cannot start the async runtime"), "{stderr}");
        }
    }
}
