//! Entries of `networks`, `subnets` and `ipRules`, which are either in a plain form or a mapping.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};

use super::deserialize::Spanned;
use super::schema_types::{Day, SubnetIdText};

/// Ranges, or a mapping with ranges and information about them.
#[derive(Clone, Debug)]
pub(crate) enum RawNetwork {
    Ranges(Vec<Spanned<String>>),
    Detailed(Box<RawDetailedNetwork>),
}

/// Defines a mapping with ranges and information about them. A flattened struct would accept unknown keys.
macro_rules! detailed {
    ($(#[$doc:meta])* $name:ident { $(#[$range:meta])* $field:ident: $ranges:ty }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Deserialize, JsonSchema)]
        #[serde(rename_all = "camelCase", deny_unknown_fields)]
        pub(crate) struct $name {
            $(#[$range])*
            pub $field: $ranges,
            /// Team or person responsible for the entry.
            #[serde(default)]
            pub owner: Option<String>,
            /// Reason for the entry.
            #[serde(default)]
            pub reason: Option<String>,
            /// Ticket in which the entry was requested.
            #[serde(default)]
            pub ticket: Option<String>,
            /// First day on which the rule is no longer wanted, as `YYYY-MM-DD`.
            #[serde(default)]
            #[schemars(with = "Option<Day>")]
            pub expires: Option<Spanned<String>>,
        }
    };
}

detailed! {
    /// Ranges and information about them.
    RawDetailedNetwork {
        /// IPv4 addresses and CIDR ranges.
        cidrs: Vec<Spanned<String>>
    }
}
detailed! {
    /// A range and information about it.
    RawDetailedIpRule {
        /// IPv4 address or CIDR range.
        cidr: Spanned<String>
    }
}

/// A resource id, or a mapping with the id and addresses.
#[derive(Clone, Debug)]
pub(crate) enum RawSubnet {
    Id(String),
    Detailed(Box<RawDetailedSubnet>),
}

/// The id of a subnet, and the public addresses of its clients.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct RawDetailedSubnet {
    /// Resource id of the subnet.
    #[schemars(with = "SubnetIdText")]
    pub id: Spanned<String>,
    /// Public addresses that the clients of the subnet have while its service endpoint is off: names from `networks`,
    /// IPv4 addresses and CIDR ranges. `[]` means none.
    #[serde(default)]
    pub egress: Option<Vec<Spanned<String>>>,
}

/// A name, an address, a range, or a mapping with a range and information about it.
#[derive(Clone, Debug)]
pub(crate) enum RawIpRule {
    Text(String),
    Detailed(Box<RawDetailedIpRule>),
}

/// A name, a range, a subnet id, or a mapping with the text of a rule.
#[derive(Clone, Debug)]
pub(crate) enum RawIgnored {
    Text(String),
    Detailed(Box<RawIgnoredText>),
}

/// The text of a live rule that is neither a range nor a subnet id.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawIgnoredText {
    /// The text of the rule, as Azure shows it.
    pub text: String,
}

/// Implements deserialization and schema of a value that is either in a plain form or a mapping.
macro_rules! plain_or_mapping {
    ($name:ident, $id:literal, $plain:ty, $detailed:ident, $expecting:literal, { $($visit:tt)* }) => {
        impl JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                $id.into()
            }
            fn json_schema(generator: &mut SchemaGenerator) -> Schema {
                let plain = generator.subschema_for::<$plain>();
                let detailed = generator.subschema_for::<$detailed>();
                json_schema!({ "description": $expecting, "anyOf": [plain, detailed] })
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Either;
                impl<'de> Visitor<'de> for Either {
                    type Value = $name;
                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str($expecting)
                    }
                    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<$name, A::Error> {
                        let detailed = $detailed::deserialize(MapAccessDeserializer::new(map))?;
                        Ok($name::Detailed(Box::new(detailed)))
                    }
                    $($visit)*
                }
                deserializer.deserialize_any(Either)
            }
        }
    };
}

plain_or_mapping!(
    RawNetwork,
    "Network",
    Vec<String>,
    RawDetailedNetwork,
    "a list of ranges, or a mapping",
    {
        fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<RawNetwork, A::Error> {
            let ranges = Vec::deserialize(SeqAccessDeserializer::new(seq))?;
            Ok(RawNetwork::Ranges(ranges))
        }
    }
);
plain_or_mapping!(
    RawSubnet,
    "Subnet",
    SubnetIdText,
    RawDetailedSubnet,
    "a resource id, or a mapping",
    {
        fn visit_str<E>(self, text: &str) -> Result<RawSubnet, E> {
            Ok(RawSubnet::Id(text.to_owned()))
        }
    }
);
plain_or_mapping!(
    RawIgnored,
    "IgnoredRule",
    String,
    RawIgnoredText,
    "a name, a range, a subnet id, or a mapping",
    {
        fn visit_str<E>(self, text: &str) -> Result<RawIgnored, E> {
            Ok(RawIgnored::Text(text.to_owned()))
        }
    }
);
plain_or_mapping!(
    RawIpRule,
    "IpRule",
    String,
    RawDetailedIpRule,
    "a name, a range, or a mapping",
    {
        fn visit_str<E>(self, text: &str) -> Result<RawIpRule, E> {
            Ok(RawIpRule::Text(text.to_owned()))
        }
    }
);
