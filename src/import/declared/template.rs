//! Resource Manager templates, as people write them and as Bicep compiles them.

use std::collections::BTreeMap;

use serde_json::Value;

use super::budget::Budget;
use super::node::{Node, NodeValue};
use super::registry::{DeclaredRegistry, Identity};
use super::terraform::REGISTRIES;

/// Most references that follow each other.
const MOST_HOPS: usize = 16;
const DEPLOYMENTS: &str = "Microsoft.Resources/deployments";

/// The values that expressions of one template can be resolved to.
#[derive(Clone, Copy)]
struct TemplateScope<'a> {
    variables: &'a Value,
    /// Parameters that an outer template passes. Those of the outermost one are given when it is deployed.
    parameters: &'a BTreeMap<&'a str, &'a Value>,
    budget: &'a Budget,
}

/// What nested deployments say about the registries inside.
#[derive(Clone, Debug, Default)]
struct NestedPlace {
    subscription: Option<Node>,
    group: Option<Node>,
    /// The reason why a deployment makes none or several of them.
    uncertain: Option<String>,
}

/// What a template declares.
#[derive(Debug, Default)]
pub(crate) struct Template {
    pub(crate) registries: Vec<DeclaredRegistry>,
    /// Places of deployments whose template is another file.
    pub(crate) linked: Vec<String>,
}

/// Reads a template. Returns `None` if the document is not one.
pub(crate) fn template(document: &Value) -> Option<Template> {
    let schema = document["$schema"].as_str()?;
    if !schema.to_ascii_lowercase().contains("deploymenttemplate.json") {
        return None;
    }
    let scope = TemplateScope {
        variables: &document["variables"],
        parameters: &BTreeMap::new(),
        budget: &Budget::new(),
    };
    let mut found = Template::default();
    collect(document, "", scope, &NestedPlace::default(), &mut found);
    Some(found)
}

fn collect(
    template: &Value,
    place: &str,
    scope: TemplateScope<'_>,
    target: &NestedPlace,
    found: &mut Template,
) {
    for (key, resource) in entries(&template["resources"]) {
        let place = format!("{place}resources{key}");
        let kind = resource["type"].as_str().unwrap_or_default();
        // Bicep's `existing` declares nothing.
        if resource["existing"] == true {
            continue;
        }
        if kind.eq_ignore_ascii_case(REGISTRIES) {
            found.registries.push(scope.registry(resource, &place, target));
        } else if kind.eq_ignore_ascii_case(DEPLOYMENTS) {
            nested(resource, &place, scope, target, found);
        }
    }
}

/// Reads the template of a nested deployment, such as a module of Bicep.
fn nested(
    resource: &Value,
    place: &str,
    scope: TemplateScope<'_>,
    target: &NestedPlace,
    found: &mut Template,
) {
    let properties = &resource["properties"];
    let template = &properties["template"];
    if !template.is_object() {
        found.linked.push(place.to_owned());
        return;
    }
    let mut passed = BTreeMap::new();
    for (name, parameter) in properties["parameters"].as_object().into_iter().flatten() {
        let value = scope.resolve(&parameter["value"]);
        // An expression inside would be one of the outer template.
        if !scope.has_expression(value) {
            passed.insert(name.as_str(), value);
        }
    }
    // A template without a scope of its own uses the names of the outer one (docs: nested templates).
    let inner = properties["expressionEvaluationOptions"]["scope"]
        .as_str()
        .is_some_and(|scope| scope.eq_ignore_ascii_case("inner"));
    let own = TemplateScope {
        variables: &template["variables"],
        parameters: &passed,
        budget: scope.budget,
    };
    let mut target = target.clone();
    if let Some(reason) = scope.uncertain(resource, place) {
        let reason = format!("the deployment `{place}` around it has {reason}");
        target.uncertain.get_or_insert(reason);
    }
    for (key, part) in [
        ("subscriptionId", &mut target.subscription),
        ("resourceGroup", &mut target.group),
    ] {
        if !scope.resolve(&resource[key]).is_null() {
            *part = Some(scope.node(&format!("{place}.{key}"), &resource[key], 0));
        }
    }
    let scope = if inner { own } else { scope };
    let place = format!("{place}.properties.template.");
    collect(template, &place, scope, &target, found);
}

/// Returns the entries of a list or an object, each with its path.
fn entries(resources: &Value) -> Vec<(String, &Value)> {
    let mut all = Vec::new();
    for (number, resource) in resources.as_array().into_iter().flatten().enumerate() {
        all.push((format!("[{number}]"), resource));
    }
    for (name, resource) in resources.as_object().into_iter().flatten() {
        all.push((format!(".{name}"), resource));
    }
    all
}

