//! Terraform's plans and states as JSON, as `terraform show -json` prints them.

use std::collections::BTreeMap;

use serde_json::Value;

use super::node::{Node, NodeValue};
use super::plan_providers::PlanProviders;
use super::terraform::{Resource, is_registry_kind};

/// Reads the managed resources of all modules. Returns `None` if the document is neither a plan nor a state (docs:
/// Terraform, JSON Output Format).
pub(crate) fn resources(document: &Value) -> Option<Vec<Resource>> {
    let values = match &document["planned_values"] {
        Value::Null => &document["values"],
        planned => planned,
    };
    let root = values.get("root_module")?;
    let mut unknown = BTreeMap::new();
    for change in document["resource_changes"].as_array().into_iter().flatten() {
        if let Some(address) = change["address"].as_str() {
            unknown.insert(address, &change["change"]["after_unknown"]);
        }
    }
    let providers = PlanProviders::of(document);
    let mut resources = Vec::new();
    collect(root, &unknown, &providers, &mut resources);
    Some(resources)
}

fn collect(
    module: &Value,
    unknown: &BTreeMap<&str, &Value>,
    providers: &PlanProviders<'_>,
    resources: &mut Vec<Resource>,
) {
    for resource in module["resources"].as_array().into_iter().flatten() {
        let address = resource["address"].as_str().unwrap_or_default();
        let kind = resource["type"].as_str().unwrap_or_default();
        let name = resource["name"].as_str().unwrap_or_default();
        // A plan can be large, and most of it is about other resources.
        if resource["mode"] != "managed" || !is_registry_kind(kind) {
            continue;
        }
        let unknown = unknown.get(address).copied().unwrap_or(&Value::Null);
        resources.push(Resource {
            place: address.to_owned(),
            kind: kind.to_owned(),
            subscription: providers.subscription(kind, name, address),
            values: node(address, &resource["values"], unknown),
            sensitive: sensitive(&resource["sensitive_values"]),
        });
    }
    for child in module["child_modules"].as_array().into_iter().flatten() {
        collect(child, unknown, providers, resources);
    }
}

/// Returns the arguments with a part that is marked.
fn sensitive(marks: &Value) -> Vec<String> {
    let mut arguments = Vec::new();
    for (argument, mark) in marks.as_object().into_iter().flatten() {
        if is_marked(mark) {
            arguments.push(argument.clone());
        }
    }
    arguments
}

/// Returns true if a tree of marks has one that is set. It has the shape of the values.
fn is_marked(marks: &Value) -> bool {
    match marks {
        Value::Array(entries) => entries.iter().any(is_marked),
        Value::Object(object) => object.values().any(is_marked),
        mark => *mark == Value::Bool(true),
    }
}

/// Makes nodes out of values. What an apply has yet to find out is an expression.
fn node(place: &str, value: &Value, unknown: &Value) -> Node {
    if *unknown == Value::Bool(true) {
        return Node::new(place, NodeValue::Unresolved("known after apply".to_owned()));
    }
    let value = match value {
        Value::Array(entries) => {
            let mut list = Vec::new();
            for (number, entry) in entries.iter().enumerate() {
                let place = format!("{place}[{number}]");
                list.push(node(&place, entry, unknown.get(number).unwrap_or(&Value::Null)));
            }
            NodeValue::List(list)
        }
        Value::Object(object) => {
            let mut map = Vec::new();
            for (key, entry) in object {
                let place = format!("{place}.{key}");
                map.push((
                    key.clone(),
                    node(&place, entry, unknown.get(key).unwrap_or(&Value::Null)),
                ));
            }
            // A key without a value yet is in the other tree only.
            for (key, entry) in unknown.as_object().into_iter().flatten() {
                if object.get(key).is_none_or(Value::is_null) {
                    map.retain(|(name, _)| name != key);
                    map.push((key.clone(), node(&format!("{place}.{key}"), &Value::Null, entry)));
                }
            }
            NodeValue::Map(map)
        }
        scalar => NodeValue::Scalar(scalar.clone()),
    };
    Node::new(place, value)
}
