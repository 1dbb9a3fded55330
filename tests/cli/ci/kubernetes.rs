//! The shards of an Indexed Job, and the hooks of pre-commit.

use serde_json::Value;

use super::script::{ARGUMENTS, repository, run, scenario};
use crate::ringfence_binary::{Run, Scenario};

/// Runs the script of a pod of the Job with this uid.
fn pod(scenario: &Scenario, index: &str, job: &str) {
    let words: Vec<&str> = ARGUMENTS.split(' ').collect();
    let variables = [
        ("JOB_COMPLETION_INDEX", index),
        ("SHARDS", "2"),
        ("RINGFENCE_OUT", "reports"),
        ("RINGFENCE_RUN", job),
    ];
    let ended = run(scenario, "kubernetes/shard.sh", &words, &variables);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
}

fn merge(scenario: &Scenario, job: &str) -> Run {
    let variables = [
        ("SHARDS", "2"),
        ("RINGFENCE_OUT", "reports"),
        ("RINGFENCE_RUN", job),
    ];
    run(scenario, "kubernetes/merge.sh", &[], &variables)
}

#[test]
fn reports_of_the_pods_of_one_job_are_merged() {
    let scenario = scenario();
    pod(&scenario, "0", "first");
    pod(&scenario, "1", "first");
    let ended = merge(&scenario, "first");
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let report: Value = serde_json::from_str(&scenario.read("reports/first/report.json")).unwrap();
    assert_eq!(report["registries"].as_array().map(Vec::len), Some(1));
    // A pod of the next Job that did not run leaves no report, whatever the Job before it left.
    pod(&scenario, "0", "second");
    let ended = merge(&scenario, "second");
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    assert!(
        ended.stderr.contains("reports/second/plan-2.json"),
        "{}",
        ended.stderr
    );
}

fn manifest(name: &str) -> String {
    std::fs::read_to_string(repository().join("ci/kubernetes").join(name)).unwrap()
}

/// The folder of a Job is a variable of the manifests too.
#[test]
fn manifests_keep_jobs_apart_and_shards_going() {
    let shards = manifest("shards.yaml");
    assert!(shards.contains("\n  backoffLimitPerIndex: 0\n"), "{shards}");
    assert!(
        shards.contains("metadata.labels['batch.kubernetes.io/controller-uid']"),
        "{shards}"
    );
    assert!(manifest("merge.yaml").contains("- name: RINGFENCE_RUN"));
}

#[test]
fn hooks_of_pre_commit_pass_on_a_valid_spec() {
    let hooks = std::fs::read_to_string(repository().join(".pre-commit-hooks.yaml")).unwrap();
    let scenario = scenario();
    let mut ran = 0;
    for line in hooks.lines() {
        if let Some(entry) = line.trim().strip_prefix("entry: ringfence ") {
            let ended = scenario.run_plain(&[entry, "spec.yaml"]);
            assert_eq!(ended.code, 0, "{entry}: {}", ended.stderr);
            ran += 1;
        }
    }
    assert_eq!(ran, 2);
}
