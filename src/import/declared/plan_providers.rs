//! Subscriptions of the providers of a plan.

use std::collections::BTreeMap;

use serde_json::Value;

use super::node::{Node, NodeValue};
use super::registry::SaidSubscription;

/// The providers that the configuration of a plan gives to resources (docs: Terraform, JSON Output Format).
pub(super) struct PlanProviders<'a> {
    /// Keys of providers, by the type and the name of a resource. Modules can have resources of the same name.
    keys: BTreeMap<(&'a str, &'a str), Vec<&'a str>>,
    configs: &'a Value,
    variables: &'a Value,
}

impl<'a> PlanProviders<'a> {
    pub(super) fn of(document: &'a Value) -> Self {
        let configuration = &document["configuration"];
        let mut providers = Self {
            keys: BTreeMap::new(),
            configs: &configuration["provider_config"],
            variables: &document["variables"],
        };
        providers.collect(&configuration["root_module"]);
        providers
    }

    fn collect(&mut self, module: &'a Value) {
        for resource in module["resources"].as_array().into_iter().flatten() {
            if let (Some(kind), Some(name), Some(key)) = (
                resource["type"].as_str(),
                resource["name"].as_str(),
                resource["provider_config_key"].as_str(),
            ) {
                self.keys.entry((kind, name)).or_default().push(key);
            }
        }
        for (_, call) in module["module_calls"].as_object().into_iter().flatten() {
            self.collect(&call["module"]);
        }
    }

    /// Returns what the plan says about the subscription of a resource's provider.
    pub(super) fn subscription(&self, kind: &str, name: &str, place: &str) -> SaidSubscription {
        let mut said = Vec::new();
        for key in self.keys.get(&(kind, name)).into_iter().flatten() {
            said.push(self.of_provider(kind, key, place));
        }
        said.dedup();
        match said.len() {
            0 | 1 => said.pop().unwrap_or_default(),
            _ => SaidSubscription::Named(unresolved(place, "providers of several modules")),
        }
    }

    fn of_provider(&self, kind: &str, key: &str, place: &str) -> SaidSubscription {
        let subscription = &self.configs[key]["expressions"]["subscription_id"];
        let known = match &subscription["references"][0] {
            // A module has variables of its own.
            Value::String(reference) if !key.contains(':') => {
                let name = reference.strip_prefix("var.").unwrap_or_default();
                &self.variables[name]["value"]
            }
            _ => &subscription["constant_value"],
        };
        // The key of a provider in a module is `module.NAME:PROVIDER`.
        let name = key.rsplit_once(':').map_or(key, |(_, name)| name);
        let default = kind.split_once('_').is_some_and(|(provider, _)| provider == name);
        match known {
            Value::String(_) => {
                SaidSubscription::Named(Node::new(place, NodeValue::Scalar(known.clone())))
            }
            _ if default => match &subscription["references"][0] {
                Value::String(reference) => SaidSubscription::Open(unresolved(place, reference)),
                _ => SaidSubscription::Nothing,
            },
            _ => SaidSubscription::Named(unresolved(place, key)),
        }
    }
}

fn unresolved(place: &str, text: &str) -> Node {
    Node::new(
        format!("{place}.provider"),
        NodeValue::Unresolved(text.to_owned()),
    )
}