impl<'a> TemplateScope<'a> {
    fn registry(self, resource: &'a Value, place: &str, target: &NestedPlace) -> DeclaredRegistry {
        let body = self.node(place, resource, 0);
        let own = self
            .uncertain(resource, place)
            .map(|reason| format!("it has {reason}"));
        let identity = match own.or_else(|| target.uncertain.clone()) {
            Some(reason) => Identity::Unknown(reason),
            None => Identity::Named {
                subscription: target.subscription.clone().into(),
                group: target.group.clone(),
                name: body.get("name").cloned(),
            },
        };
        DeclaredRegistry {
            place: place.to_owned(),
            identity,
            sku: body.at("sku.name").cloned(),
            properties: match body.get("properties") {
                Some(properties) => properties.clone(),
                None => Node::new(place, NodeValue::Map(Vec::new())),
            },
            notes: Vec::new(),
        }
    }

    /// Returns what makes none or several of a resource.
    fn uncertain(self, resource: &'a Value, place: &str) -> Option<&'static str> {
        if !resource["copy"].is_null() {
            return Some("a `copy` loop");
        }
        if resource["condition"].is_null() {
            return None;
        }
        let condition = self.node(place, &resource["condition"], 0);
        (condition.flag() != Some(true)).then_some("a `condition`")
    }

    /// Makes nodes out of JSON. Texts in brackets are expressions.
    fn node(self, place: &str, value: &'a Value, hops: usize) -> Node {
        let followed = self.resolve(value);
        // Each reference on the way counts, so that a circle ends.
        let hops = hops + usize::from(!std::ptr::eq(followed, value));
        let length = followed.as_str().map_or(0, str::len);
        if hops > MOST_HOPS || !self.budget.spend(length) {
            let text = value.as_str().unwrap_or("an expression");
            return Node::new(place, NodeValue::Unresolved(text.to_owned()));
        }
        let node = match followed {
            Value::Array(entries) => {
                let mut list = Vec::new();
                for (number, entry) in entries.iter().enumerate() {
                    list.push(self.node(&format!("{place}[{number}]"), entry, hops));
                }
                NodeValue::List(list)
            }
            // `copy` makes properties that are not written.
            Value::Object(object) if object.contains_key("copy") => {
                NodeValue::Unresolved("copy".to_owned())
            }
            Value::Object(object) => {
                let mut map = Vec::new();
                for (key, entry) in object {
                    map.push((key.clone(), self.node(&format!("{place}.{key}"), entry, hops)));
                }
                NodeValue::Map(map)
            }
            Value::String(text) if is_expression(text) => NodeValue::Unresolved(text.clone()),
            // A text that begins with two brackets is one that begins with one (docs: template syntax).
            Value::String(text) if text.starts_with("[[") => NodeValue::Scalar(text[1..].into()),
            scalar => NodeValue::Scalar(scalar.clone()),
        };
        Node::new(place, node)
    }

    /// Follows references to variables, and to parameters that are passed. Other expressions stay.
    fn resolve(self, value: &'a Value) -> &'a Value {
        let mut value = value;
        for _ in 0..MOST_HOPS {
            let known = match value.as_str().and_then(reference) {
                Some(("variables", name)) => self.variables.get(name),
                Some(("parameters", name)) => self.parameters.get(name).copied(),
                _ => None,
            };
            let Some(known) = known else { break };
            value = known;
        }
        value
    }

    /// Returns true if a value has an expression in it, or is too large to look through.
    fn has_expression(self, value: &Value) -> bool {
        if !self.budget.spend(0) {
            return true;
        }
        match value {
            Value::String(text) => is_expression(text),
            Value::Array(entries) => entries.iter().any(|entry| self.has_expression(entry)),
            Value::Object(object) => object.values().any(|entry| self.has_expression(entry)),
            _ => false,
        }
    }
}

fn is_expression(text: &str) -> bool {
    text.starts_with('[') && !text.starts_with("[[") && text.ends_with(']')
}

/// Splits `[variables('NAME')]` and `[parameters('NAME')]`.
fn reference(text: &str) -> Option<(&str, &str)> {
    let inner = text.strip_prefix('[')?.strip_suffix(']')?.trim();
    let (function, rest) = inner.split_once('(')?;
    let name = rest.trim().strip_suffix(')')?.trim();
    let name = name.strip_prefix('\'')?.strip_suffix('\'')?;
    (!name.contains(['\'', '(', ')'])).then_some((function.trim(), name))
}
