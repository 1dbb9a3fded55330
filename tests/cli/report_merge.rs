//! `ringfence report merge`: the reports of several shards as one.

use serde_json::{Value, json};

use crate::azure_bodies::{premium_registry, subnet_id};
use crate::ringfence_binary::{Run, Scenario};
use crate::virtual_network::vnet_body;

const OTHER: &str = "00000000-0000-0000-0000-000000000002";

/// A registry in another subscription, so that two shards have one each.
fn elsewhere(name: &str) -> Value {
    let mut registry = premium_registry(name);
    let id = registry["id"].as_str().unwrap();
    registry["id"] = id.replace(crate::azure_bodies::SUBSCRIPTION, OTHER).into();
    registry
}

/// Two registries that a spec closes. `missing` is not there.
fn scenario(missing: bool) -> Scenario {
    let mut registries = vec![premium_registry("contoso"), elsewhere("fabrikam")];
    let mut spec = "version: 1\nregistries:\n".to_owned();
    for registry in &registries {
        let id = registry["id"].as_str().unwrap();
        spec += &format!("  - id: {id}\n    defaultAction: Deny\n    ipRules: [203.0.113.9]\n");
    }
    if missing {
        registries.pop();
    }
    seeded(&spec, &registries)
}

/// A scenario with these resources, in two subscriptions.
fn seeded(spec: &str, resources: &[Value]) -> Scenario {
    let scenario = Scenario::new(spec, &[]);
    let mut subscriptions = Vec::new();
    for id in [crate::azure_bodies::SUBSCRIPTION, OTHER] {
        subscriptions.push(json!({
            "id": id, "tenant": "00000000-0000-0000-0000-00000000000f",
            "registered": ["Microsoft.ContainerRegistry", "Microsoft.Network"]
        }));
    }
    scenario.seed_state(&json!({"subscriptions": subscriptions, "resources": resources}));
    scenario
}

/// Runs a command in three shards, one of which may be empty, and merges what they wrote.
fn merged(scenario: &Scenario, command: &[&str], more: &[&str]) -> (Run, Value) {
    merged_flags(scenario, command, &[], more)
}

/// The same with these flags of each shard.
fn merged_flags(scenario: &Scenario, command: &[&str], flags: &[&str], more: &[&str]) -> (Run, Value) {
    for shard in ["1", "2", "3"] {
        let (part, output) = (format!("{shard}/3"), format!("json={shard}.json"));
        let own = ["spec.yaml", "--shard", &part, "-o", &output];
        scenario.run(&[command, &own, flags].concat());
    }
    let files = ["report", "merge", "1.json", "2.json", "3.json", "--shards", "3"];
    let outputs = ["-o", "text", "-o", "json=merged.json"];
    let run = scenario.run_plain(&[&files, more, &outputs].concat());
    let document = serde_json::from_str(&scenario.read("merged.json")).unwrap();
    (run, document)
}

