//! Typed views of ARM's JSON: the fields that an answer shows, with the JSON itself kept beside them.

pub(crate) mod json_node;
#[cfg(test)]
mod tests;

use serde_json::Value;

use super::types::{
    LastModified, LiveIpRule, LiveRegistry, LiveSubnetRule, PresentSubnet, Quota, SubnetIdKey,
    SubnetRules, Usages,
};
use crate::azure::{CONTAINER_REGISTRY, lists_endpoint};
use crate::model::{RegistryId, ResourceId, SubnetId};
use json_node::{JsonNode, UnexpectedJson};

/// Checks that an answer is about the resource that was asked for. Ids are compared without case.
///
/// A proxy or a cache that mixes answers up would otherwise make a run write one registry on the state of another.
pub fn is_about(asked: &ResourceId, body: &Value) -> Result<(), UnexpectedJson> {
    // ARM spells ids in its own case.
    let id = JsonNode::root(body).at("id")?;
    if let Ok(answered) = ResourceId::parse(&id.needed_text()?)
        && answered == *asked
    {
        return Ok(());
    }
    Err(UnexpectedJson {
        found: "another id",
        ..id.error("the id that was asked for")
    })
}

/// Parses the body of a registry that was read with `api_version`.
pub fn registry(api_version: &str, body: Value) -> Result<LiveRegistry, UnexpectedJson> {
    let root = JsonNode::root(&body);
    let id = root.at("id")?;
    let sku = root.at("sku")?.at("name")?.needed_text()?;
    let properties = root.at("properties")?;
    let rules = properties.at("networkRuleSet")?;
    let export_policy = properties.at("policies")?.at("exportPolicy")?;
    Ok(LiveRegistry {
        id: RegistryId::parse(&id.needed_text()?).map_err(|_| id.error("the id of a registry"))?,
        api_version: api_version.to_owned(),
        location: root.at("location")?.needed_text()?,
        provisioning_state: properties.at("provisioningState")?.needed_text()?,
        login_server: properties.at("loginServer")?.needed_text()?,
        public_network_access: properties.at("publicNetworkAccess")?.text()?,
        default_action: rules.at("defaultAction")?.text()?,
        ip_rules: ip_rules(&rules, &sku)?,
        subnet_rules: subnet_rules(&rules, &sku)?,
        network_rule_bypass_options: properties.at("networkRuleBypassOptions")?.text()?,
        network_rule_bypass_allowed_for_tasks: properties
            .at("networkRuleBypassAllowedForTasks")?
            .flag()?,
        data_endpoint_enabled: properties.at("dataEndpointEnabled")?.flag()?,
        private_endpoint_connections: properties.at("privateEndpointConnections")?.elements()?.len(),
        export_policy: export_policy.at("status")?.text()?,
        last_modified: last_modified(&root.at("systemData")?)?,
        sku,
        body,
    })
}

/// Parses the IP rules.
///
/// Every recorded answer about a Premium registry has the list, which may be empty, and none about Basic and Standard
/// has it (recorded: azure-cli test_acr_network_rule, test_acr_image_import; azure-powershell
/// TestCreateWithNetworkRuleSet). A Premium registry without the list may have any rules, and a write that takes them for
/// none would remove them.
fn ip_rules(rules: &JsonNode<'_>, sku: &str) -> Result<Vec<LiveIpRule>, UnexpectedJson> {
    let list = rules.at("ipRules")?;
    let elements = match list.list()? {
        Some(elements) => elements,
        None if is_premium(sku) => return Err(list.error("a list, which may be empty")),
        None => Vec::new(),
    };
    let mut parsed = Vec::with_capacity(elements.len());
    for element in elements {
        let value = element.at("value")?.needed_text()?;
        // A rule that cannot be parsed is kept as it is.
        parsed.push(LiveIpRule {
            cidr: value.parse().ok(),
            value,
            body: element.body(),
        });
    }
    Ok(parsed)
}

fn is_premium(sku: &str) -> bool {
    sku.eq_ignore_ascii_case("Premium")
}

/// Parses the subnet rules. A Premium registry whose answer lacks the key may have rules that the api-version hides
/// (recorded: azure-cli test_acr_network_rule, 2022-06). Basic and Standard have no rules at all.
fn subnet_rules(rules: &JsonNode<'_>, sku: &str) -> Result<SubnetRules, UnexpectedJson> {
    let elements = match rules.at("virtualNetworkRules")?.list()? {
        Some(elements) => elements,
        None if is_premium(sku) => return Ok(SubnetRules::Hidden),
        None => return Ok(SubnetRules::Unsupported),
    };
    let mut parsed = Vec::with_capacity(elements.len());
    for element in &elements {
        parsed.push(subnet_rule(element)?);
    }
    Ok(SubnetRules::Shown(parsed))
}

/// Parses one subnet rule. Its id has two spellings, whatever the api-version (Azure/azure-cli#33685 against the
/// recordings of 2022 and 2023).
fn subnet_rule(element: &JsonNode<'_>) -> Result<LiveSubnetRule, UnexpectedJson> {
    // The newer key first.
    let mut key = SubnetIdKey::VirtualNetworkSubnetResourceId;
    let mut node = element.at(key.as_str())?;
    if node.is_missing() {
        key = SubnetIdKey::Id;
        node = element.at(key.as_str())?;
    }
    let value = node.needed_text()?;
    Ok(LiveSubnetRule {
        id: SubnetId::parse(&value).ok(),
        value,
        key,
        body: element.body(),
    })
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
    let properties = JsonNode::root(&body).at("properties")?;
    // The endpoints are only looked through below, so their shape is checked here.
    for endpoint in properties.at("serviceEndpoints")?.elements()? {
        endpoint.at("service")?.text()?;
    }
    let mut delegations = Vec::new();
    for delegation in properties.at("delegations")?.elements()? {
        let service = delegation.at("properties")?.at("serviceName")?;
        delegations.extend(service.text()?);
    }
    let (listed, pending) = (lists_endpoint(&body), is_endpoint_pending(&body));
    Ok(PresentSubnet {
        api_version: api_version.to_owned(),
        etag,
        has_endpoint: listed && !pending,
        endpoint_pending: listed && pending,
        delegations,
        body,
    })
}

/// Returns true if Azure is still turning the endpoint on: `Updating` until its operation ends (recorded: azure-cli
/// test_acr_network_rule, 2021-02). A registry rule for the subnet is refused until then.
fn is_endpoint_pending(body: &Value) -> bool {
    let Some(endpoints) = body["properties"]["serviceEndpoints"].as_array() else {
        return false;
    };
    for endpoint in endpoints {
        let service = endpoint["service"].as_str().unwrap_or_default();
        if service.eq_ignore_ascii_case(CONTAINER_REGISTRY) {
            let state = endpoint["provisioningState"].as_str().unwrap_or_default();
            return ["Updating", "Creating"]
                .iter()
                .any(|pending| state.eq_ignore_ascii_case(pending));
        }
    }
    false
}

/// Parses the quotas of `listUsages`. Every name is optional: the recorded answers have `Size` and `Webhooks` only, the
/// docs show `IPRules` and `VNetRules` too.
pub fn usages(body: &Value) -> Result<Usages, UnexpectedJson> {
    let mut usages = Usages::default();
    for usage in JsonNode::root(body).at("value")?.elements()? {
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
