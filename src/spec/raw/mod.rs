//! The YAML as it is written. The schema and the deserializer are both derived from these types.
//!
//! Doc comments on the fields become descriptions in editors.

pub(crate) mod check_schema;
pub(crate) mod deserialize;
pub(crate) mod entries;
pub(crate) mod foreign_keys;
pub(crate) mod schema;
pub(crate) mod schema_types;
pub(crate) mod text_pattern;
pub(crate) mod weight;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::Deserializer;
use serde_json::json;

use super::types::ListedRule;
use crate::model::{Setting, SettingValue, bypass_word};
use deserialize::{NameMap, Spanned};
pub(crate) use entries::{
    RawCase, RawDetailedIpRule, RawExpect, RawIgnored, RawIpRule, RawNetwork, RawSubnet, RawSuppression,
};
use schema_types::{Prefix, RegistryIdText, RegistryName, Segment, SubnetText};

/// Example of a registry's id, and the same with places to fill in.
const REGISTRY: &str = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/registries/providers/\
                        Microsoft.ContainerRegistry/registries/contoso";
const REGISTRY_SNIPPET: &str = "/subscriptions/${1:subscription}/resourceGroups/${2:group}/providers/\
                                Microsoft.ContainerRegistry/registries/${3:name}";

/// Network access of Azure Container Registries.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
#[schemars(title = "ringfence spec", extend(
    "$id" = "urn:ringfence:spec:1",
    "required" = ["version"],
    "patternProperties" = { "^x-": {} },
    "defaultSnippets" = [{
        "label": "spec for one registry",
        "body": { "version": 1, "networks": { "${5:offices}": ["${4:203.0.113.0/24}"] }, "registries": [
            { "id": REGISTRY_SNIPPET, "defaultAction": "Deny", "ipRules": ["${5:offices}"] }
        ] }
    }]
))]
pub(crate) struct RawFile {
    /// Version of the format.
    #[serde(rename = "version")]
    #[schemars(example = 1)]
    pub _version: Version,
    /// Paths of files, relative to this one, whose `networks`, `subnets`, `defaults` and `guardrails` are used here. A
    /// key of this file wins; otherwise a key of a later file wins.
    #[schemars(example = ["shared/networks.yaml"])]
    pub include: Vec<Spanned<String>>,
    /// Named address sets for `ipRules`, `ignore` and `expect`.
    #[schemars(example = json!({ "offices": ["203.0.113.0/24"] }))]
    pub networks: NameMap<Spanned<RawNetwork>>,
    /// Named subnets: a resource id, or a mapping with the id and the public addresses of the clients.
    #[schemars(example = json!({ "build": entries::SUBNET }))]
    pub subnets: NameMap<Spanned<RawSubnet>>,
    /// Settings of every registry of this file that does not have them itself.
    #[schemars(schema_with = "settings")]
    pub defaults: RawRegistry,
    /// Registries and their wanted settings. A key that is left out is unmanaged: never written, never drift.
    #[schemars(example = json!([{ "id": REGISTRY, "defaultAction": "Deny", "ipRules": ["offices"] }]))]
    pub registries: Vec<Spanned<RawRegistry>>,
    /// Limits. A plan over a limit is refused.
    #[schemars(example = json!({ "maxRemovals": 20, "widestRule": "/16" }))]
    pub guardrails: RawGuardrails,
}

/// The value `1`. The schema check has refused every other value.
#[derive(Debug, Default)]
pub(crate) struct Version;

