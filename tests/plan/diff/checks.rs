//! Checks: each note and each refusal with the smallest state that causes it, and the nearest state that does not.

use std::collections::BTreeMap;

use ringfence::live::{LiveSubnet, Quota, Reading, Usages};
use ringfence::model::Failure;
use ringfence::plan::{Policy, plan_registry};
use ringfence::run::open_access;
use serde_json::{Value, json};

use super::{hub, live, planned, reading_with, removing_unparsed, wanted, with, without};
use crate::readings::{reading, reading_at};

/// Codes of the notes and of the refusals of a plan.
fn codes(lines: &str, reading: &Reading) -> [Vec<String>; 2] {
    let plan = plan_registry(&wanted(lines), reading, &Policy::default());
    codes_of(&serde_json::to_value(plan).unwrap())
}

fn codes_of(plan: &Value) -> [Vec<String>; 2] {
    let mut all = [Vec::new(), Vec::new()];
    for (list, codes) in ["notes", "refusals"].into_iter().zip(&mut all) {
        for entry in plan[list].as_array().unwrap() {
            codes.push(entry["code"].as_str().unwrap().to_owned());
        }
    }
    all
}

/// Asserts notes and refusals of each row: lines of YAML, reading, expected notes, expected refusals.
fn check(rows: &[(&str, Reading, &[&str], &[&str])]) {
    for (lines, reading, notes, refusals) in rows {
        let [found_notes, found_refusals] = codes(lines, reading);
        assert_eq!(&found_notes, notes, "{lines}");
        assert_eq!(&found_refusals, refusals, "{lines}");
    }
}

#[test]
fn expired_rules_are_noted_from_their_day_on() {
    let body = live("Deny", &["203.0.113.7"], &[]);
    let rule = |day: &str| format!("    ipRules: [203.0.113.7, {{cidr: 192.0.2.7, expires: {day}}}]\n");
    check(&[
        (&rule("2026-11-20"), reading(&body), &["expired-rule"], &[]),
        (&rule("2026-11-21"), reading(&body), &["expired-rule"], &[]),
        (&rule("2026-11-22"), reading(&body), &[], &[]),
    ]);
}

#[test]
fn rules_that_stay_are_noted_with_the_reason() {
    let body = live("Deny", &["203.0.113.7", "20.1.2.3"], &[]);
    check(&[
        (
            "    ipRules: [203.0.113.7]\n    ignore: [20.0.0.0/8]\n",
            reading(&body),
            &["ignored-rules"],
            &[],
        ),
        (
            "    ipRules: [203.0.113.7]\n    ownership: additive\n",
            reading(&body),
            &["kept-rules"],
            &[],
        ),
        (
            "    ipRules: []\n    ownership: additive\n    ignore: [20.0.0.0/8]\n",
            reading(&body),
            &["ignored-rules", "kept-rules"],
            &[],
        ),
        (
            "    ipRules: [203.0.113.7, 20.1.2.3]\n    ownership: additive\n",
            reading(&body),
            &[],
            &[],
        ),
    ]);
}

#[test]
fn long_lists_in_notes_are_cut_after_five() {
    let ips: Vec<String> = (1..=8).map(|n| format!("20.0.0.{n}")).collect();
    let ips: Vec<&str> = ips.iter().map(String::as_str).collect();
    let plan = planned(
        "    ipRules: []\n    ignore: [20.0.0.0/8]\n",
        &live("Deny", &ips, &[]),
    );
    let plan = serde_json::to_value(&plan).unwrap();
    let message = plan["notes"][0]["message"].as_str().unwrap();
    assert!(
        message.contains("`20.0.0.5`") && !message.contains("`20.0.0.6`"),
        "{message}"
    );
    assert!(message.ends_with("3 more"), "{message}");
}

#[test]
fn rules_without_force_are_noted_only_with_a_change() {
    let open = live("Allow", &["203.0.113.7"], &[]);
    let private = with(
        live("Deny", &["203.0.113.7"], &[]),
        "publicNetworkAccess",
        json!("Disabled"),
    );
    let one = "    ipRules: [203.0.113.7]\n";
    let two = "    ipRules: [203.0.113.7, 203.0.113.8]\n";
    check(&[
        (one, reading(&open), &[], &[]),
        (two, reading(&open), &["dormant-rules"], &[]),
        (one, reading(&private), &[], &[]),
        (two, reading(&private), &["dead-rules"], &[]),
        ("    ipRules: []\n", reading(&open), &[], &[]),
    ]);
}

