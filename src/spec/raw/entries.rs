//! Entries of `networks`, `subnets`, `ipRules` and `ignore`, and the value of `expect`. Each is either in a plain form or
//! a mapping.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};

use super::deserialize::Spanned;
use super::schema_types::{Address, AddressOrName, CaseName, ClientText, Day, ReasonText, SubnetIdText};
use crate::spec::posture_rule::PostureRule;

/// Example of a subnet's id, and the same with places to fill in.
pub(super) const SUBNET: &str = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/network/providers/\
                                 Microsoft.Network/virtualNetworks/hub/subnets/build";
const SUBNET_SNIPPET: &str = "/subscriptions/${1:subscription}/resourceGroups/${2:group}/providers/Microsoft.Network/\
                              virtualNetworks/${3:network}/subnets/${4:subnet}";

/// Ranges, or a mapping with ranges and information about them.
#[derive(Clone, Debug)]
pub(crate) enum RawNetwork {
    Ranges(Vec<Spanned<String>>),
    Detailed(Box<RawDetailedNetwork>),
}

/// Defines a mapping with ranges and information about them. A flattened struct would accept unknown keys.
macro_rules! detailed {
    ($(#[$schema:meta])* $name:ident { $(#[$range:meta])* $field:ident: $ranges:ty }) => {
        #[derive(Clone, Debug, Deserialize, JsonSchema)]
        #[serde(rename_all = "camelCase", deny_unknown_fields)]
        $(#[$schema])*
        pub(crate) struct $name {
            $(#[$range])*
            pub $field: $ranges,
            /// Team or person responsible for the entry.
            #[serde(default)]
            #[schemars(example = &"platform team")]
            pub owner: Option<String>,
            /// Reason for the entry.
            #[serde(default)]
            #[schemars(example = &"build agents")]
            pub reason: Option<String>,
            /// Ticket in which the entry was requested.
            #[serde(default)]
            #[schemars(example = &"PLAT-10442")]
            pub ticket: Option<String>,
            /// First day on which the rule is no longer wanted, as `YYYY-MM-DD`.
            #[serde(default)]
            #[schemars(with = "Option<Day>", example = &"2027-03-31")]
            pub expires: Option<Spanned<String>>,
        }
    };
}

detailed! {
    /// Ranges and information about them.
    #[schemars(title = "network with information", extend("defaultSnippets" = [{
        "label": "network with owner and expiry",
        "body": {
            "cidrs": ["${1:203.0.113.0/24}"], "owner": "${2:team}", "reason": "${3:reason}", "expires": "${4:2027-03-31}"
        }
    }]))]
    RawDetailedNetwork {
        /// IPv4 addresses and CIDR ranges.
        #[schemars(with = "Vec<Address>", example = ["203.0.113.0/24", "192.0.2.7"])]
        cidrs: Vec<Spanned<String>>
    }
}
detailed! {
    /// A range and information about it.
    #[schemars(title = "rule with information", extend("defaultSnippets" = [{
        "label": "rule with reason and expiry",
        "body": { "cidr": "${1:192.0.2.7}", "reason": "${2:reason}", "expires": "${3:2027-03-31}" }
    }]))]
    RawDetailedIpRule {
        /// IPv4 address or CIDR range.
        #[schemars(with = "Address", example = &"192.0.2.7")]
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
#[schemars(title = "subnet with information", extend("defaultSnippets" = [{
    "label": "subnet with its public addresses",
    "body": { "id": SUBNET_SNIPPET, "egress": ["${5:203.0.113.7}"] }
}]))]
pub(crate) struct RawDetailedSubnet {
    /// Resource id of the subnet.
    #[schemars(with = "SubnetIdText", example = SUBNET)]
    pub id: Spanned<String>,
    /// Public addresses that the clients of the subnet have while its service endpoint is off: names from `networks`,
    /// IPv4 addresses and CIDR ranges. `[]` means none.
    #[serde(default)]
    #[schemars(with = "Option<Vec<AddressOrName>>", example = ["203.0.113.7"])]
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

/// The text of a live rule that is neither an IPv4 range nor a subnet id.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "rule by its text", extend("defaultSnippets" = [{
    "label": "rule by its text", "body": { "text": "${1:2001:db8::/32}" }
}]))]
pub(crate) struct RawIgnoredText {
    /// The text of the rule, as Azure shows it. An IPv6 range stands for all rules inside.
    #[schemars(example = &"2001:db8::/32")]
    pub text: String,
}