/// One registry and its settings. It is identified by `id`, or by `name`, `resourceGroup` and `subscription`.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
#[schemars(title = "registry", extend(
    "if" = { "required": ["id"] },
    "then" = { "properties": { "name": false, "resourceGroup": false, "subscription": false } },
    "else" = { "required": ["name", "resourceGroup", "subscription"] },
    "defaultSnippets" = [{
        "label": "registry for selected networks",
        "body": { "id": REGISTRY_SNIPPET, "defaultAction": "Deny", "ipRules": ["${4:203.0.113.0/24}"] }
    }]
))]
pub(crate) struct RawRegistry {
    /// Resource id of the registry.
    #[schemars(with = "Option<RegistryIdText>", example = REGISTRY)]
    pub id: Option<Spanned<String>>,
    /// Name of the registry, if `id` is not given.
    #[schemars(with = "Option<RegistryName>", example = &"contoso")]
    pub name: Option<Spanned<String>>,
    /// Resource group of the registry, if `id` is not given.
    #[schemars(with = "Option<Segment>", example = &"registries")]
    pub resource_group: Option<Spanned<String>>,
    /// Subscription id of the registry, if `id` is not given.
    #[schemars(with = "Option<Segment>", example = &"00000000-0000-0000-0000-000000000000")]
    pub subscription: Option<Spanned<String>>,
    /// `Disabled` blocks public access and service endpoints. Private endpoints still work.
    #[schemars(example = &"Enabled")]
    pub public_network_access: Option<Spanned<RawPublicNetworkAccess>>,
    /// Action for a client that no rule admits.
    #[schemars(example = &"Deny")]
    pub default_action: Option<Spanned<RawDefaultAction>>,
    /// Admitted addresses: names from `networks`, IPv4 addresses and CIDR ranges. `[]` is managed and empty.
    #[schemars(example = ["offices", "192.0.2.7"])]
    pub ip_rules: Option<Spanned<Vec<Spanned<RawIpRule>>>>,
    /// Subnets admitted through a service endpoint: names from `subnets`, or resource ids. `[]` is managed and
    /// empty.
    #[schemars(with = "Option<Vec<SubnetText>>", example = ["build"])]
    pub subnets: Option<Spanned<Vec<Spanned<String>>>>,
    /// `ensure` (default) enables the service endpoint `Microsoft.ContainerRegistry` on each wanted subnet without it.
    /// `assume` never changes a subnet.
    #[schemars(example = &"ensure")]
    pub service_endpoints: Option<Spanned<RawServiceEndpoints>>,
    /// `true` admits trusted Azure services whatever the rules say (`networkRuleBypassOptions`).
    #[schemars(example = true)]
    pub trusted_services: Option<Spanned<bool>>,
    /// `true` admits ACR Tasks whatever the rules say (`networkRuleBypassAllowedForTasks`).
    #[schemars(example = false)]
    pub tasks_bypass: Option<Spanned<bool>>,
    /// `true` serves layers from dedicated data endpoints (`dataEndpointEnabled`).
    #[schemars(example = true)]
    pub data_endpoint: Option<Spanned<bool>>,
    /// `IPv4AndIPv6` serves the registry over both address families (`endpointProtocol`). It needs `dataEndpoint: true`,
    /// and ACR Tasks do not work with it.
    #[schemars(example = &"IPv4")]
    pub endpoint_protocol: Option<Spanned<RawEndpointProtocol>>,
    /// `exact` (default) removes rules that are not listed. `additive` keeps them.
    #[schemars(example = &"exact")]
    pub ownership: Option<Spanned<RawOwnership>>,
    /// Live rules that others manage, as ranges, subnet ids, names, or `{text: …}` for a rule that is none of these, such as
    /// an IPv6 range. They are never changed and never drift.
    #[schemars(example = ["198.51.100.0/24"])]
    pub ignore: Option<Vec<Spanned<RawIgnored>>>,
    /// `true` refuses every plan that removes a rule of this registry, narrows its access, or opens it to everyone.
    /// `--override protect` lets one run do it.
    #[schemars(example = true)]
    pub protect: Option<Spanned<bool>>,
    /// Clients that must be admitted or denied in the wanted state, or a list of named cases of them.
    #[schemars(example = json!({ "allow": ["offices"], "deny": ["8.8.8.8"] }))]
    pub expect: Option<RawExpect>,
    /// Posture findings that are accepted for this registry, each with its reason.
    #[schemars(example = json!([{ "rule": "RF033", "reason": "clients go through a proxy" }]))]
    pub suppress: Option<Vec<Spanned<RawSuppression>>>,
}

/// A setting with its value and its place.
type PlacedValue = (Setting, Spanned<SettingValue<ListedRule>>);

impl RawRegistry {
    /// Fills in the settings that are missing here. The keys that identify the registry have no default.
    pub(crate) fn or(self, defaults: &Self) -> Self {
        Self {
            id: self.id,
            name: self.name,
            resource_group: self.resource_group,
            subscription: self.subscription,
            public_network_access: self
                .public_network_access
                .or_else(|| defaults.public_network_access.clone()),
            default_action: self.default_action.or_else(|| defaults.default_action.clone()),
            ip_rules: self.ip_rules.or_else(|| defaults.ip_rules.clone()),
            subnets: self.subnets.or_else(|| defaults.subnets.clone()),
            service_endpoints: self
                .service_endpoints
                .or_else(|| defaults.service_endpoints.clone()),
            trusted_services: self
                .trusted_services
                .or_else(|| defaults.trusted_services.clone()),
            tasks_bypass: self.tasks_bypass.or_else(|| defaults.tasks_bypass.clone()),
            data_endpoint: self.data_endpoint.or_else(|| defaults.data_endpoint.clone()),
            endpoint_protocol: self
                .endpoint_protocol
                .or_else(|| defaults.endpoint_protocol.clone()),
            ownership: self.ownership.or_else(|| defaults.ownership.clone()),
            ignore: self.ignore.or_else(|| defaults.ignore.clone()),
            protect: self.protect.or_else(|| defaults.protect.clone()),
            expect: self.expect.or_else(|| defaults.expect.clone()),
            suppress: self.suppress.or_else(|| defaults.suppress.clone()),
        }
    }

