//! Saved plans that planning cannot have made, each with a matching checksum. The reverse property, that every plan
//! round-trips, is in `properties`.

mod changes;
mod statements;

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
        ..Live::default()
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
