//! Typed views of ARM's JSON: what the answer shows, with the JSON itself kept beside it.

#[cfg(test)]
mod tests;

use serde_json::Value;

use super::types::{LastModified, LiveRegistry, PresentSubnet, Quota, Usages};
use crate::azure::{CONTAINER_REGISTRY, lists_endpoint};
use crate::model::{RegistryId, ResourceId, Rule, Setting, SettingKind, SettingValue, Settings};

/// An answer that is not what ARM documents.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{path}` is {found}, expected {expected}")]
pub struct UnexpectedJson {
    /// The place in the JSON, such as `properties.networkRuleSet.ipRules[2].value`.
    pub path: String,
    pub expected: &'static str,
    pub found: &'static str,
}

/// A value and its place.
#[derive(Clone)]
struct Node<'a> {
    path: String,
    /// `None` where the key is missing or `null`; ARM means the same by both.
    value: Option<&'a Value>,
}

impl<'a> Node<'a> {
    fn root(value: &'a Value) -> Self {
        Self {
            path: String::new(),
            value: Some(value),
        }
    }

    /// The value of `key`, missing where there is none; an error where this is no object.
    fn at(&self, key: &str) -> Result<Self, UnexpectedJson> {
        let value = match self.value {
            None => None,
            Some(Value::Object(object)) => object.get(key).filter(|value| !value.is_null()),
            Some(_) => return Err(self.error("an object")),
        };
        let dot = if self.path.is_empty() { "" } else { "." };
        Ok(Self {
            path: format!("{}{dot}{key}", self.path),
            value,
        })
    }

    fn text(&self) -> Result<Option<String>, UnexpectedJson> {
        match self.value {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(self.error("a text")),
        }
    }

    fn needed_text(&self) -> Result<String, UnexpectedJson> {
        self.text()?.ok_or_else(|| self.error("a text"))
    }

    fn flag(&self) -> Result<Option<bool>, UnexpectedJson> {
        match self.value {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(_) => Err(self.error("true or false")),
        }
    }

    fn number(&self) -> Result<u64, UnexpectedJson> {
        let number = self.value.and_then(Value::as_u64);
        number.ok_or_else(|| self.error("a whole number"))
    }

    /// The elements; `None` where there is no list.
    fn list(&self) -> Result<Option<Vec<Self>>, UnexpectedJson> {
        let list = match self.value {
            None => return Ok(None),
            Some(Value::Array(list)) => list,
            Some(_) => return Err(self.error("a list")),
        };
        let element = |(index, value)| Self {
            path: format!("{}[{index}]", self.path),
            value: Some(value),
        };
        Ok(Some(list.iter().enumerate().map(element).collect()))
    }

    fn elements(&self) -> Result<Vec<Self>, UnexpectedJson> {
        Ok(self.list()?.unwrap_or_default())
    }

    /// The element as it came.
    fn body(&self) -> Value {
        self.value.cloned().unwrap_or_default()
    }

    fn error(&self, expected: &'static str) -> UnexpectedJson {
        UnexpectedJson {
            path: self.path.clone(),
            expected,
            found: match self.value {
                None => "missing",
                Some(Value::Null) => "null",
                Some(Value::Bool(_)) => "true or false",
                Some(Value::Number(_)) => "a number",
                Some(Value::String(_)) => "a text",
                Some(Value::Array(_)) => "a list",
                Some(Value::Object(_)) => "an object",
            },
        }
    }
}

/// An answer must be about what was asked for: a proxy or a cache that mixes answers up would otherwise have one
/// registry written, and another one's state kept for the way back. Ids are compared without case.
pub fn is_about(asked: &ResourceId, body: &Value) -> Result<(), UnexpectedJson> {
    let id = Node::root(body).at("id")?;
    if ResourceId::parse(&id.needed_text()?).is_ok_and(|answered| answered == *asked) {
        return Ok(());
    }
    Err(UnexpectedJson {
        found: "another id",
        ..id.error("the id that was asked for")
    })
}

/// The view of a registry's body, which `api_version` gave.
pub fn registry(api_version: &str, body: Value) -> Result<LiveRegistry, UnexpectedJson> {
    let root = Node::root(&body);
    let id = root.at("id")?;
    let sku = root.at("sku")?.at("name")?.needed_text()?;
    let properties = root.at("properties")?;
    Ok(LiveRegistry {
        id: RegistryId::parse(&id.needed_text()?).map_err(|_| id.error("the id of a registry"))?,
        api_version: api_version.to_owned(),
        location: root.at("location")?.needed_text()?,
        provisioning_state: properties.at("provisioningState")?.needed_text()?,
        login_server: properties.at("loginServer")?.needed_text()?,
        settings: settings(&properties, &sku)?,
        private_endpoint_connections: properties.at("privateEndpointConnections")?.elements()?.len(),
        export_policy: properties
            .at("policies")?
            .at("exportPolicy")?
            .at("status")?
            .text()?,
        last_modified: last_modified(&root.at("systemData")?)?,
        sku,
        body,
    })
}

