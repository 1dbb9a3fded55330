//! Resources of Terraform's providers that are registries, in ARM's shape.

use serde_json::Value;

use super::node::{Node, NodeValue};
use super::registry::{DeclaredRegistry, Identity, SaidSubscription, map};
use crate::import::notes::{SeenCode, SeenNote};

/// A resource of a configuration or a plan.
#[derive(Clone, Debug)]
pub(crate) struct Resource {
    /// The place and the address, such as `main.tf:3 azurerm_container_registry.acr`.
    pub(crate) place: String,
    pub(crate) kind: String,
    /// The subscription of the resource's provider.
    pub(crate) subscription: SaidSubscription,
    pub(crate) values: Node,
    /// Arguments with a value that Terraform does not show, because it is sensitive.
    pub(crate) sensitive: Vec<String>,
}

/// The type of registries in azapi and in templates.
pub(crate) const REGISTRIES: &str = "Microsoft.ContainerRegistry/registries";

/// Returns true for a type of resource that can be a registry.
pub(crate) fn is_registry_kind(kind: &str) -> bool {
    matches!(kind, AZURERM | "azapi_resource" | "azapi_update_resource")
}

const AZURERM: &str = "azurerm_container_registry";
/// The block that tells Terraform how to treat a resource.
pub(crate) const LIFECYCLE: &str = "lifecycle";
/// Beginnings of the arguments that a spec can want. `all` is a word of `ignore_changes`.
const WANTED: [&str; 5] = [
    "all",
    "body",
    "network_rule",
    "public_network_access_enabled",
    "data_endpoint_enabled",
];

impl Resource {
    /// Returns the registry that the resource declares, if it is one.
    pub(crate) fn registry(&self) -> Option<DeclaredRegistry> {
        match self.kind.as_str() {
            AZURERM => Some(self.azurerm()),
            _ => self.azapi(),
        }
    }

    /// Reads `azurerm_container_registry` (docs: provider azurerm, versions 2 to 5). Version 4 took `virtual_network` out, and
    /// version 5 has `network_rule_bypass_for_tasks_enabled`.
    fn azurerm(&self) -> DeclaredRegistry {
        let values = &self.values;
        let place = &values.place;
        let properties = map(
            place,
            vec![
                (
                    "publicNetworkAccess",
                    values.get("public_network_access_enabled").map(public_access),
                ),
                ("networkRuleSet", values.get("network_rule_set").map(rule_set)),
                (
                    "networkRuleBypassOptions",
                    values.get("network_rule_bypass_option").cloned(),
                ),
                (
                    "networkRuleBypassAllowedForTasks",
                    values.get("network_rule_bypass_for_tasks_enabled").cloned(),
                ),
                (
                    "dataEndpointEnabled",
                    values.get("data_endpoint_enabled").cloned(),
                ),
            ],
        );
        DeclaredRegistry {
            place: self.place.clone(),
            identity: match values.get("id") {
                Some(id) if id.text().is_some() => Identity::Id(id.clone()),
                _ => Identity::Named {
                    subscription: self.subscription.clone(),
                    group: values.get("resource_group_name").cloned(),
                    name: values.get("name").cloned(),
                },
            },
            sku: values.get("sku").cloned(),
            properties,
            notes: self.notes(),
        }
    }

    /// Reads a registry of provider azapi, whose body is that of ARM. Version 1 has it as a text of JSON.
    fn azapi(&self) -> Option<DeclaredRegistry> {
        let values = &self.values;
        let (kind, _) = values.get("type")?.text()?.split_once('@')?;
        if !kind.eq_ignore_ascii_case(REGISTRIES) {
            return None;
        }
        let body = values.get("body").map(body_of);
        let empty = Node::new(&*values.place, NodeValue::Map(Vec::new()));
        let body = body.unwrap_or(empty);
        let identity = match (
            values.get("resource_id"),
            values.get("parent_id"),
            values.get("name"),
        ) {
            (Some(id), _, _) => Identity::Id(id.clone()),
            (None, Some(parent), Some(name)) => Identity::Below {
                parent: parent.clone(),
                name: name.clone(),
            },
            _ => Identity::Unknown("it has no `resource_id`, and no `parent_id` and `name`".to_owned()),
        };
        Some(DeclaredRegistry {
            place: self.place.clone(),
            identity,
            sku: body.at("sku.name").cloned(),
            properties: body
                .at("properties")
                .cloned()
                .unwrap_or_else(|| Node::new(&*body.place, NodeValue::Map(Vec::new()))),
            notes: self.notes(),
        })
    }

