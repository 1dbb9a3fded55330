//! The spec of a command line: files, folders, stdin, the default file, and the registries that are meant.

use std::path::Path;

use assert_cmd::Command;
use tempfile::TempDir;

/// Returns a spec of one registry.
fn spec(name: &str) -> String {
    format!(
        "version: 1\nregistries:\n  - id: /subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/{name}\n    trustedServices: false\n"
    )
}

/// Makes a folder with these files.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

/// Runs the binary and returns its exit code, stdout and stderr.
fn run(folder: &Path, args: &[&str], stdin: &str) -> (i32, String, String) {
    let output = Command::new(assert_cmd::cargo::cargo_bin!("ringfence"))
        .current_dir(folder)
        .env_clear()
        .env("HOME", folder)
        .args(args)
        .write_stdin(stdin)
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let code = output.status.code().expect("nothing kills the binary");
    (code, text(&output.stdout), text(&output.stderr))
}

#[test]
fn hyphen_reads_the_spec_from_stdin() {
    let folder = folder(&[("shared/n.yaml", "version: 1\nnetworks: {office: [203.0.113.7]}\n")]);
    let text =
        spec("contoso") + "    defaultAction: Deny\n    ipRules: [office]\ninclude: [shared/n.yaml]\n";
    let (code, stdout, stderr) = run(folder.path(), &["validate", "-"], &text);
    assert_eq!((code, stdout.as_str()), (0, "Valid. 1 registry.\n"), "{stderr}");
    let (code, _, stderr) = run(folder.path(), &["validate", "-"], "version: 1\nbogus: 1\n");
    assert_eq!(code, 65);
    assert!(stderr.contains("--> <stdin>:2:1"), "{stderr}");
    let (code, stdout, stderr) = run(folder.path(), &["plan", "-", "--sandbox", "-o", "json"], &text);
    assert_eq!(code, 0, "{stderr}");
    assert!(stdout.contains("\"<stdin>\""), "{stdout}");
}

#[test]
fn sandbox_of_a_saved_plan_has_its_subnets() {
    let network = "/subscriptions/s1/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/v";
    for endpoints in ["ensure", "assume"] {
        let keys = format!("    serviceEndpoints: {endpoints}\n    subnets: [{network}/subnets/a]\n");
        let folder = folder(&[("ringfence.yaml", &(spec("contoso") + &keys))]);
        let (code, _, stderr) = run(folder.path(), &["plan", "--sandbox", "-o", "json=plan.json"], "");
        assert_eq!(code, 0, "{stderr}");
        let apply = ["apply", "--plan", "plan.json", "--sandbox", "--yes"];
        let (code, stdout, stderr) = run(folder.path(), &apply, "");
        assert_eq!(code, 0, "{endpoints}\n{stdout}{stderr}");
    }
}

#[test]
fn default_spec_is_ringfence_yaml() {
    let folder = folder(&[("ringfence.yaml", &spec("contoso"))]);
    for command in ["validate", "plan", "audit", "apply"] {
        let (code, _, stderr) = run(folder.path(), &[command, "--sandbox", "-o", "json=/dev/null"], "");
        // The sandbox makes the registry, which admits trusted services.
        let expected = match command {
            "audit" => 2,
            "apply" => 3,
            _ => 0,
        };
        assert_eq!(code, expected, "{command}: {stderr}");
    }
    let args = ["plan", "--bogus", "-o", "json=ringfence.yaml"];
    run(folder.path(), &args, "");
    let args = ["validate", "-o", "json=ringfence.yaml"];
    let (code, _, stderr) = run(folder.path(), &args, "");
    assert_eq!(code, 64, "{stderr}");
    let text = std::fs::read_to_string(folder.path().join("ringfence.yaml")).unwrap();
    assert_eq!(text, spec("contoso"));
}

#[test]
fn files_of_subfolders_are_named_or_loaded() {
    let parts = "version: 1\nnetworks: {office: [203.0.113.7]}\n";
    let dev = spec("contosodev")
        + "    defaultAction: Deny\n    ipRules: [office]\ninclude: [shared/n.yaml]\n";
    let folder = folder(&[
        ("tree/dev.yaml", &dev),
        ("tree/shared/n.yaml", parts),
        ("tree/prod/p.yaml", &spec("contosoprod")),
        ("tree/.git/x.yaml", "not a spec"),
    ]);
    let (code, stdout, _) = run(folder.path(), &["validate", "tree"], "");
    assert_eq!(code, 0);
    let warning = "warning[unloaded-files]: 1 YAML file is in subfolders of `tree` and not loaded: tree/prod/p.yaml";
    assert!(
        stdout.contains(warning) && stdout.ends_with("Valid. 1 registry.\n"),
        "{stdout}"
    );
    let (code, stdout, _) = run(folder.path(), &["validate", "tree", "-R"], "");
    assert_eq!((code, stdout.as_str()), (0, "Valid. 2 registries.\n"));
    let args = ["validate", "tree", "-R", "-o", "text=tree/prod/new.yaml"];
    assert_eq!(run(folder.path(), &args, "").0, 64);
}

