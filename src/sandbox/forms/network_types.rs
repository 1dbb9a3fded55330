//! Which JSON type the known properties of networks and subnets have (Azure SDK models at 2026-03-01). Unknown
//! properties are kept whatever they are; a known one of another type is refused, as nothing could read it.

use serde_json::{Map, Value};

use crate::sandbox::network::errors::invalid;
use crate::sandbox::protocol::response::Answer;

#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Text,
    Bool,
    Texts,
    Objects,
    Object,
    OneOf(&'static [&'static str]),
}

pub(crate) type Types = &'static [(&'static str, Kind)];

pub(crate) const SUBNET: Types = &[
    ("addressPrefix", Kind::Text),
    ("addressPrefixes", Kind::Texts),
    ("networkSecurityGroup", Kind::Object),
    ("routeTable", Kind::Object),
    ("natGateway", Kind::Object),
    ("serviceGateway", Kind::Object),
    ("serviceEndpoints", Kind::Objects),
    ("serviceEndpointPolicies", Kind::Objects),
    ("ipAllocations", Kind::Objects),
    ("ipamPoolPrefixAllocations", Kind::Objects),
    ("applicationGatewayIPConfigurations", Kind::Objects),
    ("delegations", Kind::Objects),
    ("defaultOutboundAccess", Kind::Bool),
    ("sharingScope", Kind::Text),
    (
        "privateEndpointNetworkPolicies",
        Kind::OneOf(&[
            "Enabled",
            "Disabled",
            "NetworkSecurityGroupEnabled",
            "RouteTableEnabled",
        ]),
    ),
    (
        "privateLinkServiceNetworkPolicies",
        Kind::OneOf(&["Enabled", "Disabled"]),
    ),
];

pub(crate) const ENDPOINT: Types = &[
    ("service", Kind::Text),
    ("locations", Kind::Texts),
    ("networkIdentifier", Kind::Object),
];

pub(crate) const NETWORK: Types = &[
    ("addressSpace", Kind::Object),
    ("dhcpOptions", Kind::Object),
    ("bgpCommunities", Kind::Object),
    ("ddosProtectionPlan", Kind::Object),
    ("encryption", Kind::Object),
    ("ipAllocations", Kind::Objects),
    ("virtualNetworkPeerings", Kind::Objects),
    ("enableDdosProtection", Kind::Bool),
    ("enableVmProtection", Kind::Bool),
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

impl Kind {
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
