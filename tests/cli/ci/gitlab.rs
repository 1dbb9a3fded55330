//! The component for GitLab.

use super::script::{ARGUMENTS, program, run, scenario};
use crate::ringfence_binary::{Run, Scenario};

fn step(scenario: &Scenario, command: &str, more: &[(&str, &str)]) -> Run {
    std::fs::create_dir_all(scenario.path("work")).unwrap();
    let folder = scenario.path("work").display().to_string();
    let variables = [
        ("COMMAND", command),
        ("ARGUMENTS", ARGUMENTS),
        ("GITLAB_CI", "true"),
        ("CI_PROJECT_DIR", folder.as_str()),
    ];
    run(scenario, "gitlab/step.sh", &[], &[&variables, more].concat())
}

#[test]
fn changes_succeed_and_drift_ends_with_two() {
    let scenario = scenario();
    let rows = [("plan", 0), ("audit", 2), ("apply", 0), ("audit", 0)];
    for (command, code) in rows {
        let ended = step(&scenario, command, &[]);
        assert_eq!(ended.code, code, "{command}: {}", ended.stderr);
        assert!(
            scenario
                .path("work/ringfence-out")
                .join(format!("{command}.json"))
                .exists()
        );
    }
}

#[test]
fn plan_leaves_the_reports_of_a_merge_request() {
    let scenario = scenario();
    let ended = step(&scenario, "plan", &[]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(
        ended.stdout.matches("Plan: 1 to add").count(),
        1,
        "{}",
        ended.stdout
    );
    assert_eq!(
        scenario.read("work/gl-terraform-report.json"),
        "{\"create\":1,\"update\":1,\"delete\":0}\n"
    );
    assert!(scenario.read("work/gl-code-quality-report.json").starts_with('['));
    assert!(
        scenario
            .read("work/gl-junit-report.xml")
            .contains("<testcase name=\"changes\"")
    );
}

#[test]
fn failed_plan_leaves_a_test_report_and_no_list_of_findings() {
    let scenario = scenario();
    let ended = step(&scenario, "plan", &[("ARGUMENTS", "gone.yaml")]);
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    let report = scenario.read("work/gl-junit-report.xml");
    assert!(report.contains("cannot read `gone.yaml`"), "{report}");
    assert!(!scenario.path("work/gl-code-quality-report.json").exists());
}

#[test]
fn job_of_a_parallel_takes_its_shard() {
    let scenario = scenario();
    let mut planned = 0;
    for index in ["1", "2"] {
        let ended = step(
            &scenario,
            "plan",
            &[("CI_NODE_INDEX", index), ("CI_NODE_TOTAL", "2")],
        );
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        planned += scenario
            .read("work/ringfence-out/plan.json")
            .matches("\"mode\"")
            .count();
    }
    assert_eq!(planned, 1);
}

/// A stand-in for ringfence writes down the file that it was given, and its text.
#[test]
fn token_is_in_a_private_file_that_ends_with_the_job() {
    let scenario = scenario();
    program(
        &scenario,
        "ringfence",
        "#!/bin/sh\nls -l \"$AZURE_FEDERATED_TOKEN_FILE\" >mode.txt\necho \"$AZURE_FEDERATED_TOKEN_FILE\" >name.txt\n\
         cat \"$AZURE_FEDERATED_TOKEN_FILE\" >token.txt\n",
    );
    let temp = scenario.path("").display().to_string();
    let variables = [
        ("AZURE_ID_TOKEN", "header.claims.sign"),
        ("TMPDIR", temp.as_str()),
    ];
    let ended = step(&scenario, "plan", &variables);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(scenario.read("token.txt"), "header.claims.sign");
    assert!(scenario.read("mode.txt").starts_with("-rw-------"));
    assert!(!scenario.path(scenario.read("name.txt").trim()).exists());
}
