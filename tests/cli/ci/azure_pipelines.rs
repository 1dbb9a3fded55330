//! The template for Azure Pipelines.

use super::script::{ARGUMENTS, run, scenario};
use crate::ringfence_binary::{Run, Scenario};

/// Runs the step in a job at this position of `parallel`.
fn step(scenario: &Scenario, command: &str, position: &str, jobs: &str) -> Run {
    let folder = scenario.path("work").display().to_string();
    let temporary = scenario.path("temporary");
    std::fs::create_dir_all(&temporary).unwrap();
    let temporary = temporary.display().to_string();
    let variables = [
        ("COMMAND", command),
        ("ARGUMENTS", ARGUMENTS),
        ("TF_BUILD", "True"),
        ("AGENT_TEMPDIRECTORY", temporary.as_str()),
        ("SYSTEM_DEFAULTWORKINGDIRECTORY", folder.as_str()),
        ("SYSTEM_JOBPOSITIONINPHASE", position),
        ("SYSTEM_TOTALJOBSINPHASE", jobs),
    ];
    run(scenario, "azure-pipelines/step.sh", &[], &variables)
}

#[test]
fn changes_succeed_and_drift_succeeds_with_issues() {
    let scenario = scenario();
    let issues = "##vso[task.complete result=SucceededWithIssues;]drift or findings\n";
    let rows = [
        ("plan", "variable=changes;isOutput=true]true", ""),
        ("audit", "variable=drift;isOutput=true]true", issues),
    ];
    for (command, variable, last) in rows {
        let ended = step(&scenario, command, "1", "1");
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        let exit = format!("##vso[task.setvariable variable=exitCode;isOutput=true]2\n{last}");
        assert!(ended.stdout.ends_with(&exit), "{}", ended.stdout);
        assert!(
            ended
                .stdout
                .contains(&format!("\n##vso[task.setvariable {variable}\n")),
            "{}",
            ended.stdout
        );
        let (_, page) = ended.stdout.split_once("##vso[task.uploadsummary]").unwrap();
        let page = std::fs::read_to_string(page.lines().next().unwrap()).unwrap();
        assert!(
            page.starts_with(&format!("<!-- ringfence: {command} -->\n")),
            "{page}"
        );
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
