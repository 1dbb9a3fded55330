//! The JSON that `az acr network-rule` prints, so that a script can call ringfence in its place.
//!
//! Keys, order and indentation are those of azure-cli 2.91, which prints three keys of a registry. A test beside the real
//! `az` compares both (`tests/clients/az`).

use serde::Serialize;

use crate::apply::RegistryReport;
use crate::live::LiveRegistry;
use crate::model::{Rule, Setting};
use crate::plan::live_mode;
use crate::spec::RegistrySpec;

/// The rules of a registry, as `az acr network-rule list` prints them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RuleList {
    /// `None` if the spec does not manage them.
    pub ip_rules: Option<Vec<AzIpRule>>,
    /// `None` if the api-version hides them, or the spec does not manage them.
    pub virtual_network_rules: Option<Vec<AzSubnetRule>>,
    /// The registry's name. `az` leaves it out.
    #[serde(skip)]
    pub registry: String,
    /// The access mode in words.
    #[serde(skip)]
    pub mode: String,
    /// Why there may be no list of subnet rules, in words.
    #[serde(skip)]
    pub without_subnets: &'static str,
}

/// A registry, as `az acr network-rule add` and `remove` print it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AzRegistry {
    pub name: String,
    pub network_rule_set: AzRuleSet,
    pub provisioning_state: String,
}

/// Default action and rules of a registry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AzRuleSet {
    pub default_action: Option<String>,
    #[serde(flatten)]
    pub rules: RuleList,
}

/// One IP rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AzIpRule {
    pub action: &'static str,
    pub ip_address_or_range: String,
}

/// One subnet rule. `az` prints the id under both of its keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AzSubnetRule {
    pub action: &'static str,
    pub virtual_network_resource_id: String,
    pub virtual_network_subnet_resource_id: String,
}

/// The one action of rules. Azure stores it whatever a writer sends (recorded: azure-cli test_acr_network_rule).
const ALLOW: &str = "Allow";

impl RuleList {
    /// Returns the rules of a registry, in Azure's order and spelling.
    pub fn of(registry: &LiveRegistry) -> Self {
        let rules = registry.settings.rules(Setting::IpRules).unwrap_or_default();
        let subnets = registry.settings.rules(Setting::VirtualNetworkRules);
        Self {
            ip_rules: Some(ip_rules(rules)),
            virtual_network_rules: subnets.map(subnet_rules),
            registry: registry.id.name().to_owned(),
            mode: live_mode(registry),
            without_subnets: "subnet rules are not known: the api-version hides them",
        }
    }
}

impl RuleList {
    /// Returns the rules that a spec wants, in its order.
    pub fn wanted(registry: &RegistrySpec) -> Self {
        Self {
            ip_rules: wanted(registry, Setting::IpRules).map(|rules| ip_rules(&rules)),
            virtual_network_rules: wanted(registry, Setting::VirtualNetworkRules)
                .map(|rules| subnet_rules(&rules)),
            registry: registry.id.name().to_owned(),
            mode: "as the spec wants it".to_owned(),
            without_subnets: "subnet rules are not managed: the spec has no `subnets` here",
        }
    }
}

impl AzRegistry {
    /// Returns the registry as a run left it, or `None` if that is not known.
    pub fn of(report: &RegistryReport) -> Option<Self> {
        let now = report.now.as_ref()?;
        let action = now.settings.value(Setting::DefaultAction);
        Some(Self {
            name: now.id.name().to_owned(),
            network_rule_set: AzRuleSet {
                default_action: action.and_then(|action| action.word().map(str::to_owned)),
                rules: RuleList::of(now),
            },
            provisioning_state: now.provisioning_state.clone(),
        })
    }
}

/// Returns the rules of a list that the spec manages.
fn wanted(registry: &RegistrySpec, list: Setting) -> Option<Vec<Rule>> {
    let listed = registry.settings.rules(list)?;
    Some(listed.iter().map(|listed| listed.rule.clone()).collect())
}

fn ip_rules(rules: &[Rule]) -> Vec<AzIpRule> {
    let mut found = Vec::new();
    for rule in rules {
        found.push(AzIpRule {
            action: ALLOW,
            ip_address_or_range: rule.as_str().to_owned(),
        });
    }
    found
}

fn subnet_rules(rules: &[Rule]) -> Vec<AzSubnetRule> {
    let mut found = Vec::new();
    for rule in rules {
        found.push(AzSubnetRule {
            action: ALLOW,
            virtual_network_resource_id: rule.as_str().to_owned(),
            virtual_network_subnet_resource_id: rule.as_str().to_owned(),
        });
    }
    found
}
