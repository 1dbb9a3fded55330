//! A saved plan against the plan that replaces it: refusals that stay, terms and changes that differ, and the next step.

use std::collections::BTreeMap;

use ringfence::live::Live;
use ringfence::model::RegistryId;
use ringfence::plan::{
    FailOn, Guard, Plan, Policy, Refusal, RefusalCode, SavedPlanError, checksum, diff,
};
use ringfence::spec::Spec;
use serde_json::{Value, json};

use super::{live, reading_with, wanted, with};
use crate::azure_bodies::registry_id;

/// The id of a registry, lines of YAML, its body, and subnets of `hub` with their endpoint on or off.
type Row<'a> = (&'a str, &'a str, Value, &'a [(&'a str, bool)]);

/// The plan of these registries.
fn plan_of(rows: &[Row<'_>], policy: &Policy) -> Plan {
    let (mut spec, mut live) = (Spec::default(), Live::default());
    for (id, lines, body, subnets) in rows {
        let mut registry = wanted(lines);
        registry.id = RegistryId::parse(id).unwrap();
        let reading = reading_with(body, subnets);
        live.registries.insert(registry.id.clone(), Ok(reading));
        spec.registries.push(registry);
    }
    diff(&spec, &live, policy)
}

fn one(lines: &str, body: &Value) -> Plan {
    let id = registry_id("contoso");
    plan_of(&[(&id, lines, body.clone(), &[])], &Policy::default())
}

fn codes(plan: &Plan) -> Vec<&str> {
    let refusals = &plan.registries[0].refusals;
    refusals.iter().map(|refusal| refusal.code.name()).collect()
}

#[test]
fn replacing_plan_keeps_guard_refusals_only() {
    let body = live("Deny", &["203.0.113.7"], &[]);
    let saved = one("    ipRules: []\n", &body);
    assert_eq!(codes(&saved), ["last-rule"]);
    let id = registry_id("contoso");
    let policy = Policy {
        overrides: [Guard::LastRule].into(),
        ..Policy::default()
    };
    let allowed = plan_of(&[(&id, "    ipRules: []\n", body.clone(), &[])], &policy);
    assert!(codes(&allowed).is_empty());
    let kept = allowed.clone().keeping_refusals(&saved);
    assert_eq!((codes(&kept), kept.summary.refusals), (vec!["last-rule"], 1));
    // The checksum covers the refusal that was added.
    let mut unsealed = kept.clone();
    unsealed.created.clear();
    unsealed.spec = ringfence::spec::SpecPart::default();
    unsealed.checksum.clear();
    assert_eq!(kept.checksum, checksum(&unsealed));
    assert_ne!(kept.checksum, allowed.checksum);
    // A refusal that is there already is not doubled, and what Azure refuses is judged afresh.
    assert_eq!(codes(&saved.clone().keeping_refusals(&saved)), ["last-rule"]);
    let busy = with(body.clone(), "provisioningState", json!("Updating"));
    let busy = one("    trustedServices: false\n", &busy);
    assert_eq!(codes(&busy), ["busy"]);
    let free = one("    trustedServices: false\n", &body).keeping_refusals(&busy);
    assert!(codes(&free).is_empty());
}

#[test]
fn endpoints_of_listed_rules_show_that_all_were_read() {
    let id = registry_id("contoso");
    let lines = "    subnets: [$build, $old]\n";
    let rows = [
        (&["old"][..], &[("build", false)][..], false),
        (&["old"], &[("build", false), ("old", true)], false),
        (&["old"], &[("build", true), ("old", false)], true),
        (&["build", "old"], &[("old", false)], true),
    ];
    for (listed, subnets, verified) in rows {
        let body = live("Deny", &[], listed);
        let plan = plan_of(&[(&id, lines, body, subnets)], &Policy::default());
        assert_eq!(plan.verified_endpoints(), verified, "{listed:?} {subnets:?}");
    }
}

#[test]
fn other_terms_name_key_registry_and_both_values() {
    let body = live("Deny", &["203.0.113.7"], &[]);
    let ips = "    ipRules: [203.0.113.7]\n";
    let saved = one(
        &format!(
            "{ips}    ignore: [20.0.0.0/8, 192.0.2.1]\nguardrails: {{maxRemovals: 3, widestRule: /16}}\n"
        ),
        &body,
    );
    let ignore = "    ignore: [192.0.2.1/32, 20.0.0.0/8]\n";
    let guardrails = "guardrails: {maxRemovals: 3, widestRule: /16}\n";
    let rows = [
        (format!("{ips}{ignore}{guardrails}"), None),
        (
            format!("{ips}{ignore}guardrails: {{widestRule: /16}}\n"),
            Some("`guardrails.maxRemovals` of `contoso` was 3 and is null"),
        ),
        (
            format!(
                "{ips}{ignore}guardrails: {{maxRemovals: 3, maxRemovalPercent: 50, widestRule: /16}}\n"
            ),
            Some("`guardrails.maxRemovalPercent` of `contoso` was 30 and is 50"),
        ),
        (
            format!("{ips}{ignore}guardrails: {{maxRemovals: 3, widestRule: /12}}\n"),
            Some("`guardrails.widestRule` of `contoso` was \"/16\" and is \"/12\""),
        ),
        (
            format!("{ips}{ignore}    ownership: additive\n{guardrails}"),
            Some("`ownership` of `contoso` was \"exact\" and is \"additive\""),
        ),
        (
            format!("{ips}{ignore}    protect: true\n{guardrails}"),
            Some("`protect` of `contoso` was false and is true"),
        ),
        (
            format!("{ips}    ignore: [20.0.0.0/8]\n{guardrails}"),
            Some("`ignore` of `contoso` was [\"192.0.2.1\",\"20.0.0.0/8\"] and is [\"20.0.0.0/8\"]"),
        ),
    ];
    for (lines, difference) in rows {
        let terms = one(&lines, &body).other_terms(&saved);
        assert_eq!(terms, Vec::from_iter(difference.map(str::to_owned)), "{lines}");
    }
}

#[test]
fn plans_differ_by_what_they_do() {
    let body = live("Deny", &["203.0.113.7"], &[]);
    let saved = one("    ipRules: [203.0.113.7, 203.0.113.8]\n", &body);
    let rows = [
        ("    ipRules: [203.0.113.8, 203.0.113.7]\n", false),
        // The place in the file does not count.
        (
            "    trustedServices: true\n    ipRules: [203.0.113.7, 203.0.113.8]\n",
            false,
        ),
        ("    ipRules: [203.0.113.7]\n", true),
        ("    ipRules: [203.0.113.7, 203.0.113.9]\n", true),
        ("    ipRules: [203.0.113.8]\n", true),
        (
            "    ipRules: [203.0.113.7, 203.0.113.8]\n    trustedServices: false\n",
            true,
        ),
    ];
    for (lines, differs) in rows {
        let names = one(lines, &body).differs_from(&saved);
        assert_eq!(
            names,
            Vec::from_iter(differs.then(|| "contoso".to_owned())),
            "{lines}"
        );
    }
    let nothing = plan_of(&[], &Policy::default());
    assert_eq!(nothing.differs_from(&saved), ["contoso"]);
    assert_eq!(saved.differs_from(&nothing), ["contoso"]);
}

#[test]
fn registries_of_one_name_are_told_apart_by_id() {
    let other = registry_id("contoso").replace("/rg/", "/elsewhere/");
    let id = registry_id("contoso");
    let body = live("Deny", &["203.0.113.7"], &[]);
    let both = |lines: &str| {
        let rows = [
            (&*id, lines, body.clone(), &[][..]),
            (&*other, lines, body.clone(), &[]),
        ];
        plan_of(&rows, &Policy::default())
    };
    let names = both("    ipRules: []\n").differs_from(&both("    ipRules: [203.0.113.7]\n"));
    let ids: BTreeMap<&str, usize> = names.iter().map(|name| (&**name, 1)).collect();
    assert_eq!(ids, BTreeMap::from([(&*id, 1), (&*other, 1)]));
}

#[test]
fn refusal_of_a_saved_plan_says_how_to_plan_again() {
    let refusal = |code: RefusalCode, flag: Option<&str>, help: Option<&str>| Refusal {
        code,
        message: String::new(),
        measured: None,
        limit: None,
        override_flag: flag.map(str::to_owned),
        help: help.map(str::to_owned),
    };
    let again =
        "with the other flags of this plan, have that reviewed, then ringfence apply --plan FILE";
    let rows = [
        (
            refusal(Guard::Removals.into(), None, Some("wait")),
            None,
            "wait".to_owned(),
        ),
        (
            refusal(Guard::Removals.into(), Some("--override removals"), None),
            Some("plan again with --override removals"),
            format!("ringfence plan SPEC --override removals -o json=FILE, {again}"),
        ),
        (
            refusal(
                FailOn::Widens.into(),
                Some("leave out --fail-on widens"),
                Some("look"),
            ),
            Some("plan again and leave out --fail-on widens"),
            format!("look; or ringfence plan SPEC -o json=FILE, {again}"),
        ),
    ];
    for (mut refusal, flag, help) in rows {
        refusal.plan_again();
        assert_eq!(refusal.override_flag.as_deref(), flag);
        assert_eq!(refusal.help, Some(help));
    }
}

fn kind_of(error: &SavedPlanError) -> &'static str {
    match error {
        SavedPlanError::NotJson(_) => "not JSON",
        SavedPlanError::OtherFormat { .. } | SavedPlanError::WithoutFormat => "another format",
        SavedPlanError::NotAPlan(_) => "not a plan",
        SavedPlanError::Edited { .. } => "edited",
    }
}

#[test]
fn files_that_are_not_plans_are_told_apart() {
    let body = live("Deny", &["203.0.113.7"], &[]);
    let plan = one("    ipRules: [203.0.113.7, 203.0.113.8]\n", &body);
    let text = serde_json::to_string(&plan).unwrap();
    let edit = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        text.replace(from, to)
    };
    let rows = [
        (text[..text.len() - 1].to_owned(), "not JSON"),
        (text.replacen('{', "{\"format\":1,", 1), "not JSON"),
        ("{}".to_owned(), "another format"),
        (edit("ringfence.plan/1", "ringfence.plan/2"), "another format"),
        (edit("\"registries\":[", "\"registrees\":["), "not a plan"),
        (edit("203.0.113.8", "203.0.113.9"), "edited"),
        (edit("sha256:", "sha256:0"), "edited"),
    ];
    for (text, kind) in rows {
        let error = Plan::from_json(&text).expect_err(&text);
        assert_eq!(kind_of(&error), kind, "{error:?}");
    }
}
