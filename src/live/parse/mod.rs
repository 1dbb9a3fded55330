//! Typed views of ARM's JSON: the fields that an answer shows, with the JSON itself kept beside them.

pub(crate) mod egress;
pub(crate) mod json_node;
pub(in crate::live) mod json_tree;
#[cfg(test)]
mod tests;

use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::types::{LastModified, LiveRegistry, PresentSubnet, Quota, Usages};
use crate::azure::endpoint_state;
use crate::model::{
    JsonText, RegistryId, ResourceId, Rule, Setting, SettingKind, SettingValue, Settings,
};
use json_node::{JsonNode, UnexpectedJson};
use json_tree::JsonTree;

/// Checks that an answer is about the resource that was asked for. Ids are compared without case.
///
/// A proxy or a cache that mixes answers up would otherwise make a run write one registry on the state of another.
pub fn is_about(asked: &ResourceId, body: &Value) -> Result<(), UnexpectedJson> {
    // ARM spells ids in its own case.
    let tree = JsonTree::from(body);
    let id = JsonNode::root(&tree).at("id")?;
    if ResourceId::parse(id.needed_str()?).is_ok_and(|answered| answered == *asked) {
        return Ok(());
    }
    Err(UnexpectedJson {
        found: "another id",
        ..id.error("the id that was asked for")
    })
}

/// Parses the body of a registry that was read with `api_version`.
pub fn registry(api_version: &str, body: Value) -> Result<LiveRegistry, UnexpectedJson> {
    registry_of_tree(api_version, JsonTree::from(&body))
}

/// Parses the body of a registry, or the entry of a list that shows it.
pub(in crate::live) fn registry_of_tree(
    api_version: &str,
    mut body: JsonTree<'_>,
) -> Result<LiveRegistry, UnexpectedJson> {
    // Only an error needs places, so they are kept in a second reading.
    let mut live = without_body(api_version, &body, &JsonNode::without_places(&body))
        .or_else(|_| without_body(api_version, &body, &JsonNode::root(&body)))?;
    take_rules(&mut body);
    live.body = JsonText::written(&body);
    Ok(live)
}

/// Reads an entry of a list of registries, with the id of the registry if it shows one.
pub(in crate::live) fn entry(
    text: &RawValue,
) -> Result<(Option<RegistryId>, JsonTree<'_>), UnexpectedJson> {
    // The syntax was checked where the entry was found. What is left is half a character, or an entry that is too deep.
    let body: JsonTree<'_> = serde_json::from_str(text.get()).map_err(|_| UnexpectedJson {
        path: "value".to_owned(),
        expected: "a list of registries",
        found: "a list with an entry that cannot be read",
    })?;
    let id = body.get("id").and_then(JsonTree::as_str);
    Ok((id.and_then(|id| RegistryId::parse(id).ok()), body))
}

/// Reads the fields of a registry from its body, and leaves [`LiveRegistry::body`] empty.
fn without_body(
    api_version: &str,
    body: &JsonTree<'_>,
    root: &JsonNode<'_>,
) -> Result<LiveRegistry, UnexpectedJson> {
    let id = root.at("id")?;
    let sku = root.at("sku")?.at("name")?.needed_text()?;
    let properties = root.at("properties")?;
    let connections = properties.at("privateEndpointConnections")?.elements()?;
    let export_policy = properties.at("policies")?.at("exportPolicy")?;
    Ok(LiveRegistry {
        id: RegistryId::parse(id.needed_str()?).map_err(|_| id.error("the id of a registry"))?,
        api_version: api_version.to_owned(),
        location: root.at("location")?.needed_text()?,
        provisioning_state: properties.at("provisioningState")?.needed_text()?,
        login_server: properties.at("loginServer")?.needed_text()?,
        settings: settings(api_version, &properties, &sku)?,
        private_endpoint_connections: connections.len(),
        approved_private_endpoints: private_endpoints(&connections, "Approved").len(),
        pending_private_endpoints: private_endpoints(&connections, "Pending"),
        admin_user: has_true(body, "adminUserEnabled"),
        anonymous_pull: has_true(body, "anonymousPullEnabled"),
        tags: tags(body),
        export_policy: export_policy.at("status")?.text()?,
        last_modified: last_modified(&root.at("systemData")?)?,
        sku,
        body: JsonText::default(),
    })
}