/// Reads each setting at its path. A setting that the api-version does not have stays out.
fn settings(properties: &Node<'_>, sku: &str) -> Result<Settings, UnexpectedJson> {
    let mut settings = Settings::default();
    for setting in Setting::ALL {
        let mut node = properties.clone();
        for key in setting.path().split('.') {
            node = node.at(key)?;
        }
        let value = match setting.facts().kind {
            SettingKind::Word { .. } => node.text()?.map(|word| SettingValue::Word(word.into())),
            SettingKind::Flag => node.flag()?.map(SettingValue::Flag),
            SettingKind::Rules { keys, may_be_hidden } => {
                rules(&node, keys, may_be_hidden, sku)?.map(SettingValue::Rules)
            }
        };
        settings.set(*setting, value);
    }
    Ok(settings)
}

/// Reads a list of rules. Basic and Standard registries have none. A Premium registry without the list may have any
/// rules: to take them for none would overwrite them, so the list is hidden or the answer is an error.
fn rules(
    list: &Node<'_>,
    keys: &[&str],
    may_be_hidden: bool,
    sku: &str,
) -> Result<Option<Vec<Rule>>, UnexpectedJson> {
    let Some(elements) = list.list()? else {
        return match (sku.eq_ignore_ascii_case("Premium"), may_be_hidden) {
            (false, _) => Ok(Some(Vec::new())),
            (true, true) => Ok(None),
            (true, false) => Err(list.error("a list, which may be empty")),
        };
    };
    let mut rules = Vec::new();
    for element in &elements {
        rules.push(rule(element, keys)?);
    }
    Ok(Some(rules))
}

/// Reads an element of a list by the first of its keys that names the rule.
fn rule(element: &Node<'_>, keys: &[&str]) -> Result<Rule, UnexpectedJson> {
    let mut text = element.clone();
    for key in keys {
        text = element.at(key)?;
        if text.value.is_some() {
            break;
        }
    }
    Ok(Rule::read(&text.needed_text()?, element.body()))
}

/// `None` where the api-version has no `systemData`, or nobody is named.
fn last_modified(system_data: &Node<'_>) -> Result<Option<LastModified>, UnexpectedJson> {
    let part = |key: &str| system_data.at(key)?.text();
    let (by, at) = (part("lastModifiedBy")?, part("lastModifiedAt")?);
    let by_type = part("lastModifiedByType")?.unwrap_or_default();
    Ok(by.zip(at).map(|(by, at)| LastModified { by, by_type, at }))
}

/// The view of a subnet's body; `etag` is that of the answer.
pub fn subnet(
    api_version: &str,
    etag: Option<String>,
    body: Value,
) -> Result<PresentSubnet, UnexpectedJson> {
    let properties = Node::root(&body).at("properties")?;
    let service = |endpoint: &Node<'_>| endpoint.at("service")?.text();
    properties
        .at("serviceEndpoints")?
        .elements()?
        .iter()
        .try_for_each(|endpoint| service(endpoint).map(|_| ()))?;
    let name = |delegation: &Node<'_>| delegation.at("properties")?.at("serviceName")?.text();
    let delegations = properties.at("delegations")?.elements()?;
    let delegations: Vec<Option<String>> = delegations.iter().map(name).collect::<Result<_, _>>()?;
    let (listed, at_work) = (lists_endpoint(&body), endpoint_at_work(&body));
    Ok(PresentSubnet {
        api_version: api_version.to_owned(),
        etag,
        has_endpoint: listed && !at_work,
        endpoint_pending: listed && at_work,
        delegations: delegations.into_iter().flatten().collect(),
        body,
    })
}

/// The quotas of `listUsages`. Every name is optional: the recorded answers have `Size` and `Webhooks` only, the docs
/// show `IPRules` and `VNetRules` too.
pub fn usages(body: &Value) -> Result<Usages, UnexpectedJson> {
    let mut usages = Usages::default();
    for usage in Node::root(body).at("value")?.elements()? {
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

/// Whether Azure is still turning the endpoint on: `Updating` until its operation ends (recorded: azure-cli
/// test_acr_network_rule, 2021-02). A registry rule for the subnet is refused until then.
fn endpoint_at_work(body: &Value) -> bool {
    let endpoints = body["properties"]["serviceEndpoints"].as_array();
    let ours = endpoints.into_iter().flatten().find(|endpoint| {
        endpoint["service"]
            .as_str()
            .is_some_and(|service| service.eq_ignore_ascii_case(CONTAINER_REGISTRY))
    });
    let state = ours.and_then(|endpoint| endpoint["provisioningState"].as_str());
    state.is_some_and(|state| {
        ["Updating", "Creating"]
            .iter()
            .any(|busy| state.eq_ignore_ascii_case(busy))
    })
}
