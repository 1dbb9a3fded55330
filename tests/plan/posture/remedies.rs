//! Next steps: about what the spec wants, and about the registry that they name.

use std::collections::BTreeMap;

use ringfence::live::Reading;
use ringfence::posture::{POSTURE_CHECKS, PostureFinding};
use ringfence::spec::PostureRule::{self, *};
use serde_json::json;

use super::case::{Case, body, connection, lines, read};
use super::of_rule;
use crate::diff::{live, reading_with, with};
use crate::readings::reading;

fn one(case: &Case, rule: PostureRule) -> PostureFinding {
    let mut found = of_rule(case, rule);
    assert_eq!(found.len(), 1, "{rule}: {:?}", case.judged());
    found.remove(0)
}

fn none(case: &Case, rule: PostureRule) {
    assert!(of_rule(case, rule).is_empty(), "{:?}", case.judged());
}

#[test]
fn drift_comes_first() {
    let spec = "    defaultAction: Deny\n    ipRules: [203.0.113.9]\n    subnets: []\n";
    let opened = one(
        &body(&live("Allow", &["203.0.113.9"], &[])).wanting(spec),
        OpenByDefaultAction,
    );
    assert!(opened.help.starts_with("apply the spec: "), "{}", opened.help);
    assert_eq!(opened.source.unwrap().line, 3, "the line of the registry");
    let added = body(&live("Deny", &["203.0.113.9", "0.0.0.0/0"], &["build"])).wanting(spec);
    let help = one(&added, OpenByRule).help;
    assert!(
        help.starts_with("apply the spec with --verify-endpoints: "),
        "{help}"
    );
    // A rule that was made by hand makes none of the spec's rules superfluous, and joins none of them.
    none(&added, ContainedRule);
    let half = body(&live("Deny", &["203.0.113.9", "203.0.113.8"], &[])).wanting(spec);
    none(&half, MergeableRules);
}

/// An apply would end the finding by opening the registry to all.
#[test]
fn spec_that_opens_the_registry_is_not_to_be_applied() {
    let closed = || body(&live("Deny", &["203.0.113.9"], &[]));
    let found = one(&closed().wanting("    defaultAction: Allow\n"), TasksOff);
    assert!(
        found.help.starts_with("mend the spec first: ") && found.help.contains(" RF001 (open to all"),
        "{}",
        found.help
    );
    assert_eq!(found.source.unwrap().line, 4, "the line that opens it");
    let private = "    publicNetworkAccess: Disabled\n    defaultAction: Allow\n    ipRules: []\n";
    let found = one(&closed().wanting(private), PublicAccess);
    assert!(found.help.starts_with("apply the spec: "), "{}", found.help);
}

#[test]
fn finding_that_apply_leaves_points_at_the_spec() {
    let spec = "    defaultAction: Deny\n    ipRules:\n      - 8.0.0.0/9\n      - 203.0.113.9\n";
    let found = one(&body(&live("Deny", &["8.0.0.0/9"], &[])).wanting(spec), WideRule);
    assert!(found.help.starts_with("list the addresses"), "{}", found.help);
    assert_eq!(found.source.unwrap().line, 6);
}

#[test]
fn rules_of_others_are_taken_out_by_a_command() {
    let state = live("Deny", &["8.0.0.0/9", "203.0.113.9"], &[]);
    let help = |lines| one(&body(&state).wanting(lines), WideRule).help;
    let left = help("    ownership: additive\n    ipRules: [203.0.113.9]\n");
    assert!(
        left.contains("`ringfence rule remove --name /subscriptions/")
            && left.ends_with(" --ip-address 8.0.0.0/9`"),
        "{left}"
    );
    let ignored = help("    ignore: [8.0.0.0/8]\n    ipRules: [203.0.113.9]\n");
    assert!(ignored.ends_with(" --ip-address 8.0.0.0/9`"), "{ignored}");
    let ours = help("    ipRules: [203.0.113.9, 8.0.0.0/9]\n");
    assert!(!ours.contains("rule remove"), "{ours}");
}

#[test]
fn rules_that_end_or_belong_to_others_stay_apart() {
    let permanent = "{cidr: 192.0.2.128/25, owner: b, reason: c}";
    for (outer, found) in [
        (
            "{cidr: 192.0.2.0/24, owner: a, reason: b, expires: 2027-01-01}",
            0,
        ),
        ("{cidr: 192.0.2.0/24, owner: a, reason: b}", 1),
    ] {
        let case = lines(&format!("    ipRules: [{outer}, {permanent}]\n"));
        assert_eq!(of_rule(&case, ContainedRule).len(), found, "{outer}");
    }
    for (half, found) in [
        ("{cidr: 192.0.2.0/25, owner: a, reason: c}", 0),
        (
            "{cidr: 192.0.2.0/25, owner: b, reason: c, expires: 2027-01-01}",
            0,
        ),
        ("{cidr: 192.0.2.0/25, owner: b, reason: c}", 1),
    ] {
        let case = lines(&format!("    ipRules: [{half}, {permanent}]\n"));
        assert_eq!(of_rule(&case, MergeableRules).len(), found, "{half}");
    }
    // The range would be wide.
    none(
        &lines("    ipRules: [20.0.0.0/17, 20.0.128.0/17]\n"),
        MergeableRules,
    );
}