#[test]
fn merged_shards_have_every_registry_once() {
    let scenario = scenario(false);
    let (run, plan) = merged(&scenario, &["plan"], &["--detailed-exitcode"]);
    assert_eq!(run.code, 2, "{}", run.stderr);
    assert_eq!(plan["format"], "ringfence.report/1");
    assert_eq!(plan["of"], "ringfence.plan/1");
    assert_eq!(plan["registries"].as_array().map(Vec::len), Some(2));
    assert_eq!(plan["summary"]["changed"], 2);
    let last = run.stdout.lines().find(|line| line.starts_with("all")).unwrap();
    let words: Vec<&str> = last.split_whitespace().collect();
    assert_eq!(words, ["all", "2", "2", "0", "0", "4"], "{}", run.stdout);
    // Without the flag, a plan with changes is a success, as for `plan` itself.
    assert_eq!(merged(&scenario, &["plan"], &[]).0.code, 0);
    let (run, audit) = merged(&scenario, &["audit"], &[]);
    assert_eq!(run.code, 2, "{}", run.stderr);
    assert_eq!(audit["findings"].as_array().map(Vec::len), Some(4));
    let (run, apply) = merged(&scenario, &["apply", "--yes"], &[]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(apply["summary"]["verified"], 2);
    assert_eq!(run.stdout.matches("\nundo of ").count(), 2, "{}", run.stdout);
    assert_eq!(merged(&scenario, &["audit"], &[]).0.code, 0);
}

/// Each shard is told alone that it turns the endpoint on.
#[test]
fn endpoint_of_two_shards_counts_once() {
    let subnet = subnet_id("hub", "build");
    let mut registries = vec![premium_registry("contoso"), elsewhere("fabrikam")];
    let mut spec = "version: 1\nregistries:\n".to_owned();
    for registry in &registries {
        let id = registry["id"].as_str().unwrap();
        spec += &format!("  - id: {id}\n    subnets: [{subnet}]\n");
    }
    registries.push(vnet_body(&[subnet]));
    let scenario = seeded(&spec, &registries);
    let (_, plan) = merged(&scenario, &["plan"], &[]);
    assert_eq!(plan["summary"]["change"], 1, "{}", plan["summary"]);
    assert_eq!(plan["parts"][0]["summary"]["change"], 1);
    // No shard gets as far as the PATCH, so both have turned the endpoint on.
    scenario.write(
        "faults.json",
        r#"[{"match": {"method": "PUT", "path": "/subnets/build"}, "fault": 403}]"#,
    );
    let (_, apply) = merged(&scenario, &["apply", "--yes", "--faults", "faults.json"], &[]);
    let whole = scenario.run(&[
        "apply",
        "spec.yaml",
        "--yes",
        "--faults",
        "faults.json",
        "-o",
        "json",
    ]);
    let whole: Value = serde_json::from_str(&whole.stdout).unwrap();
    for count in ["failed", "skipped", "done"] {
        assert_eq!(apply["summary"][count], whole["summary"][count], "{count}");
    }
    assert_eq!(apply["summary"]["failed"], 1);
}

/// Each shard turns the endpoint on, and both want the subnet to get in. A run of both is not refused either.
#[test]
fn shards_that_share_a_new_subnet_do_not_refuse_each_other() {
    let subnet = subnet_id("hub", "build");
    let mut registries = vec![premium_registry("contoso"), elsewhere("fabrikam")];
    let mut spec = format!(
        "version: 1\nsubnets:\n  build: {{id: {subnet}, egress: [203.0.113.50]}}\nregistries:\n"
    );
    for registry in &mut registries {
        let rule = json!({"action": "Allow", "value": "203.0.113.50"});
        registry["properties"]["networkRuleSet"] = json!({"defaultAction": "Deny", "ipRules": [rule]});
        spec += &format!(
            "  - id: {}\n    publicNetworkAccess: Enabled\n    defaultAction: Deny\n    subnets: [build]\n    expect: \
             {{allow: [build]}}\n",
            registry["id"].as_str().unwrap()
        );
    }
    registries.push(vnet_body(&[subnet]));
    let scenario = seeded(&spec, &registries);
    let (_, plan) = merged(&scenario, &["plan"], &[]);
    assert_eq!(plan["summary"]["refusals"], 0, "{}", plan["summary"]);
    for (id, other) in [("contoso", "fabrikam"), ("fabrikam", "contoso")] {
        let mut all = plan["registries"].as_array().unwrap().iter();
        let entry = all
            .find(|entry| entry["id"].as_str().unwrap().ends_with(id))
            .unwrap();
        let told = format!("may lose `{other}`, until another shard has written the rule");
        assert!(entry["notes"].to_string().contains(&told), "{}", entry["notes"]);
    }
    let (_, apply) = merged(&scenario, &["apply", "--yes"], &[]);
    assert_eq!(apply["summary"]["failed"], 0, "{}", apply["summary"]);
    // Nobody writes a registry that `--only` leaves out.
    let only = scenario.run(&["plan", "spec.yaml", "--only", "contoso"]);
    assert_eq!(only.code, 0, "the endpoint is on: {}", only.stdout);
    scenario.seed_state(
        &json!({"subscriptions": scenario.state()["subscriptions"], "resources": registries}),
    );
    let only = scenario.run(&["plan", "spec.yaml", "--only", "contoso"]);
    assert_eq!(only.code, 3, "{}", only.stdout);
    assert!(only.stdout.contains("refused[expect]"), "{}", only.stdout);
}

#[test]
fn merged_audits_name_what_posture_rules_found() {
    let scenario = scenario(false);
    let spec = scenario
        .read("spec.yaml")
        .replace("    defaultAction: Deny\n    ipRules: [203.0.113.9]\n", "");
    scenario.write("spec.yaml", &spec);
    let (run, audit) = merged(&scenario, &["audit"], &[]);
    assert_eq!(run.code, 2, "{}", run.stderr);
    assert_eq!(audit["summary"]["findings"], 0);
    let found = audit["posture"].as_array().unwrap();
    let last = run.stdout.lines().find(|line| line.starts_with("all")).unwrap();
    assert!(last.ends_with(&format!(" {}", found.len())), "{}", run.stdout);
    let line = "\nerror[RF001]: Open to all by the default action: contoso, fabrikam\n";
    assert!(run.stdout.contains(line), "{}", run.stdout);
}

/// An exit code whose reason is not in the text sends its reader to the JSON of each shard.
#[test]
fn merged_audits_say_what_is_not_known() {
    let subnet = subnet_id("hub", "build");
    let mut contoso = premium_registry("contoso");
    contoso["properties"]["networkRuleSet"]["virtualNetworkRules"] =
        json!([{"action": "Allow", "id": subnet.as_str()}]);
    let spec = format!(
        "version: 1\nregistries:\n  - id: {}\n",
        contoso["id"].as_str().unwrap()
    );
    let scenario = seeded(&spec, &[contoso, elsewhere("fabrikam"), vnet_body(&[subnet])]);
    scenario.write(
        "faults.json",
        r#"[{"match": {"path": "/subnets/build"}, "fault": 400, "code": "Broken"}]"#,
    );
    let command = ["audit", "--faults", "faults.json"];
    let lists = [
        "--subscription",
        OTHER,
        "--subscription",
        "00000000-0000-0000-0000-00000000000a",
    ];
    let (run, audit) = merged_flags(&scenario, &command, &lists, &[]);
    assert_eq!(run.code, 1, "{}", run.stderr);
    assert_eq!(audit["summary"]["unanswered"], 1, "{audit}");
    for line in [
        "\nno spec names: fabrikam\n",
        "\ncould be judged only in part (Broken): contoso\n",
        "\nnot read: /subscriptions/00000000-0000-0000-0000-00000000000a (SubscriptionNotFound)\n",
    ] {
        assert!(run.stdout.contains(line), "{line}{}", run.stdout);
    }
}

#[test]
fn shards_without_a_report_are_named_and_counted() {
    let scenario = scenario(false);
    merged(&scenario, &["plan"], &[]);
    let two = [
        "report",
        "merge",
        "1.json",
        "3.json",
        "-o",
        "text",
        "-o",
        "json=two.json",
    ];
    let run = scenario.run_plain(&two);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let told = "not here, and not counted: 1 of 3 shards: 2/3\n";
    assert!(run.stdout.contains(told), "{}", run.stdout);
    let report: Value = serde_json::from_str(&scenario.read("two.json")).unwrap();
    assert_eq!(report["missingShards"], 1);
    let page = ["report", "merge", "1.json", "3.json", "-o", "markdown"];
    let heading = "### ringfence report: 1 of 3 shards not counted; the others: ";
    assert!(scenario.run_plain(&page).stdout.contains(heading));
    let whole: Value = serde_json::from_str(&scenario.read("merged.json")).unwrap();
    assert_eq!(whole.get("missingShards"), None);
}

#[test]
fn merged_report_is_valid_by_its_schema() {
    let scenario = scenario(true);
    for command in [&["plan"][..], &["audit"], &["apply", "--yes"]] {
        let (_, document) = merged(&scenario, command, &[]);
        let schema = scenario.run_plain(&["schema", "report"]).stdout;
        let schema: Value = serde_json::from_str(&schema).unwrap();
        let validator = jsonschema::draft7::new(&schema).unwrap();
        assert!(validator.is_valid(&document), "{document}");
    }
}

#[test]
fn unread_registry_of_a_shard_fails_the_whole() {
    let scenario = scenario(true);
    let (run, _) = merged(&scenario, &["plan"], &["--detailed-exitcode"]);
    assert_eq!(run.code, 1, "{}", run.stderr);
    assert!(
        run.stdout
            .contains("\nnot read: /subscriptions/00000000-0000-0000-0000-000000000002/"),
        "{}",
        run.stdout
    );
}

#[test]
fn files_that_are_not_the_shards_of_one_run_are_a_usage_error() {
    let scenario = scenario(false);
    merged(&scenario, &["plan"], &[]);
    scenario.run(&["plan", "gone.yaml", "-o", "json=failed.json"]);
    for (flags, file) in [(&["--shard", "3/4"][..], "3of4"), (&[], "whole")] {
        let output = format!("json={file}.json");
        scenario.run(&[&["plan", "spec.yaml", "-o", &output], flags].concat());
    }
    let other = scenario.read("spec.yaml").replace("203.0.113.9", "203.0.113.8");
    scenario.write("spec.yaml", &other);
    scenario.run(&["plan", "spec.yaml", "--shard", "2/3", "-o", "json=other.json"]);
    let rows: [(&[&str], &str); 8] = [
        (
            &["1.json", "2.json", "--shards", "3"],
            "--shards is 3, and the number of reports is 2",
        ),
        (
            &["1.json", "2.json", "3.json", "merged.json"],
            "it is `ringfence.report/1`",
        ),
        (
            &["1.json", "2.json", "3.json", "1.json", "2.json", "3.json"],
            "`1.json` is of shard 1/3, and an earlier file is too",
        ),
        (
            &["1.json", "2.json", "3of4.json"],
            "`3of4.json` is one of 4 shards, and the first file is one of 3 shards",
        ),
        (
            &["1.json", "2.json", "whole.json"],
            "`whole.json` is of no shard, and the first file is one of 3 shards",
        ),
        (
            &["1.json", "2.json", "--shards", "2"],
            "`1.json` is of shard 1/3, and --shards is 2",
        ),
        (
            &["1.json", "other.json"],
            "`other.json` was made with another content of the spec than the first file",
        ),
        (&["1.json", "failed.json"], "a shard that ended without a result"),
    ];
    for (files, words) in rows {
        let run = scenario.run_plain(&[&["report", "merge"], files].concat());
        assert_eq!(run.code, 64, "{}", run.stderr);
        assert!(run.stderr.contains(words), "{}", run.stderr);
        assert!(run.stderr.contains("\nhelp: "), "{}", run.stderr);
    }
}

#[test]
fn merged_report_is_restored_as_one_run() {
    let scenario = scenario(false);
    let before = scenario.state()["resources"].clone();
    merged(&scenario, &["apply", "--yes"], &[]);
    let run = scenario.run(&["restore", "--from", "merged.json", "--yes"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let mut written = Vec::new();
    for (method, path) in scenario.requests() {
        if method == "PATCH" {
            written.push(path.rsplit('/').next().unwrap().to_owned());
        }
    }
    written.sort();
    assert_eq!(written, ["contoso", "fabrikam"]);
    for name in ["contoso", "fabrikam"] {
        let was = before
            .as_array()
            .unwrap()
            .iter()
            .find(|one| one["name"] == name)
            .unwrap();
        let rules = &scenario.resource(name)["properties"]["networkRuleSet"];
        assert_eq!(rules, &was["properties"]["networkRuleSet"], "{name}");
    }
}

#[test]
fn merged_text_names_what_failed_and_what_changes() {
    let scenario = scenario(false);
    let (run, _) = merged(&scenario, &["plan"], &[]);
    let line = "\n  changed      contoso (group rg), fabrikam (group rg)\n";
    assert!(run.stdout.contains(line), "{}", run.stdout);
    scenario.write(
        "faults.json",
        &json!([{"match": {"method": "PATCH", "path": "/registries/fabrikam"}, "fault": 403}])
            .to_string(),
    );
    let (run, _) = merged(&scenario, &["apply", "--yes", "--faults", "faults.json"], &[]);
    assert_eq!(run.code, 4, "{}", run.stderr);
    let line = "\n  failed       fabrikam (group rg)\n";
    assert!(run.stdout.contains(line), "{}", run.stdout);
    assert!(!run.stdout.contains("contoso (group"), "{}", run.stdout);
    // Registries, and not their changes: one of two is not done.
    let all: Vec<&str> = run
        .stdout
        .lines()
        .find(|line| line.starts_with("all "))
        .unwrap()
        .split_whitespace()
        .collect();
    assert_eq!(all[1..5], ["2", "1", "1", "0"], "{}", run.stdout);
    let page = ["report", "merge", "1.json", "2.json", "3.json", "-o", "markdown"];
    assert!(scenario.run_plain(&page).stdout.contains(line.trim()));
}

/// Each shard lists its own subscriptions, so that a registry without a spec is in one report.
#[test]
fn shards_divide_the_subscriptions_of_an_audit() {
    let scenario = scenario(false);
    let spec = scenario.read("spec.yaml");
    let (first, _) = spec
        .split_once(&format!("  - id: /subscriptions/{OTHER}"))
        .unwrap();
    scenario.write("spec.yaml", first);
    let both = [
        "--subscription",
        crate::azure_bodies::SUBSCRIPTION,
        "--subscription",
        OTHER,
    ];
    let (run, audit) = merged_flags(&scenario, &["audit"], &both, &[]);
    assert_eq!(run.code, 2, "{}", run.stderr);
    let mut found = Vec::new();
    for registry in audit["registries"].as_array().unwrap() {
        found.push(registry["id"].as_str().unwrap().rsplit('/').next().unwrap());
    }
    found.sort_unstable();
    assert_eq!(found, ["contoso", "fabrikam"]);
    let all = scenario.run(&["audit", "spec.yaml", "--shard", "1/3", "--all"]);
    assert_eq!(all.code, 64, "{}", all.stderr);
    assert!(all.stderr.contains("`--all` is given"), "{}", all.stderr);
}
