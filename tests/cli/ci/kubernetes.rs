//! The shards of an Indexed Job, and the hooks of pre-commit.

use super::script::{ARGUMENTS, repository, run, scenario};

#[test]
fn pod_writes_the_report_of_its_shard() {
    let scenario = scenario();
    std::fs::create_dir(scenario.path("reports")).unwrap();
    let words: Vec<&str> = ARGUMENTS.split(' ').collect();
    let mut planned = 0;
    for (index, file) in [("0", "plan-1.json"), ("1", "plan-2.json")] {
        let variables = [
            ("JOB_COMPLETION_INDEX", index),
            ("SHARDS", "2"),
            ("RINGFENCE_OUT", "reports"),
        ];
        let ended = run(&scenario, "kubernetes/shard.sh", &words, &variables);
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        planned += scenario
            .read(&format!("reports/{file}"))
            .matches("\"mode\"")
            .count();
    }
    assert_eq!(planned, 1);
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
