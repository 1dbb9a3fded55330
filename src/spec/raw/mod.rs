//! The YAML as it is written: the shapes from which both the schema and the loader are made.
//!
//! Doc comments here become descriptions in editors.

pub(crate) mod check_schema;
pub(crate) mod deserialize;
pub(crate) mod merge_defaults;
pub(crate) mod schema;
pub(crate) mod schema_types;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor, value::MapAccessDeserializer};

use super::types::ListedRule;
use crate::model::SettingValue;
use deserialize::{NameMap, Spanned};
use schema_types::{Day, Prefix, RegistryIdText, RegistryName, Segment, SubnetIdText};

/// Network access of Azure container registries.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
#[schemars(title = "ringfence spec", extend("required" = ["version"]))]
pub(crate) struct RawFile {
    /// Version of this format.
    #[serde(rename = "version")]
    pub _version: Version,
    /// Files that contribute `networks`, `subnets`, `defaults` and `guardrails`, relative to this one. What this
    /// file says wins; then what a later file says.
    pub include: Vec<Spanned<String>>,
    /// Named address sets, for `ipRules`, `ignore` and `expect`.
    pub networks: NameMap<Spanned<RawNetwork>>,
    /// Named subnets, by resource id.
    #[schemars(with = "std::collections::BTreeMap<String, SubnetIdText>")]
    pub subnets: NameMap<Spanned<String>>,
    /// Settings for every registry of this file that does not give them itself.
    #[schemars(schema_with = "settings")]
    pub defaults: RawRegistry,
    /// The registries and what is wanted of them. A key that is left out is unmanaged: never written, never drift.
    pub registries: Vec<Spanned<RawRegistry>>,
    /// Limits over which a plan is refused.
    pub guardrails: RawGuardrails,
}

/// `1`, which the check against the schema has made sure of.
#[derive(Debug, Default)]
pub(crate) struct Version;

/// One registry: `id`, or `name`, `resourceGroup` and `subscription`, and its settings.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("oneOf" = [
    { "required": ["id"], "properties": { "name": false, "resourceGroup": false, "subscription": false } },
    { "required": ["name", "resourceGroup", "subscription"], "properties": { "id": false } }
]))]
pub(crate) struct RawRegistry {
    /// Resource id of the registry.
    #[schemars(with = "Option<RegistryIdText>")]
    pub id: Option<Spanned<String>>,
    /// Name of the registry, where `id` is not given.
    #[schemars(with = "Option<RegistryName>")]
    pub name: Option<Spanned<String>>,
    /// Resource group of the registry, where `id` is not given.
    #[schemars(with = "Option<Segment>")]
    pub resource_group: Option<Spanned<String>>,
    /// Subscription id of the registry, where `id` is not given.
    #[schemars(with = "Option<Segment>")]
    pub subscription: Option<Spanned<String>>,
    /// `Disabled` cuts public access and service endpoints; private endpoints stay.
    pub public_network_access: Option<Spanned<RawPublicNetworkAccess>>,
    /// What happens to a client that no rule admits.
    pub default_action: Option<Spanned<RawDefaultAction>>,
    /// Addresses that get in: names from `networks`, IPv4 addresses and CIDR ranges. `[]` is managed and empty.
    pub ip_rules: Option<Spanned<Vec<Spanned<RawIpRule>>>>,
    /// Subnets that get in over a service endpoint: names from `subnets`, or resource ids. `[]` is managed and
    /// empty.
    pub subnets: Option<Spanned<Vec<Spanned<String>>>>,
    /// `ensure` (default) turns `Microsoft.ContainerRegistry` on where a wanted subnet lacks it; `assume` never
    /// touches the subnet.
    pub service_endpoints: Option<Spanned<RawServiceEndpoints>>,
    /// Whether trusted Azure services get past the rules (`networkRuleBypassOptions`).
    pub trusted_services: Option<Spanned<bool>>,
    /// Whether ACR Tasks get past the rules (`networkRuleBypassAllowedForTasks`).
    pub tasks_bypass: Option<Spanned<bool>>,
    /// Whether layers come from dedicated data endpoints (`dataEndpointEnabled`).
    pub data_endpoint: Option<Spanned<bool>>,
    /// `exact` (default): rules that are not listed go. `additive`: they stay.
    pub ownership: Option<Spanned<RawOwnership>>,
    /// Live rules that are somebody else's, never touched and never drift: ranges, subnet ids, or names.
    pub ignore: Option<Vec<Spanned<String>>>,
    /// What must hold in the wanted state.
    pub expect: Option<RawExpect>,
}

