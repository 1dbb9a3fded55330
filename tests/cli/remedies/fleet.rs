//! The registries of all walks in one sandbox, and the commands about them.

use std::cell::RefCell;
use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::situations::{Situation, connections};
use super::walk::{Found, Walk};
use super::wanted::{ELSEWHERE, FAR, PRESENT, named_subnets, subnet_of};
use crate::azure_bodies::{SUBSCRIPTION, premium_registry, registry_id, subnet_id};
use crate::ringfence_binary::{Run, Scenario};
use crate::virtual_network::vnet_body;

/// One sandbox.
pub(super) struct Fleet {
    scenario: Scenario,
    cloud: Option<&'static str>,
    /// The state of the sandbox between two commands.
    state: RefCell<Value>,
}

impl Fleet {
    pub(super) fn new(cloud: Option<&'static str>) -> Self {
        let scenario = Scenario::new("", &[]);
        let mut state = scenario.state();
        let tenant = state["subscriptions"][0]["tenant"].clone();
        state["subscriptions"].as_array_mut().unwrap().push(json!({
            "id": ELSEWHERE, "tenant": tenant, "registered": ["Microsoft.Network"]
        }));
        let state = RefCell::new(state);
        Self {
            scenario,
            cloud,
            state,
        }
    }

    /// Puts the registries and networks of these walks into the sandbox.
    pub(super) fn seed(&self, walks: &[Walk]) {
        let mut resources = Vec::new();
        for walk in walks {
            resources.push(registry(&walk.tag, &walk.situation));
            resources.push(network(&walk.tag));
            if walk.situation.caches {
                let id = format!("{}/cacheRules/mirror", registry_id(&walk.tag));
                resources.push(json!({"id": id, "properties": {}}));
            }
            if walk.situation.subnets.contains(&FAR) {
                resources.push(far_network(&walk.tag));
            }
        }
        self.state.borrow_mut()["resources"] = resources.into();
    }

    /// Audits all registries. Returns the findings of each.
    pub(super) fn audit(&self, walks: &[Walk]) -> BTreeMap<String, Vec<Found>> {
        self.write_spec(walks);
        let run = self.run(&["audit", "spec.yaml", "--notes", "-o", "json"]);
        let audit: Value =
            serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{}", run.stderr));
        assert!(matches!(run.code, 0 | 2), "{}\n{}", run.stderr, audit["failures"]);
        let mut found: BTreeMap<String, Vec<Found>> = BTreeMap::new();
        for walk in walks {
            found.insert(walk.tag.clone(), Vec::new());
        }
        for finding in audit["posture"].as_array().unwrap() {
            let (_, tag) = finding["registry"].as_str().unwrap().rsplit_once('/').unwrap();
            found.get_mut(tag).unwrap().push(Found::of(finding));
        }
        found
    }

    /// Applies the specs of all walks, and lets each do what comes after that. Leaves out and returns what is refused.
    pub(super) fn apply(&self, walks: &mut Vec<Walk>) -> Vec<String> {
        let mut words = vec![
            "apply",
            "spec.yaml",
            "--yes",
            "--verify-endpoints",
            "--override",
            "last-rule",
            "-o",
            "json",
        ];
        if walks.iter().any(|walk| walk.takes_out) {
            words.extend(["--override", "unparsed"]);
        }
        let mut faults = Vec::new();
        while !walks.is_empty() {
            self.write_spec(walks);
            let run = self.run(&words);
            let report: Value =
                serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{}", run.stderr));
            if run.code == 0 {
                break;
            }
            let refused = refused(&report);
            assert!(!refused.is_empty(), "{report}");
            for (tag, reason) in refused {
                if let Some(at) = walks.iter().position(|walk| walk.tag == tag) {
                    faults.push(format!("refused: {reason}\n{}", walks.remove(at).story()));
                }
            }
        }
        for walk in walks {
            walk.finish_step(self);
        }
        faults
    }

