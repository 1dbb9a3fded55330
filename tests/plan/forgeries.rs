//! Saved plans that planning cannot have made, each with a matching checksum. The reverse property, that every plan
//! round-trips, is in `properties`.

use std::collections::BTreeMap;

use crate::azure_bodies::{SUBSCRIPTION, premium_registry, subnet_body, subnet_id};
use crate::readings::{reading, unmanaged, wanted_subnets};
use crate::wanted_ips::wanted_ips;
use ringfence::live::{Live, LiveSubnet, Reading, parse};
use ringfence::model::{PublicNetworkAccess, Rule, Setting, SubnetId};
use ringfence::plan::{Plan, Policy, SavedPlanError, checksum, diff};
use ringfence::render::Document;
use ringfence::spec::Spec;
use serde_json::{Value, json};

/// Indexes of the changes of [`plan`].
const PUBLIC: usize = 0;
const IPS: usize = 1;
const SUBNETS: usize = 2;
const BYPASS: usize = 3;
const DATA: usize = 4;
const ENDPOINTS: usize = 5;

fn subnet(name: &str) -> SubnetId {
    subnet_id("hub", name)
}

/// A registry with every kind of change, and with settings that stay unmanaged.
fn live() -> Reading {
    let mut body = premium_registry("contoso");
    let ip = |value: &str| json!({"action": "Allow", "value": value});
    let ips = ["9.9.9.9", "198.51.100.1", "198.51.100.1/32", "8.8.4.4", "8.8.8.8"].map(ip);
    let old = json!({"action": "Allow", "id": subnet("old").as_str()});
    body["properties"]["networkRuleSet"] =
        json!({"defaultAction": "Deny", "ipRules": ips, "virtualNetworkRules": [old]});
    let read = |id: SubnetId| {
        let subnet = parse::subnet("2024-05-01", None, subnet_body(&id)).unwrap();
        (id, LiveSubnet::Present(subnet))
    };
    Reading {
        subnets: ["build", "test"].map(subnet).map(read).into(),
        registrations: BTreeMap::from([(SUBSCRIPTION.to_owned(), "NotRegistered".to_owned())]),
        ..reading(&body)
    }
}

fn plan() -> Value {
    let reading = live();
    let mut spec = unmanaged(&reading.registry.body);
    spec.settings
        .want_unsourced(Setting::PublicNetworkAccess, PublicNetworkAccess::Disabled);
    spec.settings.want_unsourced(
        Setting::IpRules,
        wanted_ips(&["9.9.9.9", "203.0.113.7", "203.0.113.0/30"]),
    );
    spec.settings.want_unsourced(
        Setting::VirtualNetworkRules,
        wanted_subnets(&["build", "test"].map(subnet)),
    );
    spec.settings
        .want_unsourced(Setting::NetworkRuleBypassOptions, "None");
    spec.settings.want_unsourced(Setting::DataEndpointEnabled, true);
    spec.ignore = vec![Rule::parse("8.8.8.0/24")];
    let live = Live {
        registries: BTreeMap::from([(spec.id.clone(), Ok(reading))]),
    };
    let spec = Spec {
        files: vec!["spec.yaml".to_owned()],
        registries: vec![spec],
        ..Spec::default()
    };
    let policy = Policy {
        created: "2026-11-21T03:00:00Z".to_owned(),
        ..Policy::default()
    };
    serde_json::from_str(&diff(&spec, &live, &policy).json()).unwrap()
}

/// Returns the reason for refusing a plan with one edited registry and a matching checksum.
fn refused(edits: &[(&str, Value)]) -> String {
    let mut plan = plan();
    for (at, value) in edits {
        let (parent, key) = at.rsplit_once('/').unwrap();
        let parent = plan["registries"][0].pointer_mut(parent).expect(at);
        match parent {
            Value::Array(list) => list[key.parse::<usize>().unwrap()] = value.clone(),
            parent => parent[key] = value.clone(),
        }
    }
    refused_whole(plan)
}