/// A posture rule whose findings are accepted.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(title = "accepted finding", extend("defaultSnippets" = [{
    "label": "accepted finding",
    "body": { "rule": "${1:RF033}", "reason": "${2:reason}", "expires": "${3:2027-06-30}" }
}]))]
pub(crate) struct RawSuppression {
    /// Id of the posture rule.
    #[schemars(example = &"RF033")]
    pub rule: PostureRule,
    /// Reason for accepting its findings.
    #[schemars(with = "ReasonText", example = &"accepted until the migration")]
    pub reason: Spanned<String>,
    /// First day on which they are no longer accepted, as `YYYY-MM-DD`.
    #[serde(default)]
    #[schemars(with = "Option<Day>", example = &"2027-06-30")]
    pub expires: Option<Spanned<String>>,
}

/// Named cases, or the clients of one case without a name.
#[derive(Clone, Debug)]
pub(crate) enum RawExpect {
    Cases(Vec<RawCase>),
    Detailed(Box<RawClients>),
}

/// Defines a mapping with clients, after these fields. A flattened struct would accept unknown keys.
macro_rules! clients {
    ($(#[$schema:meta])* $name:ident { $($fields:tt)* }) => {
        #[derive(Clone, Debug, Deserialize, JsonSchema)]
        #[serde(rename_all = "camelCase", deny_unknown_fields)]
        $(#[$schema])*
        pub(crate) struct $name {
            $($fields)*
            /// Addresses, ranges, subnet ids, or names. All addresses of each must be admitted.
            #[serde(default)]
            #[schemars(with = "Vec<ClientText>", example = ["203.0.113.9"])]
            pub allow: Vec<Spanned<String>>,
            /// Addresses, ranges, subnet ids, or names. No address of any may be admitted.
            #[serde(default)]
            #[schemars(with = "Vec<ClientText>", example = ["8.8.8.8"])]
            pub deny: Vec<Spanned<String>>,
        }
    };
}

clients! {
    /// Clients that must be admitted, and clients that must be denied.
    RawClients {}
}
clients! {
    /// Clients that must be admitted or denied, with a name for messages.
    #[schemars(title = "named case", extend("defaultSnippets" = [{
        "label": "named case", "body": { "name": "${1:CI gets in}", "allow": ["${2:203.0.113.9}"] }
    }]))]
    RawCase {
        /// Name of the case, which messages say. Each case of a registry has another one.
        #[schemars(with = "CaseName", example = &"CI gets in")]
        pub name: Spanned<String>,
        /// Reason for the case.
        #[serde(default)]
        #[schemars(example = &"SEC-142")]
        pub reason: Option<String>,
    }
}

/// Implements deserialization and schema of a value that is either in a plain form or a mapping.
macro_rules! plain_or_mapping {
    ($name:ident, $id:literal, $plain:ty, $detailed:ident, $expecting:literal, $help:literal, $example:expr, { $($visit:tt)* }) => {
        impl JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                $id.into()
            }
            fn json_schema(generator: &mut SchemaGenerator) -> Schema {
                let plain = generator.subschema_for::<$plain>();
                let detailed = generator.subschema_for::<$detailed>();
                json_schema!({ "description": $help, "anyOf": [plain, detailed], "examples": [$example] })
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
    Vec<Address>,
    RawDetailedNetwork,
    "a list of ranges, or a mapping",
    "Ranges with a name, which `ipRules`, `ignore` and `expect` use.",
    ["203.0.113.0/24"],
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
    "Subnet with a name, which `subnets` of a registry, `ignore` and `expect` use.",
    SUBNET,
    {
        fn visit_str<E>(self, text: &str) -> Result<RawSubnet, E> {
            Ok(RawSubnet::Id(text.to_owned()))
        }
    }
);
plain_or_mapping!(
    RawIgnored,
    "IgnoredRule",
    ClientText,
    RawIgnoredText,
    "a name, a range, a subnet id, or a mapping",
    "Address, range, subnet id, name, or the text of a rule that is none of these.",
    "198.51.100.0/24",
    {
        fn visit_str<E>(self, text: &str) -> Result<RawIgnored, E> {
            Ok(RawIgnored::Text(text.to_owned()))
        }
    }
);
plain_or_mapping!(
    RawExpect,
    "Expect",
    Vec<RawCase>,
    RawClients,
    "a list of cases, or a mapping",
    "Clients that must be admitted or denied in the wanted state, or a list of named cases of them.",
    serde_json::json!({ "allow": ["offices"], "deny": ["8.8.8.8"] }),
    {
        fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<RawExpect, A::Error> {
            let cases = Vec::deserialize(SeqAccessDeserializer::new(seq))?;
            Ok(RawExpect::Cases(cases))
        }
    }
);
plain_or_mapping!(
    RawIpRule,
    "IpRule",
    AddressOrName,
    RawDetailedIpRule,
    "a name, a range, or a mapping",
    "Address, range, or the name of a network.",
    "203.0.113.0/24",
    {
        fn visit_str<E>(self, text: &str) -> Result<RawIpRule, E> {
            Ok(RawIpRule::Text(text.to_owned()))
        }
    }
);
