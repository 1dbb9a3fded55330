//! The end of the output: what happened, to whom, and in the unit of the plan.

use std::process::{Command, Stdio};

use ringfence::sandbox::Options;
use serde_json::{Value, json};

use super::apply_run::{DENY, apply, denying, expect, fault, nth, only_read, two};
use super::sandbox_in_test::Azure;
use crate::azure_bodies::{premium_registry, subnet_id};
use crate::ringfence_binary::{Run, Scenario};
use crate::spec_text::spec_of;
use crate::virtual_network::vnet_body;

/// `contoso` and `fabrikam`, both with Azure's defaults.
fn two_registries(lines: &str) -> Scenario {
    let subnet = subnet_id("hub", "build");
    Scenario::new(
        &two(lines),
        &[
            premium_registry("contoso"),
            premium_registry("fabrikam"),
            vnet_body(&[subnet]),
        ],
    )
}

fn counts(document: &Value) -> [u64; 3] {
    ["add", "change", "remove"].map(|key| document["summary"][key].as_u64().unwrap())
}

#[test]
fn apply_counts_in_the_unit_of_the_plan() {
    let subnet = subnet_id("hub", "build");
    let scenario = two_registries(&format!("{DENY}    subnets: [{subnet}]\n"));
    let plan = scenario.run(&["plan", "spec.yaml", "-o", "json=plan.json"]);
    expect(
        &plan,
        0,
        &["Plan: 4 to add, 3 to change, 0 to remove in 2 of 2 registries."],
    );
    let applied = apply(&scenario, &json!([]));
    applied.expect(
        0,
        &["Apply: 4 added, 3 changed, 0 removed; 2 of 2 registries verified."],
    );
    let plan: Value = serde_json::from_str(&scenario.read("plan.json")).unwrap();
    assert_eq!(counts(&plan), counts(&applied.report));
}

/// `ringfence apply … | head -1`: what the reader of stdout did not wait for is on stderr.
#[test]
fn report_of_a_write_is_not_lost_with_its_reader() {
    let formats: [&[&str]; 3] = [&[], &["-o", "json"], &["-o", "jsonl"]];
    for format in formats {
        let scenario = two_registries(DENY);
        let azure = Azure::serve(&scenario, Options::default());
        let words = [&["apply", "spec.yaml", "--yes"], format].concat();
        let run = ended_without_reader(azure.command(&scenario, &words));
        expect(
            &run,
            4,
            &[
                "error[io]: cannot write `stdout`",
                "Apply: 2 added, 2 changed, 0 removed; 2 of 2 registries verified.",
                "\nUndo: ringfence restore --from ",
            ],
        );
        // Nothing is left to write, so nothing is lost.
        let run = ended_without_reader(azure.command(&scenario, &words));
        expect(&run, 0, &[]);
        assert!(!run.stderr.contains("error"), "{}", run.stderr);
    }
}