/// Returns the reason for refusing a plan that was given a matching checksum.
fn refused_whole(mut plan: Value) -> String {
    let mut sealed: Plan = serde_json::from_value(plan.clone()).expect("the shape is right");
    sealed.created.clear();
    sealed.checksum.clear();
    plan["checksum"] = json!(checksum(&sealed));
    let error = Plan::from_json(plan.to_string()).expect_err("a forged plan");
    assert!(matches!(error, SavedPlanError::NotAPlan(_)), "{error:?}");
    error.to_string()
}

fn rules(values: &[&str]) -> Value {
    values.iter().map(|value| json!({ "value": value })).collect()
}

#[test]
fn unedited_plan_is_consistent() {
    let plan = plan();
    let changes = &plan["registries"][0]["changes"];
    let paths = [
        (PUBLIC, "publicNetworkAccess"),
        (IPS, "networkRuleSet.ipRules"),
        (SUBNETS, "networkRuleSet.virtualNetworkRules"),
        (BYPASS, "networkRuleBypassOptions"),
        (DATA, "dataEndpointEnabled"),
        (ENDPOINTS, "subnet.serviceEndpoints"),
    ];
    for (at, path) in paths {
        assert_eq!(changes[at]["path"], path);
    }
    let gone = rules(&["8.8.4.4", "198.51.100.1", "198.51.100.1/32"]);
    assert_eq!(changes[IPS]["remove"], gone);
    assert!(Plan::from_json(plan.to_string()).is_ok());
}

/// Azure may read a text as a range that our parser refuses.
#[test]
fn only_canonical_rules_are_accepted() {
    let no_rule = "is not written as plans write rules";
    for value in [
        "198.51.100.5/0",
        "0.0.0.0/0 ",
        " 0.0.0.0/0",
        "0.0.0.0/00",
        "0.0.0.0/0\u{0}",
        "00.0.0.0/0",
        "203.0.113.7/32",
        "2001:db8::/32",
        "*",
        "",
        subnet("build").as_str(),
    ] {
        let says = refused(&[(&format!("/changes/{IPS}/add"), rules(&[value]))]);
        assert!(says.contains(no_rule), "{value}: {says}");
    }
    let registry = premium_registry("contoso")["id"].clone();
    for value in [
        &format!("{}/", subnet("build")),
        registry.as_str().unwrap(),
        "0.0.0.0/0",
        "",
    ] {
        for at in [SUBNETS, ENDPOINTS] {
            let says = refused(&[(&format!("/changes/{at}/add"), rules(&[value]))]);
            assert!(says.contains(no_rule), "{value}: {says}");
        }
    }
}

#[test]
fn additions_are_new_and_removals_were_read() {
    let gone = ["8.8.4.4", "198.51.100.1", "198.51.100.1/32"];
    let [build, test] = ["build", "test"].map(|name| subnet(name).to_string());
    let (build, test) = (build.as_str(), test.as_str());
    let old = subnet("old").to_string();
    let in_unsorted = "the rules that go in are not sorted, or one is there twice";
    let out_unsorted = "the rules that go out are not sorted, or not those that were read";
    let there = "a rule that goes in is there already";
    let rows = [
        (IPS, "add", rules(&["203.0.113.7", "203.0.113.0/30"]), in_unsorted),
        (IPS, "add", rules(&["203.0.113.7", "203.0.113.7"]), in_unsorted),
        (IPS, "add", rules(&["9.9.9.9"]), there),
        (IPS, "add", rules(&["198.51.100.1"]), there),
        (IPS, "remove", rules(&gone[..2]), out_unsorted),
        (IPS, "remove", rules(&[gone[1], gone[2], gone[0]]), out_unsorted),
        (IPS, "remove", rules(&[gone[0], gone[0]]), out_unsorted),
        (IPS, "remove", rules(&["8.8.4.4/32"]), out_unsorted),
        (IPS, "remove", rules(&["1.1.1.1"]), out_unsorted),
        (
            IPS,
            "remove",
            rules(&["8.8.8.8"]),
            "`8.8.8.8` is not the spec's to remove",
        ),
        (IPS, "action", json!("add"), "its action does not fit"),
        (IPS, "after", json!("0.0.0.0/0"), "its action does not fit"),
        (SUBNETS, "add", rules(&[test, build]), in_unsorted),
        (SUBNETS, "add", rules(&[&old]), there),
        (SUBNETS, "remove", rules(&[&old.to_uppercase()]), out_unsorted),
        (SUBNETS, "remove", rules(&[build]), out_unsorted),
        (ENDPOINTS, "add", rules(&[build, build]), in_unsorted),
        (
            ENDPOINTS,
            "add",
            rules(&[&old]),
            "was not read without the endpoint",
        ),
        (
            ENDPOINTS,
            "remove",
            rules(&[build]),
            "`/registries/0/changes/5/remove` is not as plans have it",
        ),
        (
            ENDPOINTS,
            "action",
            json!("change"),
            "`/registries/0/changes/5/action` is not as plans have it",
        ),
    ];
    for (change, key, value, says) in rows {
        let edit = (&*format!("/changes/{change}/{key}"), value.clone());
        let said = refused(&[edit]);
        assert!(said.contains(says), "{change} {key} {value}: {said}");
    }
}

