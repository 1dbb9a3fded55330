//! `-o jsonl`: the parts of a JSON document, one on each line.

use serde_json::{Value, json};

use crate::azure_bodies::{premium_registry, registry_id};
use crate::ringfence_binary::{Run, Scenario};
use crate::spec_text::spec_of;

const LINES: &str =
    "    defaultAction: Deny\n    ipRules: [{cidr: 203.0.113.7, reason: \"a\\nb\\u2028c ##vso[x]\"}]\n";

/// Returns the lines of a run, and their types.
fn lines(run: &Run, code: i32) -> (Vec<Value>, Vec<String>) {
    assert_eq!(run.code, code, "{}\n{}", run.stdout, run.stderr);
    assert!(!run.stdout.contains("##vso["), "{}", run.stdout);
    let mut values: Vec<Value> = Vec::new();
    for line in run.stdout.lines() {
        values.push(serde_json::from_str(line).unwrap());
    }
    let types = values
        .iter()
        .map(|value| value["type"].as_str().unwrap().to_owned());
    let types = types.collect();
    (values, types)
}

/// Two registries that differ from their spec, and one that does not exist.
fn scenario() -> Scenario {
    let mut spec = spec_of(LINES);
    for name in ["fabrikam", "northwind"] {
        spec += &format!(
            "  - id: {}\n    defaultAction: Deny\n    ipRules: [192.0.2.9]\n",
            registry_id(name)
        );
    }
    Scenario::new(
        &spec,
        &[premium_registry("contoso"), premium_registry("fabrikam")],
    )
}

#[test]
fn plan_and_apply_write_a_line_for_each_registry() {
    let scenario = scenario();
    let words = ["plan", "spec.yaml", "-o", "jsonl", "-o", "json=plan.json"];
    let (values, types) = lines(&scenario.run(&words), 1);
    assert_eq!(types, ["registry", "registry", "failure", "summary"]);
    let whole: Value = serde_json::from_str(&scenario.read("plan.json")).unwrap();
    let mut first = values[0].clone();
    first.as_object_mut().unwrap().remove("type");
    assert_eq!(first, whole["registries"][0]);
    assert_eq!(values[3]["summary"], whole["summary"]);
    assert_eq!(values[3]["checksum"], whole["checksum"]);
    let (values, types) = lines(&scenario.run(&["apply", "spec.yaml", "--yes", "-o", "jsonl"]), 4);
    assert_eq!(types, ["registry", "registry", "failure", "summary"]);
    assert_eq!(values[0]["outcome"], "changed");
    assert_eq!(values[3]["format"], "ringfence.apply/1");
    assert!(values[3]["undo"].is_string());
}

#[test]
fn audit_writes_a_line_for_each_finding() {
    let scenario = scenario();
    let run = scenario.run(&[
        "audit",
        "spec.yaml",
        "--except",
        "northwind",
        "-o",
        "jsonl=audit.jsonl",
    ]);
    assert_eq!(run.code, 2, "{}", run.stderr);
    let text = scenario.read("audit.jsonl");
    let values: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let (last, findings) = values.split_last().unwrap();
    assert_eq!(
        (last["type"].as_str(), &last["format"]),
        (Some("summary"), &json!("ringfence.audit/1"))
    );
    let (mut drift, mut posture) = (0, 0);
    for finding in findings {
        match finding["type"].as_str() {
            Some("finding") => drift += 1,
            Some("posture") => posture += 1,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(last["summary"]["findings"], drift);
    assert!(posture > 0 && findings[drift]["rule"].is_string());
    assert_eq!(findings[0]["code"], "different-setting");
}

#[test]
fn invalid_specs_and_errors_are_lines_too() {
    let scenario = scenario();
    scenario.write("bad.yaml", "version: 1\nregistriez: []\n\"a\\u2028b\": 1\n");
    for words in [["validate", "bad.yaml"], ["plan", "bad.yaml"]] {
        let run = scenario.run_plain(&[&words[..], &["-o", "jsonl"]].concat());
        let (values, types) = lines(&run, 65);
        assert_eq!(types[0], "diagnostic");
        assert_eq!(types.last().unwrap(), "summary");
        assert_eq!(values.last().unwrap()["format"], "ringfence.validate/1");
    }
    let (values, types) = lines(&scenario.run_plain(&["validate", "spec.yaml", "-o", "jsonl"]), 0);
    assert_eq!(
        (types, &values[0]["registries"]),
        (vec!["summary".to_owned()], &json!(3))
    );
    for words in [["plan", "nowhere.yaml"], ["plan", "--bogus"]] {
        let run = scenario.run_plain(&[&words[..], &["-o", "jsonl"]].concat());
        let (values, types) = lines(&run, run.code);
        assert_eq!(types, ["error"]);
        assert_eq!(values[0]["format"], "ringfence.error/1");
    }
}
