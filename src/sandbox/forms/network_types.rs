//! JSON types of the known properties of networks and subnets (Azure SDK models at 2026-03-01).
//!
//! An unknown property is kept with any value. A known one of another type is refused, because no client could read
//! it.

use serde_json::{Map, Value};

use crate::sandbox::network::errors::invalid;
use crate::sandbox::protocol::json::{known_word, present, text};
use crate::sandbox::protocol::response::Answer;

/// JSON type of a property.
#[derive(Clone, Copy)]
pub(crate) enum JsonType {
    Text,
    Bool,
    Texts,
    Objects,
    Object,
    OneOf(&'static [&'static str]),
}

/// Names of properties with their types.
pub(crate) type Types = &'static [(&'static str, JsonType)];

/// Properties of a subnet.
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

/// Properties of a service endpoint.
pub(crate) const ENDPOINT: Types = &[
    ("service", JsonType::Text),
    ("locations", JsonType::Texts),
    ("networkIdentifier", JsonType::Object),
];

/// Properties of a virtual network.
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

/// Refuses a known property with another type than `types` says. Null counts as absent.
pub(crate) fn check(sent: &Map<String, Value>, types: Types) -> Result<(), Answer> {
    for (name, json_type) in types {
        // A body may leave any property out.
        let Some(value) = present(sent, name) else {
            continue;
        };
        if let Some(wanted) = json_type.mismatch(value) {
            return Err(invalid(&format!("`{name}` must be {wanted}")));
        }
    }
    Ok(())
}

impl JsonType {
    /// Returns the type that a property must have if `value` has another one.
    fn mismatch(self, value: &Value) -> Option<String> {
        let (holds, wanted) = match self {
            Self::Text => (value.is_string(), "a string"),
            Self::Bool => (value.is_boolean(), "true or false"),
            Self::Texts => (is_list_of(value, Value::is_string), "a list of strings"),
            Self::Objects => (is_list_of(value, Value::is_object), "a list of objects"),
            Self::Object => (value.is_object(), "an object"),
            Self::OneOf(values) => {
                if known_word(values, text(value, "")).is_some() {
                    return None;
                }
                return Some(format!("one of {}", values.join(", ")));
            }
        };
        (!holds).then(|| wanted.to_owned())
    }
}

fn is_list_of(value: &Value, holds: fn(&Value) -> bool) -> bool {
    let items = value.as_array();
    items.is_some_and(|items| items.iter().all(holds))
}
