//! `--only` and `--except`: registries by subscription, group, tag, mode, and by what has changed in the spec.

use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::azure_bodies::{premium_registry, registry_id};
use crate::ringfence_binary::{Run, Scenario};

const NAMES: [&str; 5] = ["alpha", "bravo", "charlie", "delta", "foxtrot"];

/// A spec that wants one address of each registry.
fn spec_of(names: &[&str], address: &str) -> String {
    let mut spec = "version: 1\nregistries:\n".to_owned();
    for name in names {
        spec += &format!("  - id: {}\n    ipRules: [{address}]\n", registry_id(name));
    }
    spec
}

/// Five registries: two of production, one of which is open. A list of their group has all of them.
fn tagged() -> Scenario {
    let mut resources: Vec<Value> = NAMES.iter().map(|name| premium_registry(name)).collect();
    for resource in &mut resources {
        resource["properties"]["networkRuleSet"]["defaultAction"] = json!("Deny");
    }
    resources[0]["tags"] = json!({"Env": "prod", "team": "web"});
    resources[1]["tags"] = json!({"env": "prod"});
    resources[1]["properties"]["networkRuleSet"]["defaultAction"] = json!("Allow");
    resources[2]["tags"] = json!({"env": "dev"});
    Scenario::new(&spec_of(&NAMES, "203.0.113.9"), &resources)
}

/// Names of the registries that a run has planned.
fn planned(run: &Run) -> Vec<String> {
    let plan: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{}", run.stderr));
    let registries = plan["registries"].as_array().unwrap();
    let name = |registry: &Value| {
        registry["id"]
            .as_str()
            .unwrap()
            .rsplit('/')
            .next()
            .unwrap()
            .to_owned()
    };
    registries.iter().map(name).collect()
}

fn plan(scenario: &Scenario, flags: &[&str]) -> Run {
    scenario.run(&[&["plan", "spec.yaml", "-o", "json"], flags].concat())
}

#[test]
fn tags_and_modes_choose_registries_by_live_state() {
    let scenario = tagged();
    for (flags, expected) in [
        (&["--only", "tag:env=prod"][..], &["alpha", "bravo"][..]),
        (&["--only", "tag:ENV"], &["alpha", "bravo", "charlie"]),
        (
            &["--only", "tag:env=prod", "--only", "delta"],
            &["alpha", "bravo", "delta"],
        ),
        (
            &["--only", "tag:env", "--except", "tag:team=web"],
            &["bravo", "charlie"],
        ),
        (&["--only", "mode:open"], &["bravo"]),
        (&["--only", "mode:private-only"], &[]),
        (&["--except", "mode:closed"], &["bravo"]),
        (&["--only", "group:RG", "--except", "subscription:*1"], &[]),
    ] {
        let run = plan(&scenario, flags);
        if expected.is_empty() && flags[1].starts_with("group") {
            assert_eq!(run.code, 64, "{}", run.stderr);
            continue;
        }
        assert_eq!(run.code, 0, "{flags:?}: {}", run.stderr);
        assert_eq!(planned(&run), expected, "{flags:?}");
        let told = format!("only {} of 5 registries", expected.len());
        assert!(run.stderr.contains(&told), "{}", run.stderr);
        // The list shows tags and rules, so nothing is read twice.
        assert_eq!(scenario.requests().len(), 1, "{flags:?}");
    }
}

#[test]
fn tag_that_no_registry_has_is_a_mistake() {
    let scenario = tagged();
    let run = plan(&scenario, &["--only", "tag:env=production"]);
    assert_eq!(run.code, 64, "{}", run.stderr);
    assert!(
        run.stderr
            .contains("`--only tag:env=production` fits no registry that was read"),
        "{}",
        run.stderr
    );
    // Another shard may have the tag.
    for shard in ["1/2", "2/2"] {
        let run = plan(&scenario, &["--only", "tag:env=production", "--shard", shard]);
        assert_eq!(run.code, 0, "{}", run.stderr);
    }
}