/// Runs a command whose stdout nobody reads.
fn ended_without_reader(mut command: Command) -> Run {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let child = command.stdout(writer).stderr(Stdio::piped()).spawn().unwrap();
    let output = child.wait_with_output().unwrap();
    Run {
        code: output.status.code().unwrap(),
        stdout: String::new(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

#[test]
fn failed_apply_counts_every_planned_change() {
    let subnet = subnet_id("hub", "build");
    let scenario = two_registries(&format!("{DENY}    subnets: [{subnet}]\n"));
    let refused = fault("PUT", "/subnets/build", json!({"fault": 403}));
    let applied = apply(&scenario, &json!([refused]));
    applied.expect(1, &["0 added, 0 changed, 0 removed, 6 skipped, 1 failed; 0 of 2"]);
    assert!(!applied.run.stdout.contains("Undo:"), "nothing was written");
}

#[test]
fn end_names_failed_registries_with_their_line() {
    let scenario = two_registries(DENY);
    let refused = fault("PATCH", "/registries/contoso", json!({"fault": 403}));
    let applied = apply(&scenario, &json!([refused]));
    applied.expect(4, &["Apply: 1 added, 1 changed, 0 removed, 2 failed; 1 of 2"]);
    let stdout = &applied.run.stdout;
    let (plan, end) = stdout.split_once("Plan: ").unwrap();
    assert!(
        plan.contains("the same for 1 more registry: fabrikam"),
        "{stdout}"
    );
    // The registry that failed comes after the one that did not.
    let changed = end
        .find("~ fabrikam (spec.yaml:6): applied and verified")
        .unwrap();
    let failed = end.find("! contoso (spec.yaml:3): failed").unwrap();
    assert!(changed < failed, "{stdout}");
    let last: Vec<&str> = end.lines().rev().take(2).collect();
    assert_eq!(last[1], "  failed       contoso (spec.yaml:3)");
    assert!(last[0].starts_with("Undo: ringfence restore --from "), "{stdout}");
    assert!(stdout.contains("--> spec.yaml:3:"), "{stdout}");
    let registries = &applied.report["registries"];
    assert_eq!(
        (&registries[0]["outcome"], &registries[1]["outcome"]),
        (&"failed".into(), &"changed".into())
    );
    assert_eq!(registries[0]["source"]["line"], 3);
}

/// Others may change that registry before the undo.
#[test]
fn undo_leaves_a_registry_alone_that_was_not_written() {
    let scenario = two_registries(DENY);
    let refused = fault("PATCH", "/registries/contoso", json!({"fault": 403}));
    let applied = apply(&scenario, &json!([refused]));
    applied.expect(4, &["Undo: "]);
    assert_eq!(applied.report["registries"][0].get("undo"), None);
    assert!(applied.report["registries"][1]["undo"].is_object());
    for source in ["last", "report.json"] {
        let run = scenario.run(&["restore", "--from", source]);
        expect(&run, 3, &["fabrikam"]);
        let paths: Vec<String> = scenario.requests().into_iter().map(|(_, path)| path).collect();
        assert!(paths.iter().all(|path| !path.contains("contoso")), "{paths:?}");
    }
}

#[test]
fn same_outcome_is_told_once_with_all_names() {
    let scenario = two_registries(DENY);
    let refused = fault("PATCH", "/registries/", json!({"fault": 403}));
    let applied = apply(&scenario, &json!([refused]));
    applied.expect(
        1,
        &["! 2 registries: failed\n    contoso (spec.yaml:3), fabrikam (spec.yaml:6)\n"],
    );
    let errors = applied.run.stdout.matches("error[").count();
    assert_eq!(errors, 1, "{}", applied.run.stdout);
    let scenario = two_registries(DENY);
    apply(&scenario, &json!([])).expect(
        0,
        &["~ 2 registries: applied and verified\n    contoso, fabrikam\n"],
    );
}

#[test]
fn protected_registry_is_written_only_with_the_override() {
    let scenario = Scenario::new(
        &spec_of("    ipRules: [203.0.113.7]\n    protect: true\n"),
        &[denying("contoso", &["203.0.113.7", "192.0.2.9"], false)],
    );
    let words = ["apply", "spec.yaml", "--yes"];
    expect(
        &scenario.run(&words),
        3,
        &["refused[protect]", "--override protect"],
    );
    only_read(&scenario);
    let overriding = [&words[..], &["--override", "protect"]].concat();
    expect(&scenario.run(&overriding), 0, &["1 removed"]);
}

#[test]
fn restore_by_a_spec_does_not_open_protected_registries() {
    let scenario = Scenario::new(
        &spec_of("    ipRules: [203.0.113.7]\n    protect: true\n"),
        &[denying("contoso", &["203.0.113.7"], false)],
    );
    let words = ["restore", "--default-allow", "spec.yaml", "--yes"];
    expect(
        &scenario.run(&words),
        3,
        &["refused[protect]", "--override protect"],
    );
    only_read(&scenario);
    let overriding = [&words[..], &["--override", "protect"]].concat();
    expect(&scenario.run(&overriding), 0, &["open"]);
}

/// The PATCH was never sent.
#[test]
fn error_before_the_first_step_is_not_that_of_a_step() {
    let scenario = two_registries(DENY);
    let gone = nth(fault("GET", "/registries/contoso", json!({"fault": 403})), &[2]);
    let applied = apply(&scenario, &json!([gone]));
    applied.expect(
        4,
        &[
            "! contoso (spec.yaml:3): failed\n    no step was begun, so nothing was written\n",
            "the registry cannot be read again before the write: ",
            "1 added, 1 changed, 0 removed, 2 skipped, 1 failed; 1 of 2",
        ],
    );
    assert!(
        !applied.run.stdout.contains("PATCH the registry"),
        "{}",
        applied.run.stdout
    );
    let registry = &applied.report["registries"][0];
    assert_eq!(registry["outcome"], "failed");
    assert_eq!(registry["error"]["code"], "SandboxFault");
    assert_eq!(registry["steps"][0]["outcome"], "skipped");
    let scenario = two_registries(DENY);
    let words = [
        "apply",
        "spec.yaml",
        "--yes",
        "--snapshots",
        "spec.yaml/kept",
        "-o",
        "json",
    ];
    let run = scenario.run(&words);
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    for registry in report["registries"].as_array().unwrap() {
        assert_eq!(registry["error"]["code"], "snapshot-not-written");
        assert_eq!(registry["changes"][0]["outcome"], "skipped");
    }
}

/// The plan has told why.
#[test]
fn refused_and_unread_registries_are_told_once() {
    let spec = format!("{}    protect: true\n", two("    ipRules: [203.0.113.7]\n"));
    let protected = denying("fabrikam", &["203.0.113.7", "192.0.2.9"], false);
    let scenario = Scenario::new(&spec, &[protected]);
    let run = scenario.run(&["apply", "spec.yaml", "--yes"]);
    expect(
        &run,
        1,
        &[
            "! fabrikam (spec.yaml:5): refused, nothing was written\n    protect, as the plan says\n",
            "  refused      fabrikam (spec.yaml:5)\n  not read     contoso (spec.yaml:3)",
        ],
    );
    for told in ["refused[protect]", "error[ResourceNotFound]"] {
        assert_eq!(run.stdout.matches(told).count(), 1, "{}", run.stdout);
    }
    // The text in a file has no plan before it.
    scenario.run(&["apply", "spec.yaml", "--yes", "-o", "text=report.txt"]);
    let file = scenario.read("report.txt");
    assert!(
        file.contains("refused[protect]") && file.contains("error[ResourceNotFound]"),
        "{file}"
    );
}

#[cfg(target_os = "linux")]
#[test]
fn run_whose_result_is_lost_is_told() {
    let scenario = two_registries(DENY);
    let lost = ["-o", "text=/dev/null", "-o", "json=/dev/full"];
    let rows: [(&[&str], &str); 3] = [
        (
            &["apply", "spec.yaml", "--yes", "-q"],
            "2 of 2 registries verified",
        ),
        (
            &["restore", "--from", "last", "--yes", "-q"],
            "2 of 2 registries verified",
        ),
        (
            &["rule", "add", "-n", "contoso", "--ip-address", "203.0.113.25"],
            "+ 203.0.113.25",
        ),
    ];
    for (words, done) in rows {
        let run = scenario.run(&[words, &lost].concat());
        assert_eq!(run.code, 4, "{}", run.stderr);
        for told in ["cannot write `/dev/full`", done, "Undo:"] {
            assert_eq!(run.stderr.matches(told).count(), 1, "{told}: {}", run.stderr);
        }
    }
}
