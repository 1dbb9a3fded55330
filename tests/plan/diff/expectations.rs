//! Expectations of subnets: the service endpoint decides which rules apply.

use ringfence::live::{Egress, LiveSubnet, Reading, UnknownEgress};
use ringfence::model::{Failure, FailureKind};
use ringfence::plan::{Answer, Policy, RegistryPlan, plan_registry};
use serde_json::Value;

use super::{hub, live, reading_with, wanted};

/// The public address of the clients of the subnet.
const EGRESS: &str = "198.51.100.8";

/// Plans a spec that lists subnet `hub/test` of a list, or none, and expects something of `hub/old`.
fn planned(lines: &str, egress: &str, reading: &Reading) -> RegistryPlan {
    let lines = format!("{lines}subnets: {{hb: {{id: $old{egress}}}}}\n");
    plan_registry(&wanted(&lines), reading, &Policy::default())
}

fn codes(plan: &RegistryPlan) -> Vec<&str> {
    plan.refusals.iter().map(|refusal| refusal.code.name()).collect()
}

/// A reading in which the subnet cannot be read.
fn unreadable(body: &Value, kind: FailureKind) -> Reading {
    let mut reading = reading_with(body, &[]);
    let mut failure = Failure::new("AuthorizationFailed", "no read permission");
    failure.kind = kind;
    reading
        .subnets
        .insert(hub("old"), LiveSubnet::Unreadable(failure));
    reading
}

#[test]
fn denied_subnet_gets_in_by_its_egress_while_the_endpoint_is_off() {
    let body = live("Deny", &[EGRESS], &[]);
    let lines = "    ipRules: [198.51.100.8]\n    subnets: []\n    expect: {deny: [hb]}\n";
    let (on, off) = (
        reading_with(&body, &[("old", true)]),
        reading_with(&body, &[("old", false)]),
    );
    let mut by_gateway = off.clone();
    let addresses = [EGRESS.parse().unwrap()].into();
    by_gateway.egress.insert(hub("old"), Egress::Known(addresses));
    let mut no_gateway = off.clone();
    let egress = Egress::Unknown(UnknownEgress::NoNatGateway);
    no_gateway.egress.insert(hub("old"), egress);
    let unread = reading_with(&body, &[]);
    let hidden = unreadable(&body, FailureKind::Forbidden);
    let (known, other) = (", egress: [198.51.100.8]", ", egress: [192.0.2.7]");
    let by_ip = "its service endpoint is off, so IP rules decide about its public addresses";
    let rows = [
        (&on, known, None),
        (&off, known, Some((Answer::Allowed, "would get in", by_ip))),
        (&off, other, None),
        (&off, ", egress: []", None),
        (&by_gateway, "", Some((Answer::Allowed, "would get in", by_ip))),
        (
            &no_gateway,
            "",
            Some((Answer::Unknown, "might get in", "name them with `egress`")),
        ),
        (
            &hidden,
            known,
            Some((Answer::Unknown, "might get in", "could not be read")),
        ),
        (&hidden, other, None),
        (
            &unread,
            known,
            Some((Answer::Unknown, "might get in", "could not be read")),
        ),
        (&unread, other, None),
    ];
    for (reading, egress, wanted) in rows {
        let plan = planned(lines, egress, reading);
        assert!(plan.changes.is_empty() && plan.steps.is_empty(), "{egress}");
        let broken: Vec<Answer> = plan.broken.iter().map(|broken| broken.answer).collect();
        let Some((answer, words, help)) = wanted else {
            assert!(
                broken.is_empty() && plan.refusals.is_empty(),
                "{egress}: {plan:?}"
            );
            continue;
        };
        assert_eq!(broken, [answer], "{egress}");
        assert_eq!(codes(&plan), ["expect"], "{egress}");
        let refusal = &plan.refusals[0];
        assert!(refusal.message.contains(words), "{}", refusal.message);
        let helps = [refusal.help.as_deref(), plan.broken[0].reason.as_deref()];
        for found in helps {
            assert!(found.unwrap().contains(help), "{found:?}");
        }
    }
}

#[test]
fn allowed_subnet_needs_the_endpoint_of_its_rule() {
    let body = live("Deny", &[], &["old"]);
    let lines = "    subnets: [hb]\n    expect: {allow: [hb]}\n";
    let (on, off) = (
        reading_with(&body, &[("old", true)]),
        reading_with(&body, &[("old", false)]),
    );
    assert!(planned(lines, "", &on).broken.is_empty());
    // The apply turns it on again.
    let plan = planned(lines, "", &off);
    assert_eq!(plan.broken[0].answer, Answer::Denied);
    assert!(plan.refusals.is_empty() && plan.steps.len() == 1, "{plan:?}");
    let assume = format!("{lines}    serviceEndpoints: assume\n");
    let plan = planned(&assume, "", &off);
    assert_eq!((codes(&plan), plan.steps.len()), (vec!["expect"], 0));
    assert!(plan.refusals[0].message.contains("would not get in"));
    // A new rule that Azure takes proves the endpoint.
    let new = unreadable(&live("Deny", &[], &[]), FailureKind::Forbidden);
    assert!(planned(&assume, "", &new).refusals.is_empty());
}

