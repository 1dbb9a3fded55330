//! Which JSON type the known properties of networks and subnets have (Azure SDK models at 2026-03-01). Unknown
//! properties are kept whatever they are; a known one of another type is refused, as nothing could read it.

use serde_json::{Map, Value};

use crate::sandbox::network::errors::invalid;
use crate::sandbox::protocol::response::Answer;

#[derive(Clone, Copy)]
pub(crate) enum JsonType {
    Text,
    Bool,
    Texts,
    Objects,
    Object,
    OneOf(&'static [&'static str]),
}

pub(crate) type Types = &'static [(&'static str, JsonType)];

pub(crate) const SUBNET: Types = &[
    ("addressPrefix", JsonType::Text),
    ("addressPrefixes", JsonType::Texts),
    ("networkSecurityGroup", JsonType::Object),
    ("routeTable", JsonType::Object),
    ("natGateway", JsonType::Object),
    ("serviceGateway", JsonType::Object),
    ("serviceEndpoints", JsonType::Objects),
    ("serviceEndpointPolicies", JsonType::Objects),
    ("ipAllocations", JsonType::Objects),
    ("ipamPoolPrefixAllocations", JsonType::Objects),
    ("applicationGatewayIPConfigurations", JsonType::Objects),
    ("delegations", JsonType::Objects),
    ("defaultOutboundAccess", JsonType::Bool),
    ("sharingScope", JsonType::Text),
    (
        "privateEndpointNetworkPolicies",
        JsonType::OneOf(&[
            "Enabled",
            "Disabled",
            "NetworkSecurityGroupEnabled",
            "RouteTableEnabled",
        ]),
    ),
    (
        "privateLinkServiceNetworkPolicies",
        JsonType::OneOf(&["Enabled", "Disabled"]),
    ),
];

pub(crate) const ENDPOINT: Types = &[
    ("service", JsonType::Text),
    ("locations", JsonType::Texts),
    ("networkIdentifier", JsonType::Object),
];

pub(crate) const NETWORK: Types = &[
    ("addressSpace", JsonType::Object),
    ("dhcpOptions", JsonType::Object),
    ("bgpCommunities", JsonType::Object),
    ("ddosProtectionPlan", JsonType::Object),
    ("encryption", JsonType::Object),
    ("ipAllocations", JsonType::Objects),
    ("virtualNetworkPeerings", JsonType::Objects),
    ("enableDdosProtection", JsonType::Bool),
    ("enableVmProtection", JsonType::Bool),
];

/// Refuses what has another type than `types` say. Null is as good as absent.
pub(crate) fn check(sent: &Map<String, Value>, types: Types) -> Result<(), Answer> {
    for (name, kind) in types {
        let value = sent.get(*name).filter(|value| !value.is_null());
        if let Some(want) = value.and_then(|value| kind.misses(value)) {
            return Err(invalid(&format!("`{name}` must be {want}")));
        }
    }
    Ok(())
}

fn all(value: &Value, holds: impl Fn(&Value) -> bool) -> bool {
    value.as_array().is_some_and(|list| list.iter().all(holds))
}

impl JsonType {
    /// What the value must be, where it is not.
    fn misses(self, value: &Value) -> Option<String> {
        let (holds, want) = match self {
            Self::Text => (value.is_string(), "a string".to_owned()),
            Self::Bool => (value.is_boolean(), "true or false".to_owned()),
            Self::Texts => (all(value, Value::is_string), "a list of strings".to_owned()),
            Self::Objects => (all(value, Value::is_object), "a list of objects".to_owned()),
            Self::Object => (value.is_object(), "an object".to_owned()),
            Self::OneOf(values) => {
                let sent = value.as_str().unwrap_or_default();
                let known = values.iter().any(|known| known.eq_ignore_ascii_case(sent));
                (known, format!("one of {}", values.join(", ")))
            }
        };
        (!holds).then_some(want)
    }
}