#[test]
fn unparsable_rules_stay_and_are_noted() {
    let strange = live("Deny", &["203.0.113.7", "2001:db8::/32"], &[]);
    let one = "    ipRules: [203.0.113.7]\n";
    let plan = plan_registry(&wanted(one), &reading(&strange), &removing_unparsed());
    let codes = codes_of(&serde_json::to_value(plan).unwrap());
    assert_eq!(codes, [vec!["unreadable-rule"], vec![]]);
    check(&[
        (one, reading(&strange), &["unreadable-rules-stay"], &[]),
        (
            "    ipRules: [203.0.113.7]\n    ignore: [{text: '2001:DB8::/16'}]\n",
            reading(&strange),
            &["ignored-rules"],
            &[],
        ),
        (
            "    ipRules: [203.0.113.7]\n    ignore: [{text: '2001:db8::/32'}]\n",
            reading(&strange),
            &["ignored-rules"],
            &[],
        ),
        (
            "    ipRules: [203.0.113.7]\n    ownership: additive\n",
            reading(&strange),
            &["kept-rules"],
            &[],
        ),
        ("    trustedServices: false\n", reading(&strange), &[], &[]),
    ]);
}

#[test]
fn unknown_values_are_noted_by_path() {
    let secured = with(
        live("Deny", &["203.0.113.7"], &[]),
        "publicNetworkAccess",
        json!("SecuredByPerimeter"),
    );
    let audited = live("Audit", &["203.0.113.7"], &[]);
    for (body, path) in [
        (secured, "publicNetworkAccess"),
        (audited, "networkRuleSet.defaultAction"),
    ] {
        let plan = serde_json::to_value(planned("", &body)).unwrap();
        assert_eq!(codes_of(&plan), [vec!["unknown-value".to_owned()], Vec::new()]);
        let message = plan["notes"][0]["message"].as_str().unwrap();
        assert!(message.contains(&format!("`{path}`")), "{message}");
    }
    check(&[("", reading(&live("allow", &[], &[])), &[], &[])]);
}

#[test]
fn rule_limits_come_from_the_registry_or_the_documentation() {
    let rules = |count: usize| {
        let ips: Vec<String> = (0..count)
            .map(|n| format!("203.0.{}.{}", n / 256, n % 256))
            .collect();
        format!("    ipRules: [{}]\n", ips.join(", "))
    };
    let body = live("Deny", &[], &[]);
    let granted = |limit| Reading {
        usages: Some(Usages {
            ip_rules: Some(Quota { limit, current: 0 }),
            subnet_rules: None,
        }),
        ..reading(&body)
    };
    check(&[
        (&rules(100), reading(&body), &[], &[]),
        (&rules(101), reading(&body), &["ip-rule-limit"], &[]),
        (&rules(200), reading(&body), &["ip-rule-limit"], &[]),
        (&rules(101), granted(200), &[], &[]),
        (&rules(101), granted(100), &[], &["limit"]),
        (&rules(300), granted(300), &[], &[]),
    ]);
    let [_, refusals] = codes(&rules(201), &reading(&body));
    assert_eq!(refusals, ["limit"]);
}

#[test]
fn hidden_subnet_rules_block_managed_subnets_only() {
    let mut body = live("Deny", &["203.0.113.7"], &[]);
    body["properties"]["networkRuleSet"]
        .as_object_mut()
        .unwrap()
        .remove("virtualNetworkRules");
    let hidden = || reading_at("2025-11-01", &body);
    check(&[
        ("    subnets: []\n", hidden(), &[], &["subnet-rules-hidden"]),
        (
            "    ipRules: [203.0.113.8]\n",
            hidden(),
            &["subnet-rules-hidden"],
            &[],
        ),
        (
            "    ipRules: [203.0.113.7]\n",
            hidden(),
            &["subnet-rules-hidden"],
            &[],
        ),
        (
            "    trustedServices: false\n",
            hidden(),
            &["subnet-rules-hidden"],
            &[],
        ),
    ]);
}

#[test]
fn settings_missing_from_the_answer_block_only_if_managed() {
    let hidden = &["public-access-hidden"][..];
    for (property, lines, notes) in [
        (
            "publicNetworkAccess",
            "    publicNetworkAccess: Disabled\n",
            hidden,
        ),
        ("networkRuleBypassOptions", "    trustedServices: false\n", &[]),
        ("networkRuleBypassAllowedForTasks", "    tasksBypass: true\n", &[]),
        ("dataEndpointEnabled", "    dataEndpoint: true\n", &[]),
    ] {
        let body = without(live("Deny", &["203.0.113.7"], &[]), property);
        check(&[
            (lines, reading(&body), &[], &["setting-not-shown"]),
            ("    ipRules: [203.0.113.8]\n", reading(&body), notes, &[]),
        ]);
    }
}

