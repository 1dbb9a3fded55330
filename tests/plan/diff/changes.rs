//! Changes: which managed settings differ, and by what.

use ringfence::plan::plan_registry;
use serde_json::{Value, json};

use super::{live, planned, removing_unparsed, shown, wanted, with, without};
use crate::readings::reading;

/// Asserts the changes of each row: lines of YAML, live body, expected changes.
fn check(rows: &[(&str, Value, &[&str])]) {
    for (lines, body, expected) in rows {
        assert_eq!(&shown(&planned(lines, body)), expected, "{lines}{body}");
    }
}

#[test]
fn single_values_change_only_where_they_differ() {
    let open = live("Allow", &[], &[]);
    let closed = live("Deny", &["203.0.113.7"], &[]);
    check(&[
        (
            "    defaultAction: Deny\n",
            open.clone(),
            &["networkRuleSet.defaultAction: \"Allow\" -> \"Deny\""],
        ),
        ("    defaultAction: Allow\n", open.clone(), &[]),
        ("    defaultAction: Deny\n", closed.clone(), &[]),
        (
            "    defaultAction: Allow\n",
            closed,
            &["networkRuleSet.defaultAction: \"Deny\" -> \"Allow\""],
        ),
        (
            "    publicNetworkAccess: Disabled\n",
            open.clone(),
            &["publicNetworkAccess: \"Enabled\" -> \"Disabled\""],
        ),
        ("    publicNetworkAccess: Enabled\n", open.clone(), &[]),
        (
            "    trustedServices: false\n",
            open.clone(),
            &["networkRuleBypassOptions: \"AzureServices\" -> \"None\""],
        ),
        ("    trustedServices: true\n", open.clone(), &[]),
        (
            "    tasksBypass: true\n",
            open.clone(),
            &["networkRuleBypassAllowedForTasks: false -> true"],
        ),
        ("    tasksBypass: false\n", open.clone(), &[]),
        (
            "    dataEndpoint: true\n",
            open.clone(),
            &["dataEndpointEnabled: false -> true"],
        ),
        ("    dataEndpoint: false\n", open, &[]),
    ]);
}

#[test]
fn arms_words_are_compared_without_case() {
    let open = live("allow", &[], &[]);
    check(&[
        ("    defaultAction: Allow\n", open.clone(), &[]),
        (
            "    defaultAction: Deny\n",
            open.clone(),
            &["networkRuleSet.defaultAction: \"allow\" -> \"Deny\""],
        ),
        (
            "    publicNetworkAccess: Enabled\n",
            with(open.clone(), "publicNetworkAccess", json!("ENABLED")),
            &[],
        ),
        (
            "    trustedServices: true\n",
            with(open, "networkRuleBypassOptions", json!("azureservices")),
            &[],
        ),
    ]);
}

#[test]
fn missing_rule_set_equals_allow_without_rules() {
    let bare = without(live("Allow", &[], &[]), "networkRuleSet");
    let mut basic = bare.clone();
    basic["sku"] = json!({"name": "Basic", "tier": "Basic"});
    check(&[
        ("    defaultAction: Allow\n    ipRules: []\n", basic.clone(), &[]),
        (
            "    defaultAction: Deny\n",
            basic,
            &["networkRuleSet.defaultAction: null -> \"Deny\""],
        ),
    ]);
}

#[test]
fn unmanaged_settings_never_change() {
    let odd = with(
        live("Deny", &["203.0.113.7"], &["old"]),
        "networkRuleBypassOptions",
        json!("None"),
    );
    check(&[
        ("", odd.clone(), &[]),
        ("    dataEndpoint: false\n", odd.clone(), &[]),
        ("    ipRules: [203.0.113.7]\n", odd.clone(), &[]),
        ("    subnets: [$old]\n", odd, &[]),
    ]);
}

