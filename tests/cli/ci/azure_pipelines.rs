//! The template for Azure Pipelines.

use super::script::{ARGUMENTS, run, scenario};
use crate::ringfence_binary::{Run, Scenario};

/// Runs the step in a job at this position of `parallel`.
fn step(scenario: &Scenario, command: &str, position: &str, jobs: &str) -> Run {
    let folder = scenario.path("work").display().to_string();
    let variables = [
        ("COMMAND", command),
        ("ARGUMENTS", ARGUMENTS),
        ("SYSTEM_DEFAULTWORKINGDIRECTORY", folder.as_str()),
        ("SYSTEM_JOBPOSITIONINPHASE", position),
        ("SYSTEM_TOTALJOBSINPHASE", jobs),
    ];
    run(scenario, "azure-pipelines/step.sh", &[], &variables)
}

#[test]
fn changes_succeed_and_drift_succeeds_with_issues() {
    let scenario = scenario();
    let rows = [
        ("plan", ""),
        (
            "audit",
            "##vso[task.complete result=SucceededWithIssues;]drift or findings\n",
        ),
    ];
    for (command, last) in rows {
        let ended = step(&scenario, command, "1", "1");
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        let summary = scenario.path("work/ringfence-out").join(format!("{command}.md"));
        let lines = format!(
            "##vso[task.uploadsummary]{}\n##vso[task.setvariable variable=exitCode;isOutput=true]2\n{last}",
            summary.display()
        );
        assert!(ended.stdout.ends_with(&lines), "{}", ended.stdout);
        assert!(summary.exists());
    }
}

#[test]
fn each_registry_is_in_the_shard_of_one_position() {
    let scenario = scenario();
    let mut planned = 0;
    for position in ["1", "2", "3"] {
        let ended = step(&scenario, "plan", position, "3");
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        let plan = scenario.read("work/ringfence-out/plan.json");
        planned += plan.matches("\"mode\"").count();
    }
    assert_eq!(planned, 1);
}