#[test]
fn subnet_state_is_checked_as_the_spec_asks() {
    let body = live("Deny", &["203.0.113.7"], &[]);
    let unreadable = || Reading {
        subnets: BTreeMap::from([(
            hub("build"),
            LiveSubnet::Unreadable(Failure::new("NotFound", "gone")),
        )]),
        ..reading(&body)
    };
    let (ensure, assume) = (
        "    subnets: [$build]\n",
        "    subnets: [$build]\n    serviceEndpoints: assume\n",
    );
    let preview = &["service-endpoint-preview"];
    check(&[
        (ensure, reading_with(&body, &[("build", true)]), preview, &[]),
        (ensure, reading_with(&body, &[("build", false)]), preview, &[]),
        (ensure, unreadable(), preview, &["subnet-unreadable"]),
        (assume, reading_with(&body, &[("build", true)]), preview, &[]),
        (
            assume,
            reading_with(&body, &[("build", false)]),
            preview,
            &["endpoint-missing"],
        ),
        (
            assume,
            unreadable(),
            &["service-endpoint-preview", "subnet-not-checked"],
            &[],
        ),
    ]);
}

#[test]
fn subnet_rules_need_endpoint_support_and_no_private_endpoint() {
    let body = live("Deny", &["203.0.113.7"], &[]);
    let unsupported = || Reading {
        service_endpoints_supported: false,
        ..reading_with(&body, &[("build", true)])
    };
    let connection = json!([{"id": "/subscriptions/s/x", "properties": {}}]);
    let private = with(body.clone(), "privateEndpointConnections", connection);
    let [_, refusals] = codes("    subnets: [$build]\n", &unsupported());
    assert_eq!(refusals, ["no-service-endpoints"]);
    let [_, refusals] = codes(
        "    subnets: [$build]\n",
        &reading_with(&private, &[("build", true)]),
    );
    assert_eq!(refusals, ["private-endpoint"]);
    // IP rules are allowed beside private endpoints.
    let [_, refusals] = codes("    ipRules: [203.0.113.8]\n", &reading(&private));
    assert!(refusals.is_empty());
}

#[test]
fn settings_of_premium_need_premium() {
    let mut basic = without(live("Allow", &[], &[]), "networkRuleSet");
    basic["sku"] = json!({"name": "Standard", "tier": "Standard"});
    for (lines, refused) in [
        ("    defaultAction: Deny\n", true),
        ("    ipRules: [203.0.113.7]\n", true),
        ("    publicNetworkAccess: Disabled\n", true),
        ("    dataEndpoint: true\n", true),
        ("    defaultAction: Allow\n    ipRules: []\n", false),
        ("", false),
    ] {
        let [_, refusals] = codes(lines, &reading(&basic));
        assert_eq!(
            refusals.contains(&"sku".to_owned()),
            refused,
            "{lines}: {refusals:?}"
        );
    }
}

#[test]
fn registry_state_blocks_writes_only() {
    let busy = with(
        live("Deny", &["203.0.113.7"], &[]),
        "provisioningState",
        json!("Updating"),
    );
    let mut exports_off = with(
        live("Deny", &["203.0.113.7"], &[]),
        "publicNetworkAccess",
        json!("Disabled"),
    );
    exports_off["properties"]["policies"]["exportPolicy"]["status"] = json!("disabled");
    check(&[
        ("    ipRules: [203.0.113.7]\n", reading(&busy), &[], &[]),
        ("    trustedServices: false\n", reading(&busy), &[], &["busy"]),
        (
            "    publicNetworkAccess: Enabled\n",
            reading(&exports_off),
            &[],
            &["exports-disabled"],
        ),
        (
            "    publicNetworkAccess: Disabled\n",
            reading(&exports_off),
            &[],
            &[],
        ),
    ]);
}

#[test]
fn restore_notes_what_stays() {
    let connection = json!([{"id": "/subscriptions/s/x", "properties": {}}]);
    let closed = live("Deny", &["203.0.113.7"], &[]);
    let rows: [(Value, &[&str]); 3] = [
        (live("Allow", &[], &[]), &["service-endpoints-stay"]),
        (closed.clone(), &["policy-may-deny", "service-endpoints-stay"]),
        (
            with(closed, "privateEndpointConnections", connection),
            &[
                "policy-may-deny",
                "service-endpoints-stay",
                "private-endpoints-stay",
            ],
        ),
    ];
    for (body, notes) in rows {
        let spec = open_access(Vec::new(), [wanted("").id]);
        let plan = plan_registry(&spec.registries[0], &reading(&body), &Policy::default());
        let [found, refusals] = codes_of(&serde_json::to_value(plan).unwrap());
        assert_eq!(found, notes);
        assert!(refusals.is_empty(), "{refusals:?}");
    }
}
