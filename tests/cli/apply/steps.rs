//! Failures of single steps: subnets, the provider, the PATCH, the verification.

use std::time::Duration;

use ringfence::sandbox::{Fault, Options, Phase};
use serde_json::{Value, json};

use super::apply_run::{
    DENY, apply, contoso, count, denying, expect, fault, ips, nth, patch, rules, two, with_subnet,
};
use super::sandbox_in_test::{Azure, Running, is_processed, report_when};
use crate::azure_bodies::{SUBSCRIPTION, premium_registry, subnet_id};
use crate::ringfence_binary::Scenario;
use crate::spec_text::spec_of;
use crate::virtual_network::vnet_body;

fn subnet_put(body: Value) -> Value {
    fault("PUT", "/subnets/build", body)
}

/// Returns true if the subnet `build` has the registry's service endpoint.
fn has_endpoint(scenario: &Scenario) -> bool {
    let subnet = &scenario.resource("hub")["properties"]["subnets"][0]["properties"];
    let endpoints = subnet["serviceEndpoints"].as_array();
    endpoints.is_some_and(|list| list.iter().any(|e| e["service"] == "Microsoft.ContainerRegistry"))
}

#[test]
fn subnet_changed_meanwhile_is_read_again() {
    let scenario = with_subnet(DENY);
    let applied = apply(&scenario, &json!([nth(subnet_put(json!({"fault": 412})), &[1])]));
    applied.expect(0, &[]);
    let requests = scenario.requests();
    let sent = |method: &str| {
        requests
            .iter()
            .filter(|(m, path)| m == method && path.ends_with("/subnets/build"))
            .count()
    };
    assert_eq!((sent("GET"), sent("PUT")), (2, 2));
    assert!(has_endpoint(&scenario));
}

#[test]
fn subnet_that_keeps_changing_fails_before_the_registry() {
    let scenario = with_subnet(DENY);
    let before = scenario.read("state.json");
    let applied = apply(
        &scenario,
        &json!([subnet_put(json!({"fault": 412, "code": "PreconditionFailed"}))]),
    );
    applied.expect(
        1,
        &["PreconditionFailed", "the resource changed since it was read"],
    );
    assert_eq!(applied.steps(), ["failed", "skipped"]);
    assert_eq!((count(&scenario, "PUT"), count(&scenario, "PATCH")), (3, 0));
    assert_eq!(scenario.read("state.json"), before);
}

#[test]
fn forbidden_operation_poll_after_a_subnet_write_succeeds() {
    let scenario = with_subnet(DENY);
    let applied = apply(
        &scenario,
        &json!([fault("GET", "/operations/", json!({"fault": 403}))]),
    );
    applied.expect(0, &["applied and verified"]);
    assert_eq!(applied.steps(), ["done", "done"]);
    assert!(applied.written() && has_endpoint(&scenario));
}

#[test]
fn failed_subnet_operation_stops_the_registry() {
    let scenario = with_subnet(DENY);
    let failure =
        json!({"fault": "lro-failed", "code": "SubnetIsFull", "message": "No room for an endpoint."});
    let applied = apply(&scenario, &json!([subnet_put(failure)]));
    applied.expect(
        4,
        &[
            "SubnetIsFull",
            "No room for an endpoint.",
            "an earlier step did not succeed",
        ],
    );
    assert_eq!(applied.steps(), ["failed", "skipped"]);
    assert_eq!(applied.change("defaultAction")["outcome"], "skipped");
    assert_eq!(
        applied.change("serviceEndpoints")["error"]["code"],
        "SubnetIsFull"
    );
    assert!(!has_endpoint(&scenario) && count(&scenario, "PATCH") == 0);
}

#[test]
fn failed_registry_operation_reports_code_and_message() {
    let scenario = contoso(DENY);
    let failure = json!({"fault": "lro-failed", "code": "Busy", "message": "Not today."});
    apply(&scenario, &json!([patch(failure)])).expect(4, &["Busy", "Not today."]);
    assert_eq!(rules(&scenario)["defaultAction"], "Allow");
}