    /// Runs a command as a next step has it. Returns what went wrong.
    pub(super) fn command(&self, words: &[String]) -> Option<String> {
        let mut words: Vec<&str> = words[1..].iter().map(String::as_str).collect();
        if words[0] == "rule" {
            words.extend(["--override", "last-rule"]);
        }
        let run = self.around(|scenario| scenario.run_plain(&words));
        (run.code != 0).then(|| format!("{words:?}: {}{}", run.stdout, run.stderr))
    }

    /// Saves the state, runs a command, and loads the state that it leaves.
    fn around(&self, run: impl FnOnce(&Scenario) -> Run) -> Run {
        self.scenario.seed_state(&self.state.borrow());
        let run = run(&self.scenario);
        self.state.replace(self.scenario.state());
        run
    }

    fn run(&self, words: &[&str]) -> Run {
        let mut words = words.to_vec();
        if let Some(cloud) = self.cloud {
            words.extend(["--cloud", cloud]);
        }
        self.around(|scenario| scenario.run(&words))
    }

    /// Writes the spec of these walks. Registries of others are done with.
    fn write_spec(&self, walks: &[Walk]) {
        if let Some(resources) = self.state.borrow_mut()["resources"].as_array_mut() {
            resources.retain(|resource| {
                let id = resource["id"].as_str().unwrap_or_default();
                walks.iter().any(|walk| id.contains(&walk.tag))
            });
        }
        let mut text = "version: 1\nsubnets:\n".to_owned();
        for walk in walks {
            text += &named_subnets(&walk.tag, walk.situation.shared);
        }
        text += "registries:\n";
        for walk in walks {
            text += &walk.wanted.registry(&walk.tag);
        }
        self.scenario.write("spec.yaml", &text);
    }

    /// Returns a registry as the sandbox has it.
    pub(super) fn registry(&self, tag: &str) -> Value {
        find(&self.state.borrow(), "/registries/", tag).clone()
    }

    /// Returns the network of a walk.
    pub(super) fn network(&self, tag: &str) -> Value {
        find(&self.state.borrow(), "/virtualNetworks/", tag).clone()
    }

    /// Returns what decides about access, as text.
    pub(super) fn access_settings(&self, tag: &str) -> String {
        let registry = self.registry(tag);
        let properties = &registry["properties"];
        let mut text = registry["sku"]["name"].to_string() + &registry["tags"].to_string();
        for key in [
            "networkRuleSet",
            "publicNetworkAccess",
            "networkRuleBypassOptions",
            "networkRuleBypassAllowedForTasks",
            "dataEndpointEnabled",
            "endpointProtocol",
            "privateEndpointConnections",
            "adminUserEnabled",
            "anonymousPullEnabled",
        ] {
            text += &properties[key].to_string();
        }
        text
    }

    /// Changes a registry as another tool would.
    pub(super) fn change(&self, tag: &str, change: impl FnOnce(&mut Value)) {
        change(find_mut(&mut self.state.borrow_mut(), "/registries/", tag));
    }

    /// Registers our provider in a subscription as another tool would.
    pub(super) fn register(&self, subscription: &str) {
        let mut state = self.state.borrow_mut();
        for one in state["subscriptions"].as_array_mut().unwrap() {
            if one["id"] == subscription {
                let registered = one["registered"].as_array_mut().unwrap();
                registered.push("Microsoft.ContainerRegistry".into());
            }
        }
    }

    /// Turns the endpoint of a subnet off as another tool would.
    pub(super) fn turn_off(&self, tag: &str, id: &str) {
        let mut state = self.state.borrow_mut();
        let network = find_mut(&mut state, "/virtualNetworks/", tag);
        for subnet in network["properties"]["subnets"].as_array_mut().unwrap() {
            if subnet["id"] == id {
                subnet["properties"]
                    .as_object_mut()
                    .unwrap()
                    .remove("serviceEndpoints");
            }
        }
    }
}