#[test]
fn endpoint_that_is_on_explains_why_listed_addresses_do_not_help() {
    let reading = reading_with(&live("Deny", &[EGRESS], &[]), &[("old", true)]);
    let lines = "    ipRules: [198.51.100.8]\n    expect: {allow: [hb]}\n";
    for (egress, said) in [
        (", egress: [198.51.100.8]", true),
        (", egress: [192.0.2.7]", false),
    ] {
        let plan = planned(lines, egress, &reading);
        assert_eq!(codes(&plan), ["expect"]);
        let help = plan.refusals[0].help.as_deref().unwrap_or_default();
        assert_eq!(
            help.starts_with("its service endpoint is on, so IP rules"),
            said,
            "{help}"
        );
    }
}

/// Without --verify-endpoints, a plan does not read the subnets of rules that go.
#[test]
fn endpoint_that_was_not_read_stays_on_only_if_it_is_on() {
    let state = live("Deny", &[EGRESS], &["old"]);
    for (reading, words) in [
        (
            reading_with(&state, &[]),
            "hub/old stays on if it is on, which was not read. ",
        ),
        (reading_with(&state, &[("old", true)]), "hub/old stays on. "),
    ] {
        let plan = planned("    subnets: []\n", "", &reading);
        let notes: Vec<&str> = plan.notes.iter().map(|note| &*note.message).collect();
        assert!(notes.iter().any(|note| note.contains(words)), "{notes:?}");
    }
}

/// An endpoint that is known to be off does not stay on.
#[test]
fn endpoint_that_is_off_is_not_said_to_stay_on() {
    let lines = "    subnets: []\n    expect: {deny: [hb]}\n";
    for (endpoint, said) in [(true, true), (false, false)] {
        let reading = reading_with(&live("Deny", &[EGRESS], &["old"]), &[("old", endpoint)]);
        let plan = planned(lines, "", &reading);
        let mut notes = plan.notes.iter();
        assert_eq!(notes.any(|note| note.code == "service-endpoints-stay"), said);
    }
}

#[test]
fn no_client_comes_from_a_subnet_that_is_gone() {
    let body = live("Deny", &[EGRESS], &[]);
    let gone = unreadable(&body, FailureKind::NotFound);
    let lines = "    ipRules: [198.51.100.8]\n";
    let deny = format!("{lines}    expect: {{deny: [hb]}}\n");
    assert!(
        planned(&deny, ", egress: [198.51.100.8]", &gone)
            .refusals
            .is_empty()
    );
    let allow = format!("{lines}    expect: {{allow: [hb]}}\n");
    let plan = planned(&allow, ", egress: [198.51.100.8]", &gone);
    assert_eq!(codes(&plan), ["expect"]);
    assert_eq!(
        plan.refusals[0].help.as_deref(),
        Some("the subnet does not exist")
    );
    assert_eq!(plan.broken[0].answer, Answer::Denied);
}

/// They are facts for the expectation alone.
#[test]
fn subnets_that_are_only_expected_stop_no_change() {
    let body = live("Deny", &[EGRESS], &[]);
    let known = ", egress: [192.0.2.7]";
    for (assume, kind) in [
        ("", FailureKind::Forbidden),
        ("", FailureKind::NotFound),
        ("    serviceEndpoints: assume\n", FailureKind::Forbidden),
    ] {
        let lines = format!(
            "    subnets: [$test]\n    ipRules: [198.51.100.9]\n    expect: {{deny: [hb]}}\n{assume}"
        );
        let mut reading = unreadable(&body, kind);
        let test = reading_with(&body, &[("test", true)]);
        reading.subnets.extend(test.subnets.clone());
        let plan = planned(&lines, known, &reading);
        assert!(plan.refusals.is_empty() && plan.gone.is_empty(), "{plan:?}");
        assert!(plan.notes.iter().all(|note| note.code != "subnet-not-checked"));
        // Nor does an endpoint that is off.
        let mut reading = reading_with(&body, &[("old", false)]);
        reading.subnets.extend(test.subnets);
        let plan = planned(&lines, known, &reading);
        assert!(
            plan.refusals.is_empty() && plan.changes.endpoints.is_none(),
            "{plan:?}"
        );
    }
}
