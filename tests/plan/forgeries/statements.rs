//! Statements of a plan about itself that do not follow from its changes, and fields that no plan has.

use ringfence::plan::Plan;
use serde_json::{Value, json};

use super::{ENDPOINTS, plan, refused, refused_whole, subnet};

/// A reviewer may rely on a field that the run does not read.
#[test]
fn unknown_fields_in_a_plan_are_refused() {
    let upper = plan()["registries"][0]["id"].as_str().unwrap().to_owned() + "/";
    let rows = [
        ("/Changes", json!([]), "`/registries/0/Changes`"),
        (
            "/access/comment",
            json!("nobody"),
            "`/registries/0/access/comment`",
        ),
        (
            "/changes/1/add/0/valve",
            json!("x"),
            "`/registries/0/changes/1/add/0/valve`",
        ),
        ("/changes/1/before", json!(0.0), "its action does not fit"),
        ("/lastModified", Value::Null, "`/registries/0/lastModified`"),
        ("/id", json!(upper), "`/registries/0/id`"),
    ];
    for (at, value, says) in rows {
        let said = refused(&[(at, value)]);
        assert!(said.contains(says), "{at}: {said}");
    }
}

/// The checksum does not cover the time, and the snapshot's name contains it.
#[test]
fn plan_needs_a_valid_creation_time() {
    let long = "1".repeat(1000);
    for created in [
        "",
        "yesterday",
        "../../x",
        "2026-11-21",
        "2026-11-21T03:00:00.5Z",
        &long,
    ] {
        let mut plan = plan();
        plan["created"] = json!(created);
        let error = Plan::from_json(plan.to_string()).expect_err(created);
        let says = "it is not a plan: its `created` is not a time such as 2026-11-21T08:00:00Z";
        assert_eq!(error.to_string(), says, "{created}");
    }
}

/// What a plan says about itself must follow from its basis and its changes.
#[test]
fn statements_that_do_not_follow_from_changes_are_refused() {
    let managed_without_subnets = json!([
        "publicNetworkAccess",
        "networkRuleSet.ipRules",
        "networkRuleBypassOptions",
        "dataEndpointEnabled",
    ]);
    let endpoints = plan()["registries"][0]["changes"][ENDPOINTS].clone();
    let access = "who gains and loses access";
    let rows = [
        ("/mode/before", json!("open"), access),
        ("/mode/after", json!("open"), access),
        ("/access/opened", json!(7), access),
        ("/access/closed", json!(7), access),
        ("/access/subnetsOpened", json!([subnet("x").as_str()]), access),
        ("/access/effect", json!("none"), access),
        ("/access/loses", json!({"only": {"addresses": 0}}), access),
        (
            "/basis/defaultAction",
            json!("Allow"),
            "are not those of its changes",
        ),
        ("/managed", managed_without_subnets, "which it does not manage"),
        ("/basis/subnets", json!({}), "was not read without the endpoint"),
        ("/changes/0", endpoints, "is not as plans have it"),
    ];
    for (at, value, says) in rows {
        let said = refused(&[(at, value)]);
        assert!(said.contains(says), "{at}: {said}");
    }
}

#[test]
fn sums_and_order_of_registries_must_fit() {
    let plan = plan();
    let mut rows = Vec::new();
    let mut twice = plan.clone();
    let registry = twice["registries"][0].clone();
    twice["registries"].as_array_mut().unwrap().push(registry);
    rows.push((twice, "its registries are not sorted, or not each there once"));
    for count in plan["summary"].as_object().unwrap().keys() {
        let mut other = plan.clone();
        other["summary"][count] = json!(99);
        rows.push((other, "its summary does not add up"));
    }
    for (forged, says) in rows {
        assert_eq!(refused_whole(forged), format!("it is not a plan: {says}"));
    }
}