/// Ranges, or ranges with what is known about them.
#[derive(Clone, Debug)]
pub(crate) enum RawNetwork {
    Ranges(Vec<Spanned<String>>),
    Detailed(Box<RawDetailedNetwork>),
}

/// Ranges and what is known about them.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct RawDetailedNetwork {
    /// IPv4 addresses and CIDR ranges.
    pub cidrs: Vec<Spanned<String>>,
    /// Who answers for it.
    #[serde(default)]
    pub owner: Option<String>,
    /// Why it is there.
    #[serde(default)]
    pub reason: Option<String>,
    /// Where it was asked for.
    #[serde(default)]
    pub ticket: Option<String>,
    /// `YYYY-MM-DD`; from that day on the rule is not wanted any more.
    #[serde(default)]
    #[schemars(with = "Option<Day>")]
    pub expires: Option<Spanned<String>>,
}

/// A name, an address, a range, or a range with what is known about it.
#[derive(Clone, Debug)]
pub(crate) enum RawIpRule {
    Text(String),
    Detailed(Box<RawDetailedIpRule>),
}

/// A range and what is known about it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct RawDetailedIpRule {
    /// IPv4 address or CIDR range.
    pub cidr: Spanned<String>,
    /// Who answers for it.
    #[serde(default)]
    pub owner: Option<String>,
    /// Why it is there.
    #[serde(default)]
    pub reason: Option<String>,
    /// Where it was asked for.
    #[serde(default)]
    pub ticket: Option<String>,
    /// `YYYY-MM-DD`; from that day on the rule is not wanted any more.
    #[serde(default)]
    #[schemars(with = "Option<Day>")]
    pub expires: Option<Spanned<String>>,
}

/// Addresses, ranges and subnets that must get in, and that must not.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct RawExpect {
    /// All of each must get in: addresses, ranges, subnet ids, or names.
    pub allow: Vec<Spanned<String>>,
    /// Nothing of any may get in: addresses, ranges, subnet ids, or names.
    pub deny: Vec<Spanned<String>>,
}

/// Limits over which a plan is refused.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct RawGuardrails {
    /// Most rules that may go from one registry.
    #[schemars(range(max = 4_294_967_295_u32))]
    pub max_removals: Option<u32>,
    /// Most rules that may go from one registry with ten rules or more, in percent (default 30).
    #[schemars(range(max = 100))]
    pub max_removal_percent: Option<u32>,
    /// The widest rule that may be added, as a prefix length with its slash (default `/8`).
    #[schemars(with = "Option<Prefix>")]
    pub widest_rule: Option<Spanned<String>>,
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident as $case:literal { $($(#[$variant_doc:meta])* $variant:ident),+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
        #[serde(rename_all = $case)]
        pub(crate) enum $name { $($(#[$variant_doc])* $variant),+ }
    };
}

/// Defines an enumeration of ARM's own words.
macro_rules! arm_words {
    ($name:ident { $($variant:ident),+ }) => {
        words!($name as "PascalCase" { $($variant),+ });

        impl From<$name> for SettingValue<ListedRule> {
            fn from(word: $name) -> Self {
                match word { $($name::$variant => stringify!($variant).into()),+ }
            }
        }
    };
}

arm_words!(RawPublicNetworkAccess { Enabled, Disabled });
arm_words!(RawDefaultAction { Allow, Deny });
words!(RawServiceEndpoints as "lowercase" { Ensure, Assume });
words!(RawOwnership as "lowercase" { Exact, Additive });

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        u32::deserialize(deserializer).map(|_| Self)
    }
}

impl JsonSchema for Version {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Version".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "integer", "const": 1 })
    }
}

/// Returns the schema of `defaults`: the settings of a registry without the keys that identify it.
fn settings(generator: &mut SchemaGenerator) -> Schema {
    let mut schema = RawRegistry::json_schema(generator);
    schema.remove("oneOf");
    schema.remove("description");
    if let Some(properties) = schema
        .get_mut("properties")
        .and_then(|value| value.as_object_mut())
    {
        properties
            .retain(|key, _| !matches!(key.as_str(), "id" | "name" | "resourceGroup" | "subscription"));
    }
    schema
}

/// Implements a value that is either of a plain form or a mapping, with the schema to match.
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
                        $detailed::deserialize(MapAccessDeserializer::new(map)).map(|it| $name::Detailed(Box::new(it)))
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
        fn visit_seq<A: serde::de::SeqAccess<'de>>(self, seq: A) -> Result<RawNetwork, A::Error> {
            Vec::deserialize(serde::de::value::SeqAccessDeserializer::new(seq)).map(RawNetwork::Ranges)
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