/// Returns the walks that an apply refuses or fails, each with the reason.
fn refused(report: &Value) -> Vec<(String, String)> {
    let mut refused = Vec::new();
    for registry in report["registries"].as_array().into_iter().flatten() {
        let refusals = registry["refusals"]
            .as_array()
            .is_some_and(|refusals| !refusals.is_empty());
        if refusals || registry["outcome"] == "failed" || !registry["error"].is_null() {
            let (_, tag) = registry["id"].as_str().unwrap().rsplit_once('/').unwrap();
            refused.push((tag.to_owned(), registry.to_string()));
        }
    }
    for diagnostic in report["diagnostics"].as_array().into_iter().flatten() {
        let message = diagnostic["message"].as_str().unwrap();
        if let (Some(at), "error") = (message.find("walk"), diagnostic["severity"].as_str().unwrap()) {
            refused.push((message[at..at + 7].to_owned(), message.to_owned()));
        }
    }
    refused
}

fn is_at(resource: &Value, kind: &str, tag: &str) -> bool {
    let id = resource["id"].as_str().unwrap_or_default();
    id.ends_with(&format!("{kind}{tag}"))
}

fn find<'a>(state: &'a Value, kind: &str, tag: &str) -> &'a Value {
    let mut resources = state["resources"].as_array().into_iter().flatten();
    resources.find(|resource| is_at(resource, kind, tag)).unwrap()
}

fn find_mut<'a>(state: &'a mut Value, kind: &str, tag: &str) -> &'a mut Value {
    let mut resources = state["resources"].as_array_mut().into_iter().flatten();
    resources.find(|resource| is_at(resource, kind, tag)).unwrap()
}

fn registry(tag: &str, situation: &Situation) -> Value {
    let mut body = premium_registry(tag);
    body["sku"] = json!({"name": situation.sku, "tier": situation.sku});
    body["tags"] = situation.tags.clone();
    for (key, value) in situation.properties.as_object().unwrap() {
        body["properties"][key] = value.clone();
    }
    if situation.has_endpoint {
        body["properties"]["privateEndpointConnections"] = connections(tag);
    }
    let (mut ips, mut subnets) = (Vec::new(), Vec::new());
    for range in &situation.ips {
        ips.push(json!({"action": "Allow", "value": range}));
    }
    for name in &situation.subnets {
        subnets.push(json!({"action": "Allow", "id": subnet_of(tag, name)}));
    }
    body["properties"]["networkRuleSet"] =
        json!({"defaultAction": situation.action, "ipRules": ips, "virtualNetworkRules": subnets});
    body
}

/// The network of a walk in the other subscription, with the endpoint of its subnet on.
fn far_network(tag: &str) -> Value {
    let mut body = vnet_body(&[subnet_id(tag, FAR)]);
    body["properties"]["subnets"][0]["properties"]["serviceEndpoints"] = endpoint_on();
    let text = body.to_string().replace(SUBSCRIPTION, ELSEWHERE);
    serde_json::from_str(&text).unwrap()
}

/// A service endpoint for registries that is on.
fn endpoint_on() -> Value {
    json!([{"service": "Microsoft.ContainerRegistry", "locations": ["*"], "provisioningState": "Succeeded"}])
}

/// The network of a walk: endpoints on and off, with and without a delegation.
fn network(tag: &str) -> Value {
    let mut body = vnet_body(&PRESENT.map(|name| subnet_id(tag, name)));
    for subnet in body["properties"]["subnets"].as_array_mut().unwrap() {
        let name = subnet["name"].as_str().unwrap().to_owned();
        if !name.ends_with("off") && name != "noep" {
            subnet["properties"]["serviceEndpoints"] = endpoint_on();
        }
        if name.starts_with("del") {
            subnet["properties"]["delegations"] = json!([{
                "name": "d", "properties": {"serviceName": "Microsoft.ContainerInstance/containerGroups"}
            }]);
        }
    }
    body
}
