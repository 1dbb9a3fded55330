//! `--protect` keeps the own address admitted, and `--fail-on` refuses kinds of change.

use crate::azure_bodies::{premium_registry, registry_id};
use crate::ringfence_binary::{Run, Scenario};
use crate::spec_text::spec_of;
use serde_json::{Value, json};

const DENY: &str = "    defaultAction: Deny\n    ipRules: [203.0.113.0/24]\n";

fn refused(run: &Run, words: &[&str]) {
    assert_eq!(run.code, 3, "{}\n{}", run.stdout, run.stderr);
    for word in words {
        assert!(run.stdout.contains(word), "no `{word}` in\n{}", run.stdout);
    }
}

#[test]
fn protected_address_keeps_its_access() {
    let scenario = Scenario::new(&spec_of(DENY), &[premium_registry("contoso")]);
    refused(
        &scenario.run(&["plan", "spec.yaml", "--protect", "8.8.8.8"]),
        &[
            "own-address",
            "`8.8.8.8` would lose access",
            "--override own-address",
        ],
    );
    assert_eq!(
        scenario
            .run(&["plan", "spec.yaml", "--protect", "203.0.113.9"])
            .code,
        0
    );
    let words = [
        "plan",
        "spec.yaml",
        "--protect",
        "8.8.8.8",
        "--override",
        "own-address",
    ];
    assert_eq!(scenario.run(&words).code, 0);
    for (text, says) in [
        ("me", "expected an IPv4 address, a range or auto"),
        ("::1", "IPv4 only"),
        ("203.0.113.9/24", "expected the range 203.0.113.0/24"),
    ] {
        let run = scenario.run(&["plan", "spec.yaml", "--protect", text]);
        assert!(run.code == 64 && run.stderr.contains(says), "{}", run.stderr);
    }
}

/// The sandbox sees this machine at 127.0.0.1. The 403 of a closed registry names this address; the answer of an open
/// registry does not.
#[test]
fn own_address_comes_from_a_registrys_answer() {
    let mut closed = premium_registry("fabrikam");
    closed["properties"]["networkRuleSet"]["defaultAction"] = json!("Deny");
    let spec = format!(
        "{}  - id: {}\n    trustedServices: true\n",
        spec_of(DENY),
        registry_id("fabrikam")
    );
    let scenario = Scenario::new(&spec, &[premium_registry("contoso"), closed]);
    let run = scenario.run(&["apply", "spec.yaml", "--yes", "--protect", "auto"]);
    let told = "another registry sees it at `127.0.0.1`, which is not public";
    refused(&run, &["this machine gets in now, and may not afterwards", told]);
    assert!(scenario.requests().iter().all(|(method, _)| method == "GET"));
}

/// Neither a rule for its private address nor one for all addresses admits a machine that comes over a service endpoint.
#[test]
fn private_address_loses_a_registry_that_closes() {
    for rules in ["10.0.0.0/8, 203.0.113.7", "0.0.0.0/1, 128.0.0.0/1"] {
        let lines = format!("    defaultAction: Deny\n    ipRules: [{rules}]\n");
        let scenario = Scenario::new(&spec_of(&lines), &[premium_registry("contoso")]);
        let words = ["plan", "spec.yaml", "--override", "widest-rule", "--protect"];
        let run = scenario.run(&[&words[..], &["10.0.1.4"]].concat());
        let told = "the protected address `10.0.1.4` would lose access: it is not public";
        refused(&run, &[told, "--override own-address"]);
        refused(
            &scenario.run(&[&words[..], &["auto"]].concat()),
            &["this machine gets in now"],
        );
    }
}

#[test]
fn unknown_own_address_is_not_guessed() {
    let scenario = Scenario::new(&spec_of(DENY), &[premium_registry("contoso")]);
    let run = scenario.run(&["plan", "spec.yaml", "--protect", "auto"]);
    refused(&run, &["this machine gets in now", "--protect IP"]);
    let words = ["plan", "spec.yaml", "--protect", "auto", "-o", "json=plan.json"];
    assert_eq!(scenario.run(&words).code, 3);
    let run = scenario.run(&["apply", "--plan", "plan.json", "--yes"]);
    refused(
        &run,
        &["--protect IP; or ringfence plan SPEC --override own-address -o json=FILE"],
    );
    assert_eq!(scenario.run(&["apply", "spec.yaml", "--yes"]).code, 0);
    // This change removes no access.
    assert_eq!(scenario.run(&["plan", "spec.yaml", "--protect", "auto"]).code, 0);
}

/// Answers without an address: the registry is down, or another server answers.
#[test]
fn failed_address_probe_allows_only_widening_changes() {
    let answers = [
        (json!(503), "it answers 503"),
        (json!("reset"), "no answer: the connection was closed"),
        (
            json!({"status": 403, "code": "DENIED", "message": "denied"}),
            "it answers 403 and names no IPv4 address",
        ),
    ];
    for (answer, why) in answers {
        let scenario = Scenario::new(&spec_of(DENY), &[premium_registry("contoso")]);
        let mut fault = match answer {
            Value::Object(answer) => {
                json!({"fault": answer["status"], "code": answer["code"], "message": answer["message"]})
            }
            answer => json!({"fault": answer}),
        };
        fault["match"] = json!({"path": "/v2/"});
        scenario.write("faults.json", &json!([fault]).to_string());
        let run = |words: &[&str]| {
            let more = ["--protect", "auto", "--faults", "faults.json"];
            scenario.run(&[words, &more].concat())
        };
        refused(
            &run(&["apply", "spec.yaml", "--yes"]),
            &["own-address", why, "--override own-address", "--protect IP"],
        );
        assert!(scenario.requests().iter().all(|(method, _)| method == "GET"));
        // An address beside `auto` is checked separately.
        refused(&run(&["plan", "spec.yaml", "--protect", "203.0.113.9"]), &[why]);
        assert_eq!(run(&["plan", "spec.yaml", "--override", "own-address"]).code, 0);
        scenario.write("spec.yaml", &spec_of("    dataEndpoint: true\n"));
        assert_eq!(run(&["apply", "spec.yaml", "--yes"]).code, 0, "nothing is closed");
    }
}