    /// Returns what Terraform says of arguments that a spec can want: those that are sensitive, and those whose changes
    /// it ignores.
    fn notes(&self) -> Vec<SeenNote> {
        let mut notes = Vec::new();
        for argument in &self.sensitive {
            if is_wanted(argument) {
                notes.push(SeenNote {
                    code: SeenCode::Sensitive,
                    message: format!(
                        "{} marks `{argument}` as sensitive: the spec shows its value",
                        self.place
                    ),
                });
            }
        }
        // azapi names parts of the body so (docs: provider azapi, 1.9 and 2.12).
        if let Some(list) = self.values.get("ignore_body_changes") {
            for part in list.entries().unwrap_or(std::slice::from_ref(list)) {
                notes.extend(ignored_part(part));
            }
        }
        let NodeValue::Map(entries) = &self.values.value else {
            return notes;
        };
        for (key, blocks) in entries {
            if key != LIFECYCLE {
                continue;
            }
            for block in blocks.entries().unwrap_or_default() {
                let Some(list) = block.get("ignore_changes") else {
                    continue;
                };
                for entry in list.entries().unwrap_or(std::slice::from_ref(list)) {
                    notes.extend(ignored_changes(entry));
                }
            }
        }
        notes
    }
}

/// Returns true for an argument that a spec can want.
fn is_wanted(argument: &str) -> bool {
    WANTED.iter().any(|beginning| argument.starts_with(beginning))
}

/// Says that Terraform ignores changes of an argument that a spec can want.
fn ignored_changes(entry: &Node) -> Option<SeenNote> {
    let (NodeValue::Unresolved(name) | NodeValue::Scalar(Value::String(name))) = &entry.value else {
        return None;
    };
    is_wanted(name).then(|| ignores(&entry.place, name))
}

/// Says the same of a part of a body. An expression can be any part.
fn ignored_part(part: &Node) -> Option<SeenNote> {
    match &part.value {
        NodeValue::Scalar(Value::String(name)) if !name.starts_with("properties") => None,
        NodeValue::Scalar(Value::String(name)) | NodeValue::Unresolved(name) => {
            Some(ignores(&part.place, name))
        }
        _ => None,
    }
}

fn ignores(place: &str, name: &str) -> SeenNote {
    SeenNote {
        code: SeenCode::IgnoredChanges,
        message: format!("{place} ignores changes of `{name}`: what is live may differ from the files"),
    }
}

/// Reads `network_rule_set`, a block or a list of one object.
fn rule_set(node: &Node) -> Node {
    let set = match node.single() {
        Some(set) if set.is_unresolved() => return set.clone(),
        Some(set) => set,
        None if node.entries().is_some_and(<[Node]>::is_empty) => return map(&node.place, Vec::new()),
        None => return Node::new(&*node.place, NodeValue::Unresolved("several blocks".to_owned())),
    };
    let ip_rules = set.get("ip_rule");
    let subnet_rules = set.get("virtual_network");
    map(
        &set.place,
        vec![
            ("defaultAction", set.get("default_action").cloned()),
            ("ipRules", ip_rules.map(|list| rules(list, "ip_range", "value"))),
            (
                "virtualNetworkRules",
                subnet_rules.map(|list| rules(list, "subnet_id", "virtualNetworkSubnetResourceId")),
            ),
        ],
    )
}

/// Returns the body of an azapi resource: an object, or the text of one.
fn body_of(node: &Node) -> Node {
    match node
        .text()
        .and_then(|text| serde_json::from_str::<Value>(text).ok())
    {
        Some(json) => Node::of_json(&node.place, &json),
        None => node.clone(),
    }
}

/// Writes the flag as ARM's word.
fn public_access(node: &Node) -> Node {
    match node.flag() {
        Some(on) => {
            let word = if on { "Enabled" } else { "Disabled" };
            Node::new(&*node.place, NodeValue::Scalar(word.into()))
        }
        None => node.clone(),
    }
}

/// Renames the key of each rule of a list, and keeps its action. A list that is not known stays as it is.
fn rules(list: &Node, from: &str, to: &str) -> Node {
    let Some(entries) = list.entries() else {
        return list.clone();
    };
    let mut renamed = Vec::new();
    for entry in entries {
        renamed.push(match entry.is_unresolved() {
            true => entry.clone(),
            false => map(
                &entry.place,
                vec![
                    (to, entry.get(from).cloned()),
                    ("action", entry.get("action").cloned()),
                ],
            ),
        });
    }
    Node::new(&*list.place, NodeValue::List(renamed))
}