#[test]
fn ip_rules_are_compared_as_a_set() {
    let two = live("Deny", &["203.0.113.7", "198.51.100.0/24"], &[]);
    check(&[
        ("    ipRules: [198.51.100.0/24, 203.0.113.7]\n", two.clone(), &[]),
        (
            "    ipRules: [203.0.113.7/32, 198.51.100.0/24]\n",
            two.clone(),
            &[],
        ),
        (
            "    ipRules: [203.0.113.7]\n",
            two.clone(),
            &["networkRuleSet.ipRules: -198.51.100.0/24"],
        ),
        (
            "    ipRules: [203.0.113.7, 198.51.100.0/24, 192.0.2.9]\n",
            two.clone(),
            &["networkRuleSet.ipRules: +192.0.2.9"],
        ),
        (
            "    ipRules: [192.0.2.9, 192.0.2.64/28]\n",
            two.clone(),
            &["networkRuleSet.ipRules: +192.0.2.9 +192.0.2.64/28 -198.51.100.0/24 -203.0.113.7"],
        ),
        (
            "    ipRules: []\n",
            two,
            &["networkRuleSet.ipRules: -198.51.100.0/24 -203.0.113.7"],
        ),
    ]);
}

#[test]
fn live_duplicates_are_not_a_change() {
    let twice = live("Deny", &["203.0.113.7", "203.0.113.7/32"], &[]);
    check(&[
        ("    ipRules: [203.0.113.7]\n", twice.clone(), &[]),
        ("    ipRules: [203.0.113.7/32]\n", twice, &[]),
    ]);
}

#[test]
fn range_is_not_the_sum_of_its_parts() {
    let halves = live("Deny", &["203.0.113.0/25", "203.0.113.128/25"], &[]);
    check(&[(
        "    ipRules: [203.0.113.0/24]\n",
        halves,
        &["networkRuleSet.ipRules: +203.0.113.0/24 -203.0.113.0/25 -203.0.113.128/25"],
    )]);
}

#[test]
fn subnets_are_compared_without_case() {
    let mut shouted = live("Deny", &[], &["build"]);
    let rule = &mut shouted["properties"]["networkRuleSet"]["virtualNetworkRules"][0];
    let id = rule["virtualNetworkSubnetResourceId"]
        .as_str()
        .unwrap()
        .to_uppercase();
    rule["virtualNetworkSubnetResourceId"] = json!(id.replace("/SUBSCRIPTIONS/", "/subscriptions/"));
    check(&[
        ("    subnets: [$build]\n", shouted, &[]),
        ("    subnets: [$build]\n", live("Deny", &[], &["build"]), &[]),
        (
            "    subnets: [$build, $test]\n",
            live("Deny", &[], &["build", "old"]),
            &["networkRuleSet.virtualNetworkRules: +hub/test -hub/old"],
        ),
        (
            "    subnets: []\n",
            live("Deny", &[], &["build", "old"]),
            &["networkRuleSet.virtualNetworkRules: -hub/build -hub/old"],
        ),
    ]);
}

#[test]
fn additive_ownership_removes_nothing() {
    let foreign = live("Deny", &["198.51.100.1"], &["old"]);
    check(&[
        (
            "    ownership: additive\n    ipRules: [203.0.113.7]\n    subnets: [$build]\n",
            foreign.clone(),
            &[
                "networkRuleSet.ipRules: +203.0.113.7",
                "networkRuleSet.virtualNetworkRules: +hub/build",
            ],
        ),
        (
            "    ownership: additive\n    ipRules: []\n    subnets: []\n",
            foreign.clone(),
            &[],
        ),
        (
            "    ownership: additive\n    ipRules: [198.51.100.1/32]\n",
            foreign,
            &[],
        ),
    ]);
}

#[test]
fn additive_ownership_still_sets_single_values() {
    check(&[(
        "    ownership: additive\n    defaultAction: Deny\n    ipRules: [203.0.113.7]\n",
        live("Allow", &["198.51.100.1"], &[]),
        &[
            "networkRuleSet.defaultAction: \"Allow\" -> \"Deny\"",
            "networkRuleSet.ipRules: +203.0.113.7",
        ],
    )]);
}