#[test]
fn restore_to_open_ignores_protected_addresses() {
    let scenario = Scenario::new(&spec_of(DENY), &[premium_registry("contoso")]);
    assert_eq!(scenario.run(&["apply", "spec.yaml", "--yes"]).code, 0);
    let words = [
        "restore",
        "--default-allow",
        "spec.yaml",
        "--yes",
        "--protect",
        "auto",
        "--protect",
        "8.8.8.8",
    ];
    assert_eq!(scenario.run(&words).code, 0);
}

/// Guards apply to `restore` as to any other change.
#[test]
fn restore_accepts_the_guard_flags_of_apply() {
    let scenario = Scenario::new(&spec_of(DENY), &[premium_registry("contoso")]);
    assert_eq!(scenario.run(&["apply", "spec.yaml", "--yes"]).code, 0);
    let run = scenario.run(&[
        "restore",
        "--default-allow",
        "spec.yaml",
        "--yes",
        "--fail-on",
        "widens",
    ]);
    refused(&run, &["widens", "--fail-on widens"]);
    assert_eq!(
        scenario
            .run(&["restore", "--default-allow", "spec.yaml", "--yes"])
            .code,
        0
    );
    let folder = scenario.records();
    let closed = std::fs::read_dir(folder)
        .expect("folders of runs")
        .filter_map(|run| std::fs::read_dir(run.expect("readable").path()).ok())
        .flatten()
        .map(|entry| entry.expect("readable").path())
        .find(|path| std::fs::read_to_string(path).is_ok_and(|text| text.contains("Deny")))
        .expect("the state before the restore")
        .display()
        .to_string();
    let words = ["restore", "--from", &closed, "--yes", "--protect", "8.8.8.8"];
    refused(&scenario.run(&words), &["`8.8.8.8` would lose access"]);
    refused(
        &scenario.run(&[
            "restore",
            "--from",
            &closed,
            "--yes",
            "--fail-on",
            "default-action",
        ]),
        &["default-action"],
    );
    let run = scenario.run(&[&words[..], &["--override", "own-address"]].concat());
    assert_eq!(run.code, 0, "{}", run.stdout);
}

#[test]
fn fail_on_refuses_kinds_of_change() {
    // The bypass decides nothing on an open registry.
    let open = premium_registry("contoso");
    let mut closed = open.clone();
    closed["properties"]["networkRuleSet"]["defaultAction"] = json!("Deny");
    closed["properties"]["networkRuleSet"]["ipRules"] =
        json!([{"action": "Allow", "value": "203.0.113.1"}]);
    let cases = [
        (
            &open,
            "    defaultAction: Deny\n    ipRules: [203.0.113.7]\n",
            &["narrows", "default-action"][..],
        ),
        (
            &open,
            "    publicNetworkAccess: Disabled\n",
            &["narrows", "public-access"],
        ),
        (&open, "    dataEndpoint: true\n", &["data-endpoint"]),
        (&closed, "    trustedServices: false\n", &["narrows"]),
        (&closed, "    tasksBypass: true\n", &["widens"]),
    ];
    let all = [
        "widens",
        "narrows",
        "default-action",
        "public-access",
        "data-endpoint",
    ];
    for (registry, lines, kinds) in cases {
        let scenario = Scenario::new(&spec_of(lines), std::slice::from_ref(registry));
        for kind in all {
            let run = scenario.run(&["plan", "spec.yaml", "--fail-on", kind, "-o", "json"]);
            assert_eq!(
                run.code == 3,
                kinds.contains(&kind),
                "{lines} {kind}: {}",
                run.stderr
            );
            let plan: Value = serde_json::from_str(&run.stdout).expect("a plan");
            assert_eq!(
                plan["registries"][0]["refusals"][0]["code"] == kind,
                kinds.contains(&kind)
            );
        }
    }
}

#[test]
fn saved_plan_rejects_new_guard_flags() {
    let scenario = Scenario::new(&spec_of(DENY), &[premium_registry("contoso")]);
    assert_eq!(
        scenario.run(&["plan", "spec.yaml", "-o", "json=plan.json"]).code,
        0
    );
    for flags in [
        &["--fail-on", "narrows"][..],
        &["--protect", "8.8.8.8"],
        &["--override", "removals"],
    ] {
        let run = scenario.run(&[&["apply", "--plan", "plan.json", "--yes"], flags].concat());
        assert_eq!(run.code, 64, "{}", run.stderr);
        assert!(run.stderr.contains("--rebase"), "{}", run.stderr);
    }
    assert_eq!(scenario.run(&["apply", "--plan", "plan.json", "--yes"]).code, 0);
}