#[test]
fn address_of_two_subnets_is_hidden_by_both_endpoints() {
    let spec = |expect: &str| {
        format!(
            "    ipRules: [198.51.100.7]\n    subnets: [aks]\n{expect}subnets:\n  aks: {{id: $build, egress: [198.51.100.7]}}\n  \
             ci: {{id: $test, egress: [198.51.100.7]}}\n"
        )
    };
    let state = live("Deny", &["198.51.100.7"], &["build"]);
    let with_test = |on| read(reading_with(&state, &[("build", true), ("test", on)]));
    none(&with_test(false).wanting(&spec("")), HiddenAddress);
    assert_eq!(
        of_rule(&with_test(true).wanting(&spec("")), HiddenAddress).len(),
        2
    );
    let expected = spec("    expect: {allow: [198.51.100.7]}\n");
    none(&with_test(true).wanting(&expected), HiddenAddress);
}

#[test]
fn cache_is_cut_by_subnet_rules_too() {
    let caching = |state| {
        read(Reading {
            cache_rules: Some(2),
            ..reading(&state)
        })
    };
    let cut = caching(live("Deny", &[], &["build"]));
    assert!(
        one(&cut, CacheWithoutBypass)
            .help
            .contains("`subnets: []` and `trustedServices: true`")
    );
    none(&cut, TrustedServicesCut);
    let off = with(
        live("Deny", &[], &["build"]),
        "networkRuleBypassOptions",
        json!("None"),
    );
    none(&caching(off.clone()), TrustedServicesOff);
    let alone = with(
        live("Deny", &["203.0.113.9"], &[]),
        "networkRuleBypassOptions",
        json!("None"),
    );
    assert_eq!(
        one(&caching(alone), CacheWithoutBypass).help,
        "set `trustedServices: true`"
    );
}

#[test]
fn next_steps_name_no_subnets_where_azure_has_none() {
    let open = live("Allow", &[], &[]);
    let here = one(&body(&open), OpenByDefaultAction).help;
    assert!(here.contains("`ipRules` or `subnets`"), "{here}");
    let elsewhere = read(Reading {
        service_endpoints_supported: false,
        ..reading(&open)
    });
    let there = one(&elsewhere, OpenByDefaultAction).help;
    assert!(!there.contains("`subnets`"), "{there}");
}

/// A command between backticks can be copied as a whole.
#[test]
fn commands_of_next_steps_are_between_backticks() {
    let mut quoted = BTreeMap::new();
    for check in POSTURE_CHECKS {
        for (at, part) in check.remedy.split('`').enumerate() {
            for tool in ["az ", "ringfence "] {
                let is_command = part.starts_with(tool) || part.contains(&format!(" {tool}"));
                if is_command {
                    quoted.insert((check.rule, tool), at % 2 == 1);
                }
            }
        }
    }
    for (command, is_quoted) in quoted {
        assert!(is_quoted, "{command:?}");
    }
}

/// An apply leaves what it cannot read, and Azure may refuse every list that has it.
#[test]
fn unreadable_rule_goes_with_the_list_or_before_it() {
    let state = live("Deny", &["203.0.113.9", "::/0"], &[]);
    let list = "    ipRules: [203.0.113.9]\n";
    let others = format!("{list}    ownership: additive\n");
    let ignored = format!("{list}    ignore: [{{text: \"::/0\"}}]\n");
    let unmanaged = "    defaultAction: Deny\n";
    let remove = "`ringfence rule remove --name ";
    let text = " --ip-address ::/0 --override unparsed`";
    for (spec, words) in [
        (
            list,
            [
                "in the same write: `ringfence apply SPEC",
                " --override unparsed`",
            ],
        ),
        (
            &others,
            [
                "an apply leaves what the spec does not list to others, so first take it out: ",
                text,
            ],
        ),
        (&ignored, [remove, text]),
        (
            unmanaged,
            [
                "an apply leaves what cannot be read, so first take it out: ",
                text,
            ],
        ),
    ] {
        let help = one(&body(&state).wanting(spec), UnreadableRule).help;
        assert!(words.iter().all(|word| help.contains(word)), "{spec}: {help}");
        assert!(help.contains("list the clients that use it"), "{help}");
    }
    let help = one(&body(&state), UnreadableRule).help;
    assert!(help.contains(remove) && help.contains(text), "{help}");
    // Of dead rules, this one stays whatever the spec lists.
    let dead = with(state, "publicNetworkAccess", json!("Disabled"));
    let dead = with(dead, "privateEndpointConnections", connection("Approved"));
    let case = body(&dead).wanting("    publicNetworkAccess: Disabled\n    ipRules: [203.0.113.9]\n");
    none(&case, UnreadableRule);
    let help = one(&case, DeadRules).help;
    assert!(
        help.starts_with("an apply leaves what cannot be read, so first take it out: "),
        "{help}"
    );
    assert!(help.contains(text) && help.ends_with("`subnets: []`"), "{help}");
}

#[test]
fn tasks_are_clients_too() {
    let state = with(live("Deny", &[], &[]), "networkRuleBypassOptions", json!("None"));
    let message = |state| one(&body(&state), NoClient).message;
    assert!(message(state.clone()).starts_with("no client gets in: "));
    let state = with(state, "networkRuleBypassAllowedForTasks", json!(true));
    assert!(message(state.clone()).starts_with("no client but ACR Tasks gets in: "));
    let state = with(state, "networkRuleBypassOptions", json!("AzureServices"));
    let both = message(state.clone());
    assert!(
        both.starts_with("no client but trusted services and ACR Tasks gets in: "),
        "{both}"
    );
}