/// ARM may give another spelling a meaning that the plan does not show.
#[test]
fn single_values_use_arms_spelling() {
    let none = "is none of its values";
    let already = "it is that already, or was not read";
    let fits = "its action does not fit";
    let starts = "it does not start at what was read";
    let rows = [
        (BYPASS, "after", json!("azureservices"), none),
        (BYPASS, "after", json!({"x": 1}), none),
        (BYPASS, "after", json!(["None"]), none),
        (BYPASS, "after", json!(false), none),
        (BYPASS, "after", json!("AzureServices"), already),
        (PUBLIC, "after", json!("SecuredByPerimeter"), none),
        (PUBLIC, "after", json!("disabled"), none),
        (PUBLIC, "after", json!("Enabled"), already),
        (PUBLIC, "after", Value::Null, none),
        (PUBLIC, "before", json!("enabled"), starts),
        (PUBLIC, "action", json!("remove"), fits),
        (PUBLIC, "add", rules(&["8.8.8.8"]), fits),
        (DATA, "after", json!("true"), none),
        (DATA, "after", json!(1), none),
        (DATA, "after", json!(false), already),
    ];
    for (change, key, value, says) in rows {
        let edit = (&*format!("/changes/{change}/{key}"), value.clone());
        let said = refused(&[edit]);
        assert!(said.contains(says), "{change} {key} {value}: {said}");
    }
    let hidden = [
        ("/basis/publicNetworkAccess", Value::Null),
        ("/changes/0/before", Value::Null),
    ];
    assert!(refused(&hidden).contains(already));
}

#[test]
fn changes_the_spec_cannot_ask_for_are_refused() {
    let plan = plan();
    let registry = &plan["registries"][0];
    let mut fewer = registry["changes"].clone();
    fewer[SUBNETS]["add"].as_array_mut().unwrap().pop();
    let mut swapped = registry["changes"].as_array().unwrap().clone();
    swapped.swap(PUBLIC, IPS);
    let mut endpoints_first = registry["changes"].as_array().unwrap().clone();
    endpoints_first.rotate_right(1);
    let mut steps = registry["steps"].as_array().unwrap().clone();
    let mut cheap = steps.clone();
    cheap.last_mut().unwrap().as_object_mut().unwrap().remove("cost");
    steps.insert(0, steps[0].clone());
    let rows = [
        ("/changes", json!(swapped), "are not sorted"),
        ("/changes", json!(endpoints_first), "is not as plans have it"),
        ("/changes", fewer, "a subnet has no rule"),
        (
            "/managed",
            json!(["publicNetworkAccess"]),
            "which it does not manage",
        ),
        ("/steps", json!(steps), "are not those of its changes"),
        ("/steps", json!(cheap), "are not those of its changes"),
        ("/ownership", json!("additive"), "is not the spec's to remove"),
        ("/ignore", json!(["8.0.0.0/8"]), "is not the spec's to remove"),
        ("/basis/virtualNetworkRules", Value::Null, "it was not read"),
        ("/basis/registrations", json!({}), "are not those of its changes"),
    ];
    for (at, value, says) in rows {
        let said = refused(&[(at, value)]);
        assert!(said.contains(says), "{at}: {said}");
    }
}

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