/// Removes the lists of rules from the body of a registry. They are most of its text, and a fleet keeps ten thousand.
fn take_rules(body: &mut JsonTree<'_>) {
    let properties = body.get_mut("properties");
    if let Some(set) = properties.and_then(|properties| properties.get_mut("networkRuleSet")) {
        for list in Setting::lists() {
            set.remove(list.key());
        }
    }
}

/// Returns true if a property of a registry is shown as `true`.
fn has_true(body: &JsonTree<'_>, property: &str) -> bool {
    body.find(&["properties", property]) == Some(&JsonTree::Bool(true))
}

/// Returns the tags of a registry.
fn tags(body: &JsonTree<'_>) -> Map<String, Value> {
    match serde_json::to_value(body.get("tags")) {
        Ok(Value::Object(tags)) => tags,
        _ => Map::default(),
    }
}

/// Returns the names of the private endpoint connections in a state.
fn private_endpoints(connections: &[JsonNode<'_>], state: &str) -> Vec<String> {
    let mut names = Vec::new();
    for connection in connections.iter().filter_map(JsonNode::value) {
        let status = connection.find(&["properties", "privateLinkServiceConnectionState", "status"]);
        if status.and_then(JsonTree::as_str) == Some(state) {
            let id = connection
                .get("id")
                .and_then(JsonTree::as_str)
                .unwrap_or_default();
            names.push(id.rsplit('/').next().unwrap_or(id).to_owned());
        }
    }
    names
}

/// The version that shows an empty list of subnet rules and ignores writes of them (Azure/azure-sdk-for-go#5181,
/// Azure/acr#246).
const LOSES_SUBNET_RULES: &str = "2017-10-01";

/// Reads each setting at its path. A setting that the api-version does not have stays out.
fn settings(
    api_version: &str,
    properties: &JsonNode<'_>,
    sku: &str,
) -> Result<Settings, UnexpectedJson> {
    let mut settings = Settings::default();
    for setting in Setting::ALL {
        let mut node = properties.clone();
        for key in setting.path().split('.') {
            node = node.at(key)?;
        }
        let value = match setting.facts().kind {
            SettingKind::Word { .. } => {
                let word = node.text()?;
                // Every recorded Premium answer has it. A default in its place would be written, and open the registry.
                if word.is_none() && setting.facts().default.is_some() && is_premium(sku) {
                    return Err(node.error("a text"));
                }
                word.map(|word| SettingValue::Word(word.into()))
            }
            SettingKind::Flag => node.flag()?.map(SettingValue::Flag),
            // An empty list says nothing at this version, and a rule that is written there is lost.
            SettingKind::Rules {
                may_be_hidden: true, ..
            } if api_version == LOSES_SUBNET_RULES && is_premium(sku) => None,
            SettingKind::Rules { keys, may_be_hidden } => {
                rules(&node, keys, may_be_hidden, sku)?.map(SettingValue::from)
            }
        };
        settings.set(*setting, value);
    }
    Ok(settings)
}

fn is_premium(sku: &str) -> bool {
    sku.eq_ignore_ascii_case("Premium")
}

/// Reads a list of rules. Returns `None` if the api-version hides it (recorded: azure-cli test_acr_network_rule, 2022-06,
/// for subnet rules).
///
/// Every recorded answer about a Premium registry has the list of IP rules, which may be empty, and none about Basic and
/// Standard has it (recorded: azure-cli test_acr_network_rule, test_acr_image_import; azure-powershell
/// TestCreateWithNetworkRuleSet). A Premium registry without a list may have any rules, and a write that takes them for
/// none would remove them.
fn rules(
    list: &JsonNode<'_>,
    keys: &[&str],
    may_be_hidden: bool,
    sku: &str,
) -> Result<Option<Vec<Rule>>, UnexpectedJson> {
    let Some(elements) = list.list()? else {
        return match (is_premium(sku), may_be_hidden) {
            (false, _) => Ok(Some(Vec::new())),
            (true, true) => Ok(None),
            (true, false) => Err(list.error("a list, which may be empty")),
        };
    };
    let mut rules = Vec::with_capacity(elements.len());
    for element in &elements {
        rules.push(rule(element, keys)?);
    }
    Ok(Some(rules))
}

/// Reads one rule by the first of its keys that is there. The id of a subnet rule has two keys, whatever the api-version
/// (Azure/azure-cli#33685 against the recordings of 2022 and 2023).
fn rule(element: &JsonNode<'_>, keys: &[&str]) -> Result<Rule, UnexpectedJson> {
    let mut text = element.clone();
    for key in keys {
        text = element.at(key)?;
        if !text.is_missing() {
            break;
        }
    }
    let text = text.needed_str()?;
    match element.value() {
        // A PATCH makes a plain element anew. A fleet has too many of them to keep each.
        Some(body) if !is_plain(body, text) => Ok(Rule::read(text, JsonText::written(body))),
        _ => Ok(Rule::parse(text)),
    }
}

/// Returns true for an IP rule without anything but its address, in Azure's order of keys.
fn is_plain(element: &JsonTree<'_>, text: &str) -> bool {
    let JsonTree::Object(entries) = element else {
        return false;
    };
    let [(action, allow), (value, address)] = &entries[..] else {
        return false;
    };
    action == "action"
        && allow.as_str() == Some("Allow")
        && value == "value"
        && address.as_str() == Some(text)
}

/// Parses `systemData`. Returns `None` if the api-version has none, or if it names neither author nor time.
fn last_modified(system_data: &JsonNode<'_>) -> Result<Option<LastModified>, UnexpectedJson> {
    let by = system_data.at("lastModifiedBy")?.text()?;
    let by_type = system_data.at("lastModifiedByType")?.text()?;
    let at = system_data.at("lastModifiedAt")?.text()?;
    // Both are needed to name the last change.
    let (Some(by), Some(at)) = (by, at) else {
        return Ok(None);
    };
    Ok(Some(LastModified {
        by,
        by_type: by_type.unwrap_or_default(),
        at,
    }))
}

/// Parses the body of a subnet. `etag` is that of the answer.
pub fn subnet(
    api_version: &str,
    etag: Option<String>,
    body: Value,
) -> Result<PresentSubnet, UnexpectedJson> {
    let tree = JsonTree::from(&body);
    let properties = JsonNode::root(&tree).at("properties")?;
    // A PUT of a body that lost its properties would take them from the subnet.
    if properties.is_missing() {
        return Err(properties.error("an object"));
    }
    // The endpoints are only looked through below, so their shape is checked here.
    for endpoint in properties.at("serviceEndpoints")?.elements()? {
        endpoint.at("service")?.text()?;
    }
    let mut delegations = Vec::new();
    for delegation in properties.at("delegations")?.elements()? {
        let service = delegation.at("properties")?.at("serviceName")?;
        delegations.extend(service.text()?);
    }
    let (has_endpoint, endpoint_pending) = match endpoint_state(&body) {
        Some(state) => (is_on(state), is_pending(state)),
        None => (false, false),
    };
    Ok(PresentSubnet {
        api_version: api_version.to_owned(),
        etag,
        has_endpoint,
        endpoint_pending,
        delegations,
        body,
    })
}

/// Returns true for the state of an endpoint on which a rule can rest. An endpoint that is `Failed` is listed and is not
/// on.
fn is_on(state: &str) -> bool {
    state.is_empty() || state.eq_ignore_ascii_case("Succeeded")
}

/// Returns true if Azure is still turning the endpoint on: `Updating` until its operation ends (recorded: azure-cli
/// test_acr_network_rule, 2021-02). A registry rule for the subnet is refused until then.
fn is_pending(state: &str) -> bool {
    let pending = ["Updating", "Creating"];
    pending.iter().any(|pending| state.eq_ignore_ascii_case(pending))
}

/// Parses the quotas of `listUsages`. Every name is optional: the recorded answers have `Size` and `Webhooks` only, the
/// docs show `IPRules` and `VNetRules` too.
pub fn usages(body: &Value) -> Result<Usages, UnexpectedJson> {
    let mut usages = Usages::default();
    let tree = JsonTree::from(body);
    for usage in JsonNode::root(&tree).at("value")?.elements()? {
        let name = usage.at("name")?.needed_text()?;
        let slot = match name.to_ascii_lowercase().as_str() {
            "iprules" => &mut usages.ip_rules,
            "vnetrules" => &mut usages.subnet_rules,
            _ => continue,
        };
        *slot = Some(Quota {
            limit: usage.at("limit")?.number()?,
            current: usage.at("currentValue")?.number()?,
        });
    }
    Ok(usages)
}
