//! Callers of a registry beside a plan: from a workspace, and from an export.

use serde_json::{Value, json};

use crate::azure_bodies::{SUBSCRIPTION, premium_registry};
use crate::ringfence_binary::{Run, Scenario};

const SPEC: &str = "version: 1
networks:
  offices: [198.51.100.0/24]
registries:
  - id: /subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/contoso
    defaultAction: Deny
    ipRules: [203.0.113.7]
";

fn workspace() -> String {
    format!(
        "/subscriptions/{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/logs"
    )
}

/// Rows of the login table, as the service stores them.
fn rows(registry: &str) -> Value {
    let row = |address: &str, identity: &str, time: &str| {
        json!({"TimeGenerated": time, "_ResourceId": registry, "CallerIpAddress": address,
            "Identity": identity, "ResultDescription": "200"})
    };
    json!([
        row("8.8.8.8", "laptop", "2126-11-20T10:00:00Z"),
        row("8.8.8.8", "laptop", "2126-11-21T10:00:00Z"),
        row("198.51.100.9", "office", "2126-11-21T10:00:00Z"),
        row("203.0.113.7", "ci", "2126-11-21T10:00:00Z"),
        row("10.0.0.9", "cluster", "2126-11-21T10:00:00Z"),
    ])
}

fn scenario() -> Scenario {
    let registry = premium_registry("contoso");
    let rows = rows(registry["id"].as_str().unwrap());
    let workspace = workspace();
    Scenario::new(
        SPEC,
        &[
            registry,
            json!({"id": workspace}),
            json!({"id": format!("{workspace}/tables/ContainerRegistryLoginEvents"), "properties": {"rows": rows}}),
        ],
    )
}

fn text(run: &Run) -> String {
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    run.stdout.clone()
}