#[test]
fn registration_without_poll_right_is_reported_as_started() {
    let other = "00000000-0000-0000-0000-000000000002";
    let id = subnet_id("hub", "build").as_str().replace(SUBSCRIPTION, other);
    let subnet = ringfence::model::SubnetId::parse(&id).unwrap();
    let scenario = Scenario::new(
        &spec_of(&format!("    defaultAction: Deny\n    subnets: [{id}]\n")),
        &[],
    );
    let tenant = "00000000-0000-0000-0000-00000000000f";
    let state = json!({
        "subscriptions": [
            {"id": SUBSCRIPTION, "tenant": tenant, "registered": ["Microsoft.ContainerRegistry", "Microsoft.Network"]},
            {"id": other, "tenant": tenant, "registered": ["Microsoft.Network"]}
        ],
        "resources": [premium_registry("contoso"), vnet_body(&[subnet])]
    });
    scenario.seed_state(&state);
    let provider = format!("/subscriptions/{other}/providers/Microsoft.ContainerRegistry");
    let poll = fault(
        "GET",
        &provider,
        json!({"fault": 403, "code": "AuthorizationFailed"}),
    );
    let applied = apply(&scenario, &json!([nth(poll.clone(), &[2, 3, 4])]));
    applied.expect(4, &["AuthorizationFailed"]);
    assert_eq!(applied.steps(), ["failed", "skipped", "skipped"]);
    assert_eq!(
        applied.report["summary"]["failed"], 1,
        "a step that failed counts, also where no change did"
    );
    assert!(applied.written());
    assert_eq!(
        (
            count(&scenario, "POST"),
            count(&scenario, "PUT"),
            count(&scenario, "PATCH")
        ),
        (1, 0, 0)
    );
    // Where the state can be read after that, the error says what it shows.
    scenario.seed_state(&state);
    let applied = apply(&scenario, &json!([nth(poll, &[2])]));
    applied.expect(
        4,
        &["AuthorizationFailed", "at least a part of the change is there"],
    );
}

#[test]
fn refused_patch_writes_nothing() {
    let scenario = contoso(DENY);
    let before = scenario.read("state.json");
    let refusal = json!({"fault": 400, "code": "BadRequest", "message": "No such thing."});
    let applied = apply(&scenario, &json!([patch(refusal)]));
    applied.expect(1, &["BadRequest", "No such thing."]);
    assert!(!applied.written());
    assert_eq!(applied.steps(), ["failed"]);
    assert_eq!(scenario.read("state.json"), before);
}

/// An operation that has ended does not end again, so a busy answer is not waited for.
#[test]
fn terminal_provisioning_state_is_not_waited_for() {
    for (state, patches) in [("Failed", 1), ("Canceled", 1), ("Succeeded", 8)] {
        let mut registry = premium_registry("contoso");
        registry["properties"]["provisioningState"] = json!(state);
        let scenario = Scenario::new(&spec_of(DENY), &[registry]);
        let busy = json!({"fault": 409, "code": "RegistryStatusConflict", "retryAfter": 0});
        apply(&scenario, &json!([patch(busy)])).expect(1, &["RegistryStatusConflict"]);
        assert_eq!(count(&scenario, "PATCH"), patches, "{state}");
    }
}

#[test]
fn group_that_is_being_deleted_needs_no_next_try() {
    let scenario = contoso(DENY);
    let deleting = patch(json!({"fault": 409, "code": "ResourceGroupBeingDeleted"}));
    apply(&scenario, &json!([deleting])).expect(1, &["nothing is left to do"]);
    assert_eq!(count(&scenario, "PATCH"), 1);
}

/// The run reads the registry before it reports that nothing was written.
#[test]
fn false_refusal_is_detected_by_reading_back() {
    for ownership in ["exact", "additive"] {
        let scenario = contoso(&format!("{DENY}    ownership: {ownership}\n"));
        let lie = patch(json!({"fault": 403, "processed": true}));
        let applied = apply(&scenario, &json!([lie]));
        applied.expect(4, &["Azure made the change anyway", "run plan to see"]);
        assert_eq!(applied.report["summary"]["written"], true);
        assert_eq!(
            applied.report["registries"][0]["mode"]["after"],
            "selected networks (1 IP, 0 subnets)"
        );
        assert_eq!(applied.change("ipRules")["outcome"], "done");
        assert_eq!(ips(&scenario), ["203.0.113.7"]);
    }
}

/// A write may have been processed even if the service answers "later" or "busy".
#[test]
fn throttled_but_processed_write_counts_as_written() {
    for status in [408, 409, 429] {
        let scenario = contoso(DENY);
        let later = patch(json!({"fault": status, "processed": true, "retryAfter": 0}));
        let applied = apply(&scenario, &json!([later]));
        applied.expect(0, &[]);
        assert!(applied.written(), "{status}");
        assert_eq!(count(&scenario, "PATCH"), 1);

        scenario.write("spec.yaml", &two("    defaultAction: Allow\n"));
        scenario.seed(&[
            denying("contoso", &["203.0.113.7"], false),
            denying("fabrikam", &["203.0.113.7"], false),
        ]);
        let refused = fault("PATCH", "/registries/fabrikam", json!({"fault": 403}));
        apply(&scenario, &json!([later, refused]))
            .expect(4, &["0 added, 1 changed, 0 removed, 1 failed"]);
    }
}

