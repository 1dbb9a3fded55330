//! The YAML as it is written. The schema and the deserializer are both derived from these types.
//!
//! Doc comments on the fields become descriptions in editors.

pub(crate) mod check_schema;
pub(crate) mod deserialize;
pub(crate) mod entries;
pub(crate) mod foreign_keys;
pub(crate) mod merge_defaults;
pub(crate) mod schema;
pub(crate) mod schema_types;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::Deserializer;

use super::types::ListedRule;
use crate::model::SettingValue;
use deserialize::{NameMap, Spanned};
pub(crate) use entries::{RawDetailedIpRule, RawIpRule, RawNetwork};
use schema_types::{Prefix, RegistryIdText, RegistryName, Segment, SubnetIdText};

/// Network access of Azure Container Registries.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
#[schemars(title = "ringfence spec", extend("required" = ["version"]))]
pub(crate) struct RawFile {
    /// Version of the format.
    #[serde(rename = "version")]
    pub _version: Version,
    /// Paths of files, relative to this one, whose `networks`, `subnets`, `defaults` and `guardrails` are used here. A
    /// key of this file wins; otherwise a key of a later file wins.
    pub include: Vec<Spanned<String>>,
    /// Named address sets for `ipRules`, `ignore` and `expect`.
    pub networks: NameMap<Spanned<RawNetwork>>,
    /// Named subnets, by resource id.
    #[schemars(with = "std::collections::BTreeMap<String, SubnetIdText>")]
    pub subnets: NameMap<Spanned<String>>,
    /// Settings of every registry of this file that does not have them itself.
    #[schemars(schema_with = "settings")]
    pub defaults: RawRegistry,
    /// Registries and their wanted settings. A key that is left out is unmanaged: never written, never drift.
    pub registries: Vec<Spanned<RawRegistry>>,
    /// Limits. A plan over a limit is refused.
    pub guardrails: RawGuardrails,
}

/// The value `1`. The schema check has refused every other value.
#[derive(Debug, Default)]
pub(crate) struct Version;

/// One registry and its settings. It is identified by `id`, or by `name`, `resourceGroup` and `subscription`.
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
    /// Name of the registry, if `id` is not given.
    #[schemars(with = "Option<RegistryName>")]
    pub name: Option<Spanned<String>>,
    /// Resource group of the registry, if `id` is not given.
    #[schemars(with = "Option<Segment>")]
    pub resource_group: Option<Spanned<String>>,
    /// Subscription id of the registry, if `id` is not given.
    #[schemars(with = "Option<Segment>")]
    pub subscription: Option<Spanned<String>>,
    /// `Disabled` blocks public access and service endpoints. Private endpoints still work.
    pub public_network_access: Option<Spanned<RawPublicNetworkAccess>>,
    /// Action for a client that no rule admits.
    pub default_action: Option<Spanned<RawDefaultAction>>,
    /// Admitted addresses: names from `networks`, IPv4 addresses and CIDR ranges. `[]` is managed and empty.
    pub ip_rules: Option<Spanned<Vec<Spanned<RawIpRule>>>>,
    /// Subnets admitted through a service endpoint: names from `subnets`, or resource ids. `[]` is managed and
    /// empty.
    pub subnets: Option<Spanned<Vec<Spanned<String>>>>,
    /// `ensure` (default) enables the service endpoint `Microsoft.ContainerRegistry` on each wanted subnet without it.
    /// `assume` never changes a subnet.
    pub service_endpoints: Option<Spanned<RawServiceEndpoints>>,
    /// `true` admits trusted Azure services whatever the rules say (`networkRuleBypassOptions`).
    pub trusted_services: Option<Spanned<bool>>,
    /// `true` admits ACR Tasks whatever the rules say (`networkRuleBypassAllowedForTasks`).
    pub tasks_bypass: Option<Spanned<bool>>,
    /// `true` serves layers from dedicated data endpoints (`dataEndpointEnabled`).
    pub data_endpoint: Option<Spanned<bool>>,
    /// `IPv4AndIPv6` serves the registry over both address families (`endpointProtocol`). It needs `dataEndpoint: true`,
    /// and ACR Tasks do not work with it.
    pub endpoint_protocol: Option<Spanned<RawEndpointProtocol>>,
    /// `exact` (default) removes rules that are not listed. `additive` keeps them.
    pub ownership: Option<Spanned<RawOwnership>>,
    /// Live rules that others manage, as ranges, subnet ids, or names. They are never changed and never drift.
    pub ignore: Option<Vec<Spanned<String>>>,
    /// Clients that must be admitted or denied in the wanted state.
    pub expect: Option<RawExpect>,
}

/// Clients that must be admitted, and clients that must be denied.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct RawExpect {
    /// Addresses, ranges, subnet ids, or names. All addresses of each must be admitted.
    pub allow: Vec<Spanned<String>>,
    /// Addresses, ranges, subnet ids, or names. No address of any may be admitted.
    pub deny: Vec<Spanned<String>>,
}

/// Limits. A plan over a limit is refused.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct RawGuardrails {
    /// Most rules that a plan may remove from one registry.
    #[schemars(range(max = 4_294_967_295_u32))]
    pub max_removals: Option<u32>,
    /// The same limit in percent, for a registry with ten rules or more (default 30).
    #[schemars(range(max = 100))]
    pub max_removal_percent: Option<u32>,
    /// Widest rule that a plan may add, as a prefix length with its slash (default `/8`).
    #[schemars(with = "Option<Prefix>")]
    pub widest_rule: Option<Spanned<String>>,
}

/// Declares an enum whose variants are the words of a key.
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
arm_words!(RawEndpointProtocol { IPv4, IPv4AndIPv6 });
words!(RawServiceEndpoints as "lowercase" { Ensure, Assume });
words!(RawOwnership as "lowercase" { Exact, Additive });

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        u32::deserialize(deserializer)?;
        Ok(Self)
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
    // `oneOf` asks for the keys that identify a registry.
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
