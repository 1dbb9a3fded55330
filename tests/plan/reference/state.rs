//! The settings of a registry as its JSON shows them.

use std::collections::BTreeSet;

use serde_json::Value;

use super::addresses::{Range, range};

/// The settings that a spec can manage. A value that is not shown is `None`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct State {
    pub(crate) premium: bool,
    /// True if public network access is enabled.
    pub(crate) public: Option<bool>,
    /// True if the default action is `Allow`, which is also the meaning of an answer without it.
    pub(crate) allow: bool,
    pub(crate) ips: BTreeSet<Range>,
    /// Ids in lower case.
    pub(crate) subnets: Option<BTreeSet<String>>,
    pub(crate) trusted: Option<bool>,
    pub(crate) tasks: Option<bool>,
    pub(crate) data: Option<bool>,
    /// True if the endpoints take IPv6 clients.
    pub(crate) dual_stack: Option<bool>,
}

impl State {
    /// Reads the body of a registry.
    pub(crate) fn of(body: &Value) -> Self {
        let properties = &body["properties"];
        let rules = &properties["networkRuleSet"];
        let premium = is_word(&body["sku"]["name"], "Premium") == Some(true);
        let subnets = match rules["virtualNetworkRules"].as_array() {
            Some(list) => Some(list.iter().map(subnet_id).collect()),
            // Only a Premium registry has rules that a version can hide.
            None if premium => None,
            None => Some(BTreeSet::new()),
        };
        let ips = rules["ipRules"].as_array().into_iter().flatten();
        Self {
            premium,
            public: is_word(&properties["publicNetworkAccess"], "Enabled"),
            allow: is_word(&rules["defaultAction"], "Allow") != Some(false),
            ips: ips.map(|rule| range(text(&rule["value"]))).collect(),
            subnets,
            trusted: is_word(&properties["networkRuleBypassOptions"], "AzureServices"),
            tasks: properties["networkRuleBypassAllowedForTasks"].as_bool(),
            data: properties["dataEndpointEnabled"].as_bool(),
            dual_stack: is_word(&properties["endpointProtocol"], "IPv4AndIPv6"),
        }
    }
}

/// Returns true if the value is this word in any case; `None` if it is not shown.
fn is_word(value: &Value, word: &str) -> Option<bool> {
    Some(value.as_str()?.eq_ignore_ascii_case(word))
}

/// Returns the id of a subnet rule, which has one of two keys.
fn subnet_id(rule: &Value) -> String {
    let long = &rule["virtualNetworkSubnetResourceId"];
    text(if long.is_null() { &rule["id"] } else { long }).to_lowercase()
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}