#[test]
fn denied_patch_names_the_policy() {
    let scenario = contoso(DENY);
    let applied = apply(
        &scenario,
        &json!([patch(json!({"fault": "policy-deny", "policy": "no-networks"}))]),
    );
    applied.expect(1, &["RequestDisallowedByPolicy", "no-networks", "exemption"]);
}

/// A write with a lost answer is read back before it is sent again, because the first read is old by then.
#[test]
fn broken_connection_around_a_write_recovers() {
    for (kind, patches) in [("reset", 2), ("reset-after", 1), ("truncate", 1)] {
        let scenario = contoso(DENY);
        let applied = apply(&scenario, &json!([nth(patch(json!({"fault": kind})), &[1])]));
        applied.expect(0, &[]);
        assert_eq!(ips(&scenario), ["203.0.113.7"], "{kind}");
        assert_eq!(count(&scenario, "PATCH"), patches, "{kind}");
    }
}

#[test]
fn persistently_broken_connection_reports_a_possible_write() {
    let scenario = contoso(DENY);
    let applied = apply(&scenario, &json!([patch(json!({"fault": "reset"}))]));
    applied.expect(4, &["no answer to `PATCH"]);
    assert_eq!(count(&scenario, "PATCH"), 3);
    assert!(applied.written());
}

/// The answer to the second attempt says nothing about the first.
#[test]
fn refusal_after_a_lost_answer_reports_a_possible_write() {
    let scenario = contoso(DENY);
    let failed = nth(patch(json!({"fault": 500})), &[1]);
    let refused = nth(
        patch(json!({"fault": 409, "code": "RegistryStatusConflict"})),
        &[2, 3, 4, 5, 6, 7, 8, 9],
    );
    let applied = apply(&scenario, &json!([failed, refused]));
    applied.expect(4, &["RegistryStatusConflict"]);
    assert!(applied.written());
}

/// Another client writes while the registry is busy for us.
#[test]
fn registry_changed_while_busy_is_not_overwritten() {
    for (ownership, code, ips_after) in [
        ("exact", 3, &["198.51.100.1"][..]),
        ("additive", 0, &["198.51.100.1", "203.0.113.7"]),
    ] {
        let lines = format!("    ipRules: [203.0.113.7]\n    ownership: {ownership}\n");
        let scenario = Scenario::new(&spec_of(&lines), &[denying("contoso", &[], false)]);
        let (on_request, busy) = report_when(|event| is_processed(event, "PATCH"));
        let options = Options {
            faults: vec![Fault::status(409).method("PATCH")],
            on_request: Some(on_request),
            ..Options::default()
        };
        let azure = Azure::serve(&scenario, options);
        let mut running =
            Running::start(&mut azure.command(&scenario, &["apply", "spec.yaml", "--yes"]));
        running.wait_until(&busy);
        azure.put(denying("contoso", &["198.51.100.1"], false));
        azure.let_faults_end();
        expect(&running.end(), code, &[]);
        azure.stop();
        assert_eq!(ips(&scenario), ips_after, "{ownership}");
    }
}

#[test]
fn subnet_write_with_a_lost_answer_is_verified() {
    // The etag refuses the second try, and the subnet shows what the first one has done. A proxy that repeats a request
    // causes the same, but no try without an answer: that cannot be told from another writer.
    for (cause, outcome) in [("reset-after", "done"), ("repeated", "unchanged")] {
        let scenario = with_subnet(DENY);
        let twice = nth(subnet_put(json!({"fault": cause})), &[1]);
        let options = Options {
            operation_time: Duration::ZERO,
            faults: serde_json::from_value(json!([twice])).unwrap(),
            ..Options::default()
        };
        let azure = Azure::serve(&scenario, options);
        let run = azure.run(&scenario, &["apply", "spec.yaml", "--yes", "-o", "json"]);
        expect(&run, 0, &[]);
        let report: Value = serde_json::from_str(&run.stdout).unwrap();
        let step = &report["registries"][0]["steps"][0];
        assert_eq!(step["outcome"], outcome, "{cause}");
        assert_eq!(step["reason"].is_string(), outcome == "unchanged");
        assert!(has_endpoint(&scenario));
    }
}

#[test]
fn transient_errors_are_retried() {
    for status in [429, 500, 502, 503, 504] {
        let scenario = contoso(DENY);
        let applied = apply(&scenario, &json!([nth(patch(json!({"fault": status})), &[1, 2])]));
        applied.expect(0, &[]);
        assert_eq!(count(&scenario, "PATCH"), 3, "{status}");
    }
}