#[test]
fn registry_that_cannot_be_read_stays_a_failure() {
    let scenario = tagged();
    let faults = json!([
        {"match": {"method": "GET", "path": "/subscriptions/*/registries"}, "fault": 403},
        {"match": {"method": "GET", "path": "/subscriptions/*/registries/delta"}, "fault": 403}
    ]);
    scenario.write("faults.json", &faults.to_string());
    let run = plan(&scenario, &["--only", "tag:env=dev", "--faults", "faults.json"]);
    assert_eq!(run.code, 1, "{}", run.stderr);
    assert_eq!(planned(&run), ["charlie"]);
    let plan: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(plan["failures"][0]["id"], registry_id("delta"));
}

#[test]
fn apply_writes_only_what_the_tag_chooses() {
    let scenario = tagged();
    let run = scenario.run(&["apply", "spec.yaml", "--yes", "--only", "tag:env=prod"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let mut patched = Vec::new();
    for (method, path) in scenario.requests() {
        if method == "PATCH" {
            patched.push(path.rsplit('/').next().unwrap().to_owned());
        }
    }
    patched.sort();
    assert_eq!(patched, ["alpha", "bravo"]);
}

#[test]
fn audit_of_all_leaves_out_what_the_tag_leaves_out() {
    let scenario = tagged();
    let run = scenario.run(&[
        "audit",
        "spec.yaml",
        "--all",
        "--only",
        "tag:team",
        "--exit-zero",
        "-o",
        "json",
    ]);
    let audit: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{}", run.stderr));
    assert_eq!(audit["summary"]["registries"], 1, "{audit:#}");
}

#[test]
fn live_selectors_need_registries_that_are_read() {
    let scenario = tagged();
    assert_eq!(plan(&scenario, &["-o", "json=plan.json"]).code, 64);
    let saved = scenario.run(&["plan", "spec.yaml", "-o", "json=plan.json"]);
    assert_eq!(saved.code, 0, "{}", saved.stderr);
    for words in [
        &["validate", "spec.yaml", "--only", "tag:env"][..],
        &[
            "apply",
            "spec.yaml",
            "--plan",
            "plan.json",
            "--yes",
            "--except",
            "mode:open",
        ],
        &[
            "apply",
            "spec.yaml",
            "--plan",
            "plan.json",
            "--rebase",
            "--yes",
            "--except",
            "mode:open",
        ],
    ] {
        let run = match words[0] {
            "validate" => scenario.run_plain(words),
            _ => scenario.run(words),
        };
        assert_eq!(run.code, 64, "{words:?}: {}", run.stderr);
        assert!(run.stderr.contains("needs the live state"), "{}", run.stderr);
    }
}

/// Runs a program in a folder, with an environment of its own.
fn run_with_git(folder: &Path, program: &Path, words: &[&str]) -> Run {
    let path: OsString = std::env::var_os("PATH").unwrap_or_default();
    let output = Command::new(program)
        .args(words)
        .env_clear()
        .env("PATH", path)
        .env("HOME", folder)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .current_dir(folder)
        .output()
        .unwrap();
    Run {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A repository with one commit, in which `specs/a.yaml` includes the networks of another file.
fn repository() -> Scenario {
    let scenario = tagged();
    let folder = scenario.path("");
    std::fs::create_dir_all(scenario.path("specs/shared")).unwrap();
    let including = spec_of(&["alpha"], "offices") + "include: [shared/networks.yaml]\n";
    scenario.write("specs/a.yaml", &including);
    scenario.write("specs/b.yaml", &spec_of(&["bravo", "charlie"], "203.0.113.9"));
    scenario.write(
        "specs/shared/networks.yaml",
        "version: 1\nnetworks: {offices: [203.0.113.0/25]}\n",
    );
    for words in [
        &["init", "--quiet"][..],
        &["add", "specs"],
        &[
            "-c",
            "user.name=a",
            "-c",
            "user.email=a@example.com",
            "commit",
            "--quiet",
            "-m",
            "first",
        ],
    ] {
        let run = run_with_git(&folder, Path::new("git"), words);
        assert_eq!(run.code, 0, "{}", run.stderr);
    }
    scenario
}

fn plan_changed(scenario: &Scenario, flags: &[&str]) -> Run {
    let binary = Path::new(env!("CARGO_BIN_EXE_ringfence"));
    let sandbox = format!("--sandbox={}", scenario.path("state.json").display());
    let words = [&["plan", "-o", "json", &sandbox], flags].concat();
    run_with_git(&scenario.path(""), binary, &words)
}

#[test]
fn changed_takes_the_entries_that_differ_from_a_revision() {
    let scenario = repository();
    let changed = ["specs", "--only", "changed"];
    let run = plan_changed(&scenario, &changed);
    assert_eq!((run.code, planned(&run)), (0, vec![]), "{}", run.stderr);
    // A comment and another order are no change.
    let moved = format!("# moved\n{}", spec_of(&["charlie", "bravo"], "203.0.113.9"));
    scenario.write("specs/b.yaml", &moved);
    assert_eq!(planned(&plan_changed(&scenario, &changed)), Vec::<String>::new());
    // An entry changes with the names that it uses, and a new one has changed too.
    scenario.write(
        "specs/shared/networks.yaml",
        "version: 1\nnetworks: {offices: [203.0.113.0/24]}\n",
    );
    scenario.write("specs/c.yaml", &spec_of(&["delta"], "203.0.113.9"));
    for (flags, expected) in [
        (&["specs", "--only", "changed"][..], &["alpha", "delta"][..]),
        (&["specs", "--only", "changed:HEAD"], &["alpha", "delta"]),
        (&["specs", "--except", "changed"], &["bravo", "charlie"]),
        (&["specs/c.yaml", "--only", "changed"], &["delta"]),
        (
            &["specs", "--only", "changed", "--only", "bravo"],
            &["alpha", "bravo", "delta"],
        ),
    ] {
        let run = plan_changed(&scenario, flags);
        assert_eq!(run.code, 0, "{flags:?}: {}", run.stderr);
        assert_eq!(planned(&run), expected, "{flags:?}");
    }
    let absolute = scenario.path("specs").display().to_string();
    let run = plan_changed(&scenario, &[&absolute, "--only", "changed"]);
    assert_eq!(planned(&run), ["alpha", "delta"], "{}", run.stderr);
}

#[test]
fn revision_that_cannot_be_read_is_an_error() {
    let scenario = repository();
    for (flags, told) in [
        (
            &["specs", "--only", "changed:nothere"][..],
            "`nothere` is not a revision",
        ),
        (
            &["specs", "--only", "changed:--all"],
            "is not the name of a revision",
        ),
        (&["/nowhere.yaml", "--only", "changed"], "nowhere.yaml"),
    ] {
        let run = plan_changed(&scenario, flags);
        assert_ne!(run.code, 0, "{}", run.stderr);
        assert!(run.stderr.contains(told), "{}", run.stderr);
    }
    let run = scenario.run(&["import", "alpha", "--only", "changed"]);
    assert_eq!(run.code, 64, "{}", run.stderr);
}

#[test]
fn plan_of_chosen_registries_is_applied_with_the_same_choice() {
    let scenario = tagged();
    let alpha: &[&str] = &["--only", "alpha"];
    let rows: [(&[&str], &[&str], &str); 4] = [
        (alpha, &[], "give the registries of the plan: --only alpha"),
        (
            &["--only", "tag:env=prod"],
            alpha,
            "give the registries of the plan: --only alpha --only bravo",
        ),
        (
            &[],
            alpha,
            "the plan is of all registries of the spec: leave out --only, --except and --shard",
        ),
        (
            alpha,
            &["--except", "alpha"],
            "give the registries of the plan: --only alpha",
        ),
    ];
    for (planned, applied, help) in rows {
        scenario.run(&[&["plan", "spec.yaml", "-o", "json=plan.json"], planned].concat());
        for rebase in [&["--rebase"][..], &[]] {
            let words = ["apply", "spec.yaml", "--plan", "plan.json", "--yes"];
            let run = scenario.run(&[&words, rebase, applied].concat());
            assert_eq!(run.code, 3, "{}", run.stderr);
            assert!(run.stderr.contains(&format!("help: {help}\n")), "{}", run.stderr);
        }
    }
    // What the help says is enough.
    let words = [
        "apply",
        "spec.yaml",
        "--plan",
        "plan.json",
        "--yes",
        "--only",
        "alpha",
    ];
    assert_eq!(scenario.run(&words).code, 0);
    // Without a registry of the plan, the spec is another one.
    scenario.write("spec.yaml", &spec_of(&["bravo"], "203.0.113.9"));
    let run = scenario.run(&["apply", "spec.yaml", "--plan", "plan.json", "--yes"]);
    assert!(
        run.stderr.contains("help: make it again: ringfence plan SPEC"),
        "{}",
        run.stderr
    );
}