#[test]
fn workspace_names_the_callers_that_lose_access() {
    let scenario = scenario();
    let workspace = workspace();
    let shown = text(&scenario.run(&["plan", "spec.yaml", "--impact", &workspace]));
    let begin = shown.find("callers of").expect("the callers are shown");
    let end = shown.find("\nPlan:").expect("the summary comes last");
    insta::assert_snapshot!(&shown[begin..end], @r"
    callers of contoso in the last 30 days (workspace logs): 2 of 4 callers would lose access
      ✘ 8.8.8.8 laptop: 2 requests, last 2126-11-21T10:00:00Z; add `- 8.8.8.8` to `ipRules` of contoso (spec.yaml:7)
      ✘ 198.51.100.9 office: 1 request, last 2126-11-21T10:00:00Z; add `- offices` to `ipRules` of contoso (spec.yaml:7)
      ? 1 caller not judged: a private, masked or IPv6 address, which no rule names
    ");
    let queries = scenario
        .requests()
        .iter()
        .filter(|(method, _)| method == "POST")
        .count();
    assert_eq!(queries, 2, "one for each table");
}

#[test]
fn registry_without_events_is_not_judged() {
    let scenario = scenario();
    let other = "CallerIpAddress,_ResourceId\n8.8.8.8,/subscriptions/s/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/other\n";
    let old = "TimeGenerated,CallerIpAddress,ResultDescription\n2020-11-21T10:00:00Z,8.8.8.8,200\n";
    for (name, export, days) in [
        ("other.csv", other, None),
        ("empty.csv", "CallerIpAddress\n", None),
        ("old.csv", old, Some("7")),
    ] {
        scenario.write(name, export);
        let mut words = vec!["plan", "spec.yaml", "--events", name];
        words.extend(days.map(|days| ["--days", days]).into_iter().flatten());
        let shown = text(&scenario.run(&words));
        let said = "no events of this registry, so nothing is judged; no diagnostic setting sends them anywhere";
        let shown = shown.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(shown.contains(said), "{name}: {shown}");
        assert!(!shown.contains("would lose access"), "{name}: {shown}");
        let run = scenario.run(&["doctor", "contoso", "--defender", "--events", name]);
        assert!(
            !run.stdout.contains("a planned Deny") || days.is_some(),
            "{}",
            run.stdout
        );
        if days.is_none() {
            assert!(
                run.stdout.contains("– callers: no events of this registry"),
                "{}",
                run.stdout
            );
        }
    }
    let shown = text(&scenario.run(&["plan", "spec.yaml", "--events", "old.csv"]));
    assert!(shown.contains("1 of 1 caller would lose access"), "{shown}");
    let missing = scenario.run(&["plan", "spec.yaml", "--events", "nosuch.csv"]);
    assert!(
        missing.stderr.contains("give `--events` a file"),
        "{}",
        missing.stderr
    );
    let alone = scenario.run(&["plan", "spec.yaml", "--days", "7"]);
    assert_eq!(alone.code, 64, "{}", alone.stderr);
}

#[test]
fn impact_does_not_change_the_checksum() {
    let scenario = scenario();
    let workspace = workspace();
    let json = |words: &[&str]| -> Value {
        let run = scenario.run(&[&["plan", "spec.yaml", "-o", "json"], words].concat());
        serde_json::from_str(&text(&run)).unwrap()
    };
    let (plain, with) = (json(&[]), json(&["--impact", &workspace]));
    assert_eq!(plain["checksum"], with["checksum"]);
    let callers = with["impacts"][0]["callers"].as_array().unwrap();
    assert_eq!(callers.len(), 4);
    assert_eq!(callers[0]["before"], "allowed");
    assert_eq!(callers[0]["after"], "denied");
    scenario.write("plan.json", &with.to_string());
    let applied = scenario.run(&["apply", "--plan", "plan.json", "--yes"]);
    assert_eq!(applied.code, 0, "{}{}", applied.stdout, applied.stderr);
}

#[test]
fn export_needs_no_workspace() {
    let scenario = scenario();
    let csv = "TimeGenerated [UTC],Identity,CallerIpAddress,ResultDescription,LoginServer\r\n\
               \"11/20/2026, 10:00:00.000 AM\",laptop,8.8.8.8,200,contoso.azurecr.io\r\n\
               \"11/21/2026, 10:00:00.000 AM\",other,1.1.1.1,200,fabrikam.azurecr.io\r\n";
    scenario.write("logins.csv", csv);
    let shown = text(&scenario.run(&["plan", "spec.yaml", "--events", "logins.csv"]));
    assert!(
        shown.contains("callers of contoso in the file (logins.csv): 1 of 1 caller would lose access"),
        "{shown}"
    );
    assert!(
        shown.contains("8.8.8.8 laptop: 1 request, last 2026-11-20T10:00:00Z"),
        "{shown}"
    );
    assert!(!shown.contains("1.1.1.1"), "{shown}");
    let objects = json!([{"CallerIpAddress": "8.8.4.4", "Identity": "script", "ResultDescription": "200"},
            {"CallerIpAddress": "8.8.4.5", "Identity": "stranger", "ResultDescription": "403"},
            {"CallerIpAddress": null, "Identity": null}, {"CallerIpAddress": "8.8.4.6:51234", "Identity": "port"}]);
    scenario.write("logins.json", &objects.to_string());
    let shown = text(&scenario.run(&["plan", "spec.yaml", "--events", "logins.json"]));
    assert!(shown.contains("8.8.4.4 script: 1 request"), "{shown}");
    assert!(shown.contains("1 of 4 callers would lose access"), "{shown}");
    assert!(shown.contains("2 callers not judged"), "{shown}");
}

#[test]
fn unreadable_callers_are_errors() {
    let scenario = scenario();
    scenario.write("empty.csv", "Identity\nci\n");
    let missing = workspace().replace("/logs", "/gone");
    let rows = [
        (vec!["--events", "empty.csv"], 64, "no column `CallerIpAddress`"),
        (vec!["--events", "gone.csv"], 1, "gone.csv"),
        (vec!["--impact", "logs"], 64, "resource id"),
        (vec!["--impact", &missing], 1, "was not found"),
    ];
    for (flags, code, named) in rows {
        let run = scenario.run(&[&["plan", "spec.yaml"], &*flags].concat());
        assert_eq!(run.code, code, "{flags:?}: {}{}", run.stdout, run.stderr);
        assert!(run.stderr.contains(named), "{flags:?}: {}", run.stderr);
    }
}
