//! The settings that a plan can change.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A managed setting. The name is ARM's path below `properties`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub enum Setting {
    #[serde(rename = "publicNetworkAccess")]
    PublicNetworkAccess,
    #[serde(rename = "networkRuleSet.defaultAction")]
    DefaultAction,
    #[serde(rename = "networkRuleSet.ipRules")]
    IpRules,
    #[serde(rename = "networkRuleSet.virtualNetworkRules")]
    VirtualNetworkRules,
    #[serde(rename = "networkRuleBypassOptions")]
    NetworkRuleBypassOptions,
    #[serde(rename = "networkRuleBypassAllowedForTasks")]
    NetworkRuleBypassAllowedForTasks,
    #[serde(rename = "dataEndpointEnabled")]
    DataEndpointEnabled,
    /// On the subnets, not on the registry: `serviceEndpoints` lists `Microsoft.ContainerRegistry`.
    #[serde(rename = "subnet.serviceEndpoints")]
    ServiceEndpoints,
}

/// The settings that are rule lists.
pub(crate) const LISTS: [Setting; 2] = [Setting::IpRules, Setting::VirtualNetworkRules];

impl Setting {
    /// Those of the registry itself.
    pub const REGISTRY: [Self; 7] = [
        Self::PublicNetworkAccess,
        Self::DefaultAction,
        Self::IpRules,
        Self::VirtualNetworkRules,
        Self::NetworkRuleBypassOptions,
        Self::NetworkRuleBypassAllowedForTasks,
        Self::DataEndpointEnabled,
    ];

    /// ARM's path below `properties`.
    pub fn path(self) -> &'static str {
        match self {
            Self::PublicNetworkAccess => "publicNetworkAccess",
            Self::DefaultAction => "networkRuleSet.defaultAction",
            Self::IpRules => "networkRuleSet.ipRules",
            Self::VirtualNetworkRules => "networkRuleSet.virtualNetworkRules",
            Self::NetworkRuleBypassOptions => "networkRuleBypassOptions",
            Self::NetworkRuleBypassAllowedForTasks => "networkRuleBypassAllowedForTasks",
            Self::DataEndpointEnabled => "dataEndpointEnabled",
            Self::ServiceEndpoints => "subnet.serviceEndpoints",
        }
    }

    /// The key in the spec.
    pub fn spec_key(self) -> &'static str {
        match self {
            Self::PublicNetworkAccess => "publicNetworkAccess",
            Self::DefaultAction => "defaultAction",
            Self::IpRules => "ipRules",
            Self::VirtualNetworkRules => "subnets",
            Self::NetworkRuleBypassOptions => "trustedServices",
            Self::NetworkRuleBypassAllowedForTasks => "tasksBypass",
            Self::DataEndpointEnabled => "dataEndpoint",
            Self::ServiceEndpoints => "serviceEndpoints",
        }
    }
}
