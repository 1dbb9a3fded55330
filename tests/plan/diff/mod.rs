//! Planning of one registry, from lines of YAML and a live state, down to the JSON of the plan. Each file holds tables of
//! one aspect of a plan.

mod access;
mod changes;
mod checks;
mod every_check;
mod every_guard;
mod every_setting;
mod expectations;
mod findings;
mod guards;
mod lease_orders;
mod leases;
mod patch;
mod plans;
mod saved;
mod steps;
mod switched;
mod undo;
mod verification;
mod who;

use std::collections::{BTreeMap, BTreeSet};

use ringfence::live::{LiveSubnet, Reading, parse};
use ringfence::model::SubnetId;
use ringfence::plan::{Guard, Policy, RegistryPlan, plan_registry};
use ringfence::spec::{self, RegistrySpec};
use serde_json::{Value, json};

use crate::azure_bodies::{premium_registry, subnet_body, subnet_id};
use crate::readings::reading;
use crate::spec_text::spec_of;

/// The subnet of this name in the network `hub`.
pub(crate) fn hub(name: &str) -> SubnetId {
    subnet_id("hub", name)
}

/// The body of a registry with this default action, these IP rules, and rules for these subnets of `hub`.
pub(crate) fn live(action: &str, ips: &[&str], subnets: &[&str]) -> Value {
    let mut body = premium_registry("contoso");
    let mut ip_rules = Vec::new();
    for value in ips {
        ip_rules.push(json!({"action": "Allow", "value": value}));
    }
    let mut subnet_rules = Vec::new();
    for name in subnets {
        subnet_rules
            .push(json!({"action": "Allow", "virtualNetworkSubnetResourceId": hub(name).as_str()}));
    }
    body["properties"]["networkRuleSet"] =
        json!({"defaultAction": action, "ipRules": ip_rules, "virtualNetworkRules": subnet_rules});
    body
}

/// The same body with one property replaced.
pub(crate) fn with(mut body: Value, property: &str, value: Value) -> Value {
    body["properties"][property] = value;
    body
}

/// The same body without one property.
fn without(mut body: Value, property: &str) -> Value {
    body["properties"].as_object_mut().unwrap().remove(property);
    body
}

/// The registry of a spec with these lines. `$build` and the like stand for subnets of `hub`.
pub(crate) fn wanted(lines: &str) -> RegistrySpec {
    let mut text = spec_of(lines);
    for name in ["build", "test", "old"] {
        text = text.replace(&format!("${name}"), hub(name).as_str());
    }
    let loaded = spec::load_str("spec.yaml", &text, "2026-11-21".parse().unwrap())
        .unwrap_or_else(|error| panic!("{text}\n{error:?}"));
    loaded.spec.registries[0].clone()
}

/// A reading that has these subnets of `hub`, each with its endpoint on or off.
pub(crate) fn reading_with(body: &Value, subnets: &[(&str, bool)]) -> Reading {
    let mut found = BTreeMap::new();
    for (name, endpoint) in subnets {
        let mut body = subnet_body(&hub(name));
        if *endpoint {
            body["properties"]["serviceEndpoints"] = json!([
                {"service": "Microsoft.ContainerRegistry", "locations": ["*"], "provisioningState": "Succeeded"}
            ]);
        }
        let subnet = parse::subnet("2024-05-01", None, body).unwrap();
        found.insert(hub(name), LiveSubnet::Present(subnet));
    }
    Reading {
        subnets: found,
        ..reading(body)
    }
}

fn planned(lines: &str, body: &Value) -> RegistryPlan {
    plan_registry(&wanted(lines), &reading(body), &Policy::default())
}

/// The policy that removes rules whose clients are not known.
fn removing_unparsed() -> Policy {
    Policy {
        overrides: BTreeSet::from([Guard::Unparsed]),
        ..Policy::default()
    }
}

/// Text without the part of subnet ids that all of them share.
fn short(text: &str) -> String {
    let build = hub("build");
    let prefix = build.as_str().strip_suffix("build").unwrap();
    text.replace(prefix, "hub/")
}

/// Each change in one line: `path: before -> after`, or `path: +added -removed`.
fn shown(plan: &RegistryPlan) -> Vec<String> {
    let plan = serde_json::to_value(plan).unwrap();
    let mut lines = Vec::new();
    for change in plan["changes"].as_array().unwrap() {
        let mut line = format!("{}:", change["path"].as_str().unwrap());
        if change.get("after").is_some() {
            line += &format!(" {} -> {}", change["before"], change["after"]);
        }
        for (key, sign) in [("add", '+'), ("remove", '-')] {
            for rule in change[key].as_array().into_iter().flatten() {
                line += &format!(" {sign}{}", rule["value"].as_str().unwrap());
            }
        }
        lines.push(short(&line));
    }
    lines
}