#[test]
fn error_after_a_processed_write_is_verified() {
    let scenario = contoso(DENY);
    let applied = apply(
        &scenario,
        &json!([patch(json!({"fault": 500, "processed": true, "retryAfter": 0}))]),
    );
    applied.expect(0, &[]);
    assert_eq!(count(&scenario, "PATCH"), 1);
    assert_eq!(ips(&scenario), ["203.0.113.7"]);
    assert!(applied.written());
}

/// The sandbox holds the PATCH back: Azure may still take it when the time is over.
#[test]
fn patch_beyond_the_time_limit_is_unknown() {
    let scenario = contoso(DENY);
    let (mut azure, patching) = Azure::serve_holding(&scenario, |event| {
        event.method == "PATCH" && event.phase == Phase::Before
    });
    let words = ["apply", "spec.yaml", "--yes", "--timeout", "2s", "-o", "json"];
    let mut running = Running::start(&mut azure.command(&scenario, &words));
    running.wait_until(&patching);
    let run = running.end();
    azure.release_requests();
    expect(&run, 4, &[]);
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    let registry = &report["registries"][0];
    assert_eq!(registry["outcome"], "unknown");
    assert_eq!(registry["changes"][0]["outcome"], "unknown");
    assert_eq!(report["summary"]["failed"], 0);
    assert!(registry["undo"].is_object());
}

#[test]
fn unreadable_result_is_not_reported_as_done() {
    let scenario = contoso(DENY);
    let unread = fault(
        "GET",
        "/registries/contoso",
        json!({"fault": 403, "code": "AuthorizationFailed"}),
    );
    let applied = apply(&scenario, &json!([nth(unread, &[2])]));
    applied.expect(
        4,
        &[
            "the change was written, but could not be read back",
            "→ not known",
            "AuthorizationFailed",
        ],
    );
    assert_eq!(applied.change("ipRules")["outcome"], "unknown");
    let summary = &applied.report["summary"];
    assert_eq!(
        (&summary["failed"], &summary["written"]),
        (&0.into(), &true.into())
    );
    assert_ne!(summary["unknown"], 0);
    assert_eq!(ips(&scenario), ["203.0.113.7"]);
}

#[test]
fn non_json_answer_is_not_reported_as_done() {
    let scenario = contoso(DENY);
    let garbage = fault("GET", "/registries/contoso", json!({"fault": "garbage"}));
    apply(&scenario, &json!([nth(garbage, &[2])])).expect(4, &["could not be read back"]);
    // An unreadable answer of the write leaves it open, and the read after it tells.
    let scenario = contoso(DENY);
    apply(&scenario, &json!([patch(json!({"fault": "garbage"}))])).expect(0, &["applied and verified"]);
    assert_eq!(ips(&scenario), ["203.0.113.7"]);
    // Where that cannot be read either, nothing is told as failed.
    let scenario = contoso(DENY);
    let unread = fault("GET", "/registries/contoso", json!({"fault": 403}));
    let garbage = patch(json!({"fault": "garbage"}));
    let applied = apply(&scenario, &json!([garbage, nth(unread, &[2])]));
    applied.expect(4, &["not known if it was changed", "not JSON", "not be read"]);
    assert_eq!(applied.report["registries"][0]["outcome"], "unknown");
    assert_eq!(applied.report["summary"]["failed"], 0);
}

/// Tokens are renewed before they expire, and also when the service rejects one earlier.
#[test]
fn token_that_expires_during_the_run_is_renewed() {
    for strikes in [
        nth(patch(json!({"fault": "expired-token"})), &[1]),
        nth(
            fault("GET", "/registries/", json!({"fault": "expired-token"})),
            &[2],
        ),
    ] {
        let scenario = contoso(DENY);
        apply(&scenario, &json!([strikes])).expect(0, &[]);
        let sent: Vec<String> = scenario
            .requests()
            .into_iter()
            .map(|(method, _)| method)
            .collect();
        let patch = sent.iter().rposition(|method| method == "PATCH").unwrap();
        assert_eq!(
            sent[patch - 1],
            "GET",
            "signing in takes time, so it is read again: {sent:?}"
        );
    }
}

#[test]
fn rejected_token_error_names_the_next_step() {
    let scenario = contoso(DENY);
    let expired = json!([patch(json!({"fault": "expired-token"}))]);
    apply(&scenario, &expired).expect(1, &["ExpiredAuthenticationToken", "sign in again"]);
    assert_eq!(rules(&scenario)["defaultAction"], "Allow");
    // The subnet shows the endpoint, so nothing is missing.
    let scenario = with_subnet(DENY);
    let expired = json!([fault("GET", "/operations/", json!({"fault": "expired-token"}))]);
    apply(&scenario, &expired).expect(0, &["applied and verified"]);
}