#[test]
fn ignored_rules_stay() {
    let mixed = live(
        "Deny",
        &["20.1.2.3", "20.0.0.0/8", "198.51.100.1"],
        &["old", "test"],
    );
    check(&[
        (
            "    ipRules: []\n    ignore: [20.0.0.0/8]\n",
            mixed.clone(),
            &["networkRuleSet.ipRules: -198.51.100.1"],
        ),
        (
            "    subnets: []\n    ignore: [$old]\n",
            mixed.clone(),
            &["networkRuleSet.virtualNetworkRules: -hub/test"],
        ),
        // A rule that is wider than the ignored range is not inside it.
        (
            "    ipRules: []\n    ignore: [20.0.0.0/16, 198.51.100.0/24]\n",
            mixed,
            &["networkRuleSet.ipRules: -20.0.0.0/8 -20.1.2.3"],
        ),
    ]);
}

#[test]
fn unparsable_rules_are_removed_only_if_overridden() {
    let strange = live("Deny", &["203.0.113.7", "2001:db8::/32"], &[]);
    for (lines, removed) in [
        (
            "    ipRules: [203.0.113.7]\n",
            &["networkRuleSet.ipRules: -2001:db8::/32"][..],
        ),
        ("    ownership: additive\n    ipRules: [203.0.113.7]\n", &[]),
        (
            "    ipRules: [203.0.113.7]\n    ignore: [{text: '2001:db8::/16'}]\n",
            &[],
        ),
    ] {
        check(&[(lines, strange.clone(), &[])]);
        let plan = plan_registry(&wanted(lines), &reading(&strange), &removing_unparsed());
        assert_eq!(shown(&plan), removed, "{lines}");
    }
}

#[test]
fn changes_name_the_line_that_asks_for_them() {
    let plan = planned(
        "    defaultAction: Deny\n    ipRules:\n      - 203.0.113.7\n      - {cidr: 192.0.2.9, reason: lab, owner: net}\n",
        &live("Allow", &[], &[]),
    );
    let plan = serde_json::to_value(&plan).unwrap();
    let place = |value: &Value| (value["file"].clone(), value["line"].clone());
    let changes = &plan["changes"];
    assert_eq!(place(&changes[0]["source"]), (json!("spec.yaml"), json!(4)));
    let added = &changes[1]["add"];
    assert_eq!(added[0]["value"], "192.0.2.9");
    assert_eq!(place(&added[0]["source"]), (json!("spec.yaml"), json!(7)));
    assert_eq!(
        (&added[0]["reason"], &added[0]["owner"]),
        (&json!("lab"), &json!("net"))
    );
    assert_eq!(place(&added[1]["source"]), (json!("spec.yaml"), json!(6)));
    assert_eq!(added[1].get("reason"), None);
}

#[test]
fn list_actions_tell_adding_removing_and_both() {
    let one = live("Deny", &["203.0.113.7"], &[]);
    for (rules, action) in [
        ("[203.0.113.7, 192.0.2.9]", "add"),
        ("[]", "remove"),
        ("[192.0.2.9]", "change"),
    ] {
        let plan = planned(&format!("    ipRules: {rules}\n"), &one);
        let plan = serde_json::to_value(&plan).unwrap();
        assert_eq!(plan["changes"][0]["action"], action);
    }
}

#[test]
fn managed_settings_are_listed_changed_or_not() {
    let plan = planned(
        "    ipRules: [203.0.113.7]\n    trustedServices: true\n",
        &live("Deny", &["203.0.113.7"], &[]),
    );
    let plan = serde_json::to_value(&plan).unwrap();
    assert_eq!(
        plan["managed"],
        json!(["networkRuleSet.ipRules", "networkRuleBypassOptions"])
    );
    assert_eq!(plan["changes"], json!([]));
}