#[test]
fn denied_warnings_are_errors() {
    let expired = "    ipRules: [{cidr: 203.0.113.7, expires: 2026-01-01}]\n";
    let folder = folder(&[("a.yaml", &(spec("contoso") + expired))]);
    let rows: [(&[&str], i32); 4] = [
        (&[], 0),
        (&["--deny", "unused-name"], 0),
        (&["--deny", "expired"], 65),
        (&["--deny", "warnings"], 65),
    ];
    for (flags, code) in rows {
        let args = [&["validate", "a.yaml", "--as-of", "2026-11-28"], flags].concat();
        let (ended, _, stderr) = run(folder.path(), &args, "");
        assert_eq!(ended, code, "{flags:?}: {stderr}");
        assert_eq!(stderr.contains("error[expired]"), code == 65, "{stderr}");
    }
    assert_eq!(
        run(folder.path(), &["validate", "a.yaml", "--deny", "host-bits"], "").0,
        64
    );
}

#[test]
fn only_and_except_choose_registries() {
    let folder = folder(&[("a.yaml", &spec("contosodev")), ("b.yaml", &spec("contosoprod"))]);
    let rows: [(&[&str], &str); 4] = [
        (&["--only", "contosodev"], "contosodev"),
        (&["--only", "*", "--except", "*PROD"], "contosodev"),
        (&["--except=*/registries/contosodev"], "contosoprod"),
        (&["--only", "contoso{dev,prod}"], "contosodev contosoprod"),
    ];
    for (flags, names) in rows {
        let args = [&["plan", ".", "--sandbox", "-o", "json"], flags].concat();
        let (code, stdout, stderr) = run(folder.path(), &args, "");
        assert_eq!(code, 0, "{stderr}");
        for name in ["contosodev", "contosoprod"] {
            let planned = stdout.contains(&format!("registries/{name}\""));
            assert_eq!(planned, names.contains(name), "{flags:?}: {name}");
        }
        let is_part = names.split(' ').count() == 1;
        assert_eq!(stderr.contains("only 1 of 2 registries"), is_part, "{stderr}");
    }
}

#[test]
fn quiet_runs_name_only_the_sandbox() {
    let folder = folder(&[("a.yaml", &spec("contosodev")), ("b.yaml", &spec("contosoprod"))]);
    let args = ["plan", ".", "--sandbox", "--only", "contosodev", "-q"];
    let (code, _, stderr) = run(folder.path(), &args, "");
    assert_eq!(code, 0, "{stderr}");
    let lines: Vec<&str> = stderr.lines().collect();
    assert!(
        matches!(lines[..], [line] if line.starts_with("sandbox: ")),
        "{stderr}"
    );
}

#[test]
fn selection_that_leaves_no_registry_is_an_error() {
    let folder = folder(&[("a.yaml", &spec("contosodev")), ("b.yaml", &spec("contosoprod"))]);
    for flags in [
        &["--except", "*"][..],
        &["--only", "contosodev", "--except", "*dev"],
    ] {
        for command in ["plan", "audit", "apply"] {
            let args = [&[command, ".", "--sandbox=lab.json"], flags].concat();
            let (code, stdout, stderr) = run(folder.path(), &args, "");
            assert_eq!((code, stdout.as_str()), (64, ""), "{stderr}");
            assert!(stderr.contains("leaves no registry"), "{stderr}");
            assert!(!folder.path().join("lab.json").exists(), "no sandbox starts");
        }
    }
}

#[test]
fn registries_that_drift_alike_are_one_block() {
    let mut text = spec("contoso10");
    for number in 11..50 {
        let alone = spec(&format!("contoso{number}"));
        text += alone.trim_start_matches("version: 1\nregistries:\n");
    }
    let folder = folder(&[("ringfence.yaml", &text)]);
    let (code, stdout, stderr) = run(folder.path(), &["audit", "--sandbox"], "");
    assert_eq!(code, 2, "{stderr}");
    let (drift, posture) = stdout
        .split_once("\n\nerror[RF001]")
        .expect("a fresh registry is open");
    assert!(
        drift.contains("the same for 39 more registries: contoso11,"),
        "{stdout}"
    );
    assert!(stdout.lines().count() <= 25, "{stdout}");
    for number in 10..50 {
        assert_eq!(drift.matches(&format!("contoso{number}")).count(), 1, "{stdout}");
    }
    let names = "40 registries: contoso10, contoso11, contoso12, contoso13, contoso14 and 35 more";
    assert!(posture.contains(names), "{stdout}");
}

#[test]
fn reviewed_part_of_a_spec_is_applied() {
    let folder = folder(&[("a.yaml", &spec("contosodev")), ("b.yaml", &spec("contosoprod"))]);
    let sandbox = "--sandbox=lab.json";
    let dev = ["--only", "contosodev"];
    let plan = [&["plan", ".", sandbox, "-o", "json=plan.json"], &dev[..]].concat();
    assert_eq!(run(folder.path(), &plan, "").0, 0);
    let saved = ["apply", ".", sandbox, "--plan", "plan.json", "--yes"];
    let (code, _, stderr) = run(folder.path(), &saved, "");
    assert_eq!(
        code, 3,
        "a plan of one registry is not the plan of both: {stderr}"
    );
    let (code, _, stderr) = run(folder.path(), &[&saved, &dev[..]].concat(), "");
    assert_eq!(code, 0, "{stderr}");
}