    /// Returns the settings that have one value each. The pattern names every key, so that no new key is forgotten
    /// here.
    pub(crate) fn single_values(&self) -> Vec<PlacedValue> {
        let Self {
            public_network_access,
            default_action,
            trusted_services,
            tasks_bypass,
            data_endpoint,
            endpoint_protocol,
            // The lists and the keys that are not settings are resolved one by one.
            id: _,
            name: _,
            resource_group: _,
            subscription: _,
            ip_rules: _,
            subnets: _,
            service_endpoints: _,
            ownership: _,
            ignore: _,
            protect: _,
            expect: _,
            suppress: _,
        } = self;
        let trusted_services = trusted_services.as_ref().map(|raw| Spanned {
            at: raw.at,
            value: bypass_word(raw.value),
        });
        let mut values = Vec::new();
        values.extend(placed(Setting::PublicNetworkAccess, public_network_access));
        values.extend(placed(Setting::DefaultAction, default_action));
        values.extend(placed(Setting::NetworkRuleBypassOptions, &trusted_services));
        values.extend(placed(Setting::NetworkRuleBypassAllowedForTasks, tasks_bypass));
        values.extend(placed(Setting::DataEndpointEnabled, data_endpoint));
        values.extend(placed(Setting::EndpointProtocol, endpoint_protocol));
        values
    }
}

fn placed<T>(setting: Setting, raw: &Option<Spanned<T>>) -> Option<PlacedValue>
where
    T: Copy + Into<SettingValue<ListedRule>>,
{
    let raw = raw.as_ref()?;
    let value = raw.value.into();
    Some((setting, Spanned { at: raw.at, value }))
}

/// Limits. A plan over a limit is refused.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct RawGuardrails {
    /// Most rules that a plan may remove from one registry.
    #[schemars(range(max = 4_294_967_295_u32), example = 20)]
    pub max_removals: Option<u32>,
    /// The same limit in percent, for a registry with ten rules or more (default 30).
    #[schemars(range(max = 100), example = 30)]
    pub max_removal_percent: Option<u32>,
    /// Widest rule that a plan may add, as a prefix length with its slash (default `/8`).
    #[schemars(with = "Option<Prefix>", example = &"/16")]
    pub widest_rule: Option<Spanned<String>>,
}

impl RawGuardrails {
    /// Fills in the limits that are missing here.
    pub(crate) fn or(self, other: &Self) -> Self {
        Self {
            max_removals: self.max_removals.or(other.max_removals),
            max_removal_percent: self.max_removal_percent.or(other.max_removal_percent),
            widest_rule: self.widest_rule.or_else(|| other.widest_rule.clone()),
        }
    }
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
    ($name:ident { $($(#[$doc:meta])* $variant:ident),+ }) => {
        words!($name as "PascalCase" { $($(#[$doc])* $variant),+ });

        impl From<$name> for SettingValue<ListedRule> {
            fn from(word: $name) -> Self {
                match word { $($name::$variant => stringify!($variant).into()),+ }
            }
        }
    };
}

arm_words!(RawPublicNetworkAccess {
    /// The default action and the rules decide who gets in.
    Enabled,
    /// Only private endpoints get in, and what a bypass admits.
    Disabled
});
arm_words!(RawDefaultAction {
    /// Everyone reaches the registry; rules have no effect.
    Allow,
    /// Only listed addresses and subnets reach the registry.
    Deny
});
arm_words!(RawEndpointProtocol {
    /// The endpoints take IPv4 clients.
    IPv4,
    /// The endpoints take IPv6 clients too.
    IPv4AndIPv6
});
words!(RawServiceEndpoints as "lowercase" {
    /// Turns the service endpoint on where a wanted subnet lacks it.
    Ensure,
    /// Never changes a subnet.
    Assume
});
words!(RawOwnership as "lowercase" {
    /// Removes rules that are not listed.
    Exact,
    /// Keeps rules that are not listed.
    Additive
});

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
    // These ask for the keys that identify a registry, or fill them in.
    for key in ["if", "then", "else", "defaultSnippets", "title", "description"] {
        schema.remove(key);
    }
    if let Some(properties) = schema
        .get_mut("properties")
        .and_then(|value| value.as_object_mut())
    {
        properties
            .retain(|key, _| !matches!(key.as_str(), "id" | "name" | "resourceGroup" | "subscription"));
    }
    schema
}
