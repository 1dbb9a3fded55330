//! Verification: the registry after the write against the plan.

use ringfence::plan::{Policy, deviations, gone, lacks, plan_registry};
use ringfence::run::open_access;
use serde_json::{Value, json};

use super::{hub, live, planned, short, wanted, with, without};
use crate::readings::reading;

/// Each deviation as `path: message`.
fn found(lines: &str, before: &Value, after: &Value) -> Vec<String> {
    let plan = planned(lines, before);
    let mut lines = Vec::new();
    for deviation in deviations(&plan, &reading(before).registry, &reading(after).registry) {
        let json = serde_json::to_value(&deviation).unwrap();
        lines.push(short(&format!(
            "{}: {}",
            json["path"].as_str().unwrap(),
            deviation.message()
        )));
    }
    lines
}

#[test]
fn result_as_planned_has_no_deviation() {
    let before = live("Allow", &["198.51.100.1"], &[]);
    let lines = "    defaultAction: Deny\n    ipRules: [203.0.113.7]\n";
    assert!(found(lines, &before, &live("Deny", &["203.0.113.7"], &[])).is_empty());
    assert!(found(lines, &before, &live("Deny", &["203.0.113.7/32"], &[])).is_empty());
}

#[test]
fn each_difference_in_a_list_is_named() {
    let before = live("Deny", &["198.51.100.1", "192.0.2.9"], &[]);
    let lines = "    ipRules: [192.0.2.9, 203.0.113.7]\n";
    let rows: [(&[&str], &str); 4] = [
        (&["192.0.2.9"], "lacks `203.0.113.7`"),
        (
            &["192.0.2.9", "203.0.113.7", "198.51.100.1"],
            "still has `198.51.100.1`",
        ),
        (&["203.0.113.7"], "lost `192.0.2.9`, which was to stay"),
        (
            &["192.0.2.9", "203.0.113.7", "8.8.8.8"],
            "has `8.8.8.8`, which the spec does not list",
        ),
    ];
    for (ips, message) in rows {
        let expected = format!("networkRuleSet.ipRules: {message}");
        assert_eq!(found(lines, &before, &live("Deny", ips, &[])), [expected]);
    }
}

#[test]
fn single_value_that_stayed_is_a_deviation() {
    let before = live("Allow", &[], &[]);
    let lines = "    publicNetworkAccess: Disabled\n    trustedServices: false\n";
    let half = with(before.clone(), "publicNetworkAccess", json!("Disabled"));
    assert_eq!(
        found(lines, &before, &half),
        ["networkRuleBypassOptions: is \"AzureServices\", not \"None\""]
    );
}

#[test]
fn changed_unmanaged_value_is_a_deviation() {
    let before = live("Deny", &["198.51.100.1"], &[]);
    let after = with(
        live("Deny", &["203.0.113.7"], &[]),
        "dataEndpointEnabled",
        json!(true),
    );
    assert_eq!(
        found("    ipRules: [203.0.113.7]\n", &before, &after),
        ["dataEndpointEnabled: is true, not false"]
    );
}

#[test]
fn lost_unmanaged_list_is_a_deviation() {
    let before = live("Deny", &["198.51.100.1"], &["old"]);
    let after = live("Deny", &["203.0.113.7"], &[]);
    let found = found("    ipRules: [203.0.113.7]\n", &before, &after);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].starts_with("networkRuleSet.virtualNetworkRules: lost `"),
        "{found:?}"
    );
    assert!(found[0].ends_with("which was to stay"), "{found:?}");
}

#[test]
fn new_foreign_rules_count_only_under_exact_ownership() {
    let before = live("Deny", &["198.51.100.1"], &[]);
    let after = live("Deny", &["198.51.100.1", "203.0.113.7", "8.8.8.8"], &[]);
    let rows = [
        ("    ipRules: [198.51.100.1, 203.0.113.7]\n", 1),
        ("    ownership: additive\n    ipRules: [203.0.113.7]\n", 0),
        (
            "    ipRules: [198.51.100.1, 203.0.113.7]\n    ignore: [8.8.8.0/24]\n",
            0,
        ),
    ];
    for (lines, count) in rows {
        assert_eq!(found(lines, &before, &after).len(), count, "{lines}");
    }
}

#[test]
fn missing_additions_are_recognized() {
    let before = live("Deny", &["198.51.100.1"], &["old"]);
    let plan = planned(
        "    ownership: additive\n    ipRules: [203.0.113.7]\n    subnets: [$build]\n",
        &before,
    );
    let rows: [(&[&str], &[&str], bool); 4] = [
        (&["198.51.100.1", "203.0.113.7"], &["old", "build"], false),
        (&["203.0.113.7/32"], &["build"], false),
        (&["203.0.113.7"], &["old"], true),
        (&["198.51.100.1"], &["build"], true),
    ];
    for (ips, subnets, expected) in rows {
        let live = reading(&live("Deny", ips, subnets)).registry;
        assert_eq!(lacks(&plan, &live), expected, "{ips:?} {subnets:?}");
    }
}

#[test]
fn lost_foreign_rules_are_listed_under_additive_ownership() {
    let before = live("Deny", &["198.51.100.1", "192.0.2.9"], &["old"]);
    let after = live("Deny", &["203.0.113.7", "192.0.2.9"], &["build"]);
    let lines = "    ipRules: [203.0.113.7]\n    subnets: [$build]\n";
    let (before, after) = (before, reading(&after).registry);

    let additive = planned(&format!("    ownership: additive\n{lines}"), &before);
    let lost: Vec<String> = gone(&additive, &reading(&before).registry, &after)
        .into_iter()
        .map(|rule| rule.to_string())
        .collect();
    assert_eq!(lost.len(), 2, "{lost:?}");
    assert!(lost.contains(&"198.51.100.1".to_owned()), "{lost:?}");
    assert!(
        lost.iter()
            .any(|rule| rule.eq_ignore_ascii_case(hub("old").as_str())),
        "{lost:?}"
    );

    let exact = planned(lines, &before);
    assert!(gone(&exact, &reading(&before).registry, &after).is_empty());
}

/// A restore to Azure's defaults goes on where the first answer hides a setting. What a later answer shows of it counts.
#[test]
fn settings_that_were_hidden_are_compared_once_they_show() {
    let before = live("Deny", &["203.0.113.7"], &["build"]);
    let mut hidden = without(before.clone(), "publicNetworkAccess");
    let rules = hidden["properties"]["networkRuleSet"].as_object_mut().unwrap();
    rules.remove("virtualNetworkRules");
    let mut spec = open_access(Vec::new(), [wanted("").id]);
    let plan = plan_registry(&spec.registries.remove(0), &reading(&hidden), &Policy::default());
    assert!(plan.refusals.is_empty(), "{:?}", plan.refusals);
    let open = live("Allow", &[], &[]);
    let disabled = with(
        live("Allow", &[], &["build"]),
        "publicNetworkAccess",
        json!("Disabled"),
    );
    for (after, expected) in [
        (open.clone(), vec![]),
        (
            disabled,
            vec![
                "publicNetworkAccess: is \"Disabled\", not \"Enabled\"",
                "networkRuleSet.virtualNetworkRules: still has `hub/build`",
            ],
        ),
        (
            without(open, "publicNetworkAccess"),
            vec!["publicNetworkAccess: is not shown by Azure"],
        ),
    ] {
        let mut found = Vec::new();
        for deviation in deviations(&plan, &reading(&hidden).registry, &reading(&after).registry) {
            let message = short(&deviation.message());
            found.push(format!("{}: {message}", deviation.path.path()));
        }
        assert_eq!(found, expected);
    }
}
