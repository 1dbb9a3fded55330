//! The settings of a registry that ringfence manages: one table.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

/// The facts about one setting.
#[derive(Debug)]
pub struct SettingFacts {
    /// ARM's path below `properties`.
    pub path: &'static str,
    /// The key in the spec.
    pub spec_key: &'static str,
    pub kind: SettingKind,
    /// True if Azure refuses the setting on a registry below SKU Premium.
    pub premium: bool,
    /// The value that an answer without the field stands for below SKU Premium; `None` where that is not known. An answer
    /// about a Premium registry always has a field with a default.
    pub default: Option<&'static str>,
    /// The words for a setting that the confirmation question names, because a change of it deserves a second look.
    pub asks_twice: Option<&'static str>,
    /// True if documents leave the setting out where it was not shown, because older documents do not know it: their
    /// checksums still fit.
    pub left_out_if_hidden: bool,
}

impl Setting {
    /// Returns the word that a value is taken for which is not known here, where the setting decides who gets in.
    pub(crate) fn stand_in(self, value: &str) -> Option<&'static str> {
        let SettingKind::Word { unknown_means, .. } = self.facts().kind else {
            return None;
        };
        match self.known_word(value) {
            Some(_) => None,
            None => unknown_means,
        }
    }
}

/// The form of a setting's value.
#[derive(Debug)]
pub enum SettingKind {
    /// A word of an enumeration, in ARM's own case; answers mix the case.
    Word {
        /// The known words. For a spec key that is a flag: the word for `true`, then the word for `false`.
        words: [&'static str; 2],
        /// True if the spec key is a flag.
        spec_flag: bool,
        /// The word that an unknown value is taken for, where the setting decides who gets in.
        unknown_means: Option<&'static str>,
    },
    /// True or false.
    Flag,
    /// A list of rules.
    Rules {
        /// The keys of an element that can name the rule, in the order in which they are tried.
        keys: &'static [&'static str],
        /// True if an api-version may hide the list of a Premium registry. Where it may not, a Premium answer without
        /// the list is an error.
        may_be_hidden: bool,
    },
}

/// Defines [`Setting`] and the facts about each.
macro_rules! settings {
    ($($(#[$doc:meta])* $name:ident: $facts:expr,)+) => {
        /// A setting of a registry. The JSON form is ARM's path below `properties`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Setting { $($(#[$doc])* $name),+ }

        impl Setting {
            /// Every setting, in the order of a registry's own body.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// Returns the facts about the setting.
            pub fn facts(self) -> &'static SettingFacts {
                match self { $(Self::$name => const { &$facts }),+ }
            }
        }
    };
}

/// The words of `networkRuleBypassOptions`: for true, then for false.
const BYPASS_WORDS: [&str; 2] = ["AzureServices", "None"];

/// Returns the word of `networkRuleBypassOptions` for the flag of the spec.
pub fn bypass_word(on: bool) -> &'static str {
    let [yes, no] = BYPASS_WORDS;
    if on { yes } else { no }
}

settings! {
    /// Public access, service endpoints included.
    PublicNetworkAccess: SettingFacts {
        path: "publicNetworkAccess",
        spec_key: "publicNetworkAccess",
        kind: SettingKind::Word { words: ["Enabled", "Disabled"], unknown_means: Some("Disabled"), spec_flag: false },
        // `DisablingPublicNetworkAccessNotSupported`: hashicorp/terraform-provider-azurerm#26054
        premium: true,
        default: None,
        asks_twice: Some("public access"),
        left_out_if_hidden: false,
    },
    /// The decision about clients that no rule admits.
    DefaultAction: SettingFacts {
        path: "networkRuleSet.defaultAction",
        spec_key: "defaultAction",
        kind: SettingKind::Word { words: ["Allow", "Deny"], unknown_means: Some("Deny"), spec_flag: false },
        // `NetworkRuleNotSupported`: hashicorp/terraform-provider-azurerm
        premium: true,
        // All networks is the default (container-registry-access-selected-networks).
        default: Some("Allow"),
        asks_twice: Some("the default action"),
        left_out_if_hidden: false,
    },
    /// The public addresses that get in under `Deny`.
    IpRules: SettingFacts {
        path: "networkRuleSet.ipRules",
        spec_key: "ipRules",
        // Every recorded answer about a Premium registry has the list, be it empty, and none about Basic and Standard
        // has (recorded: azure-cli test_acr_network_rule, test_acr_image_import; azure-powershell
        // TestCreateWithNetworkRuleSet).
        kind: SettingKind::Rules { keys: &["value"], may_be_hidden: false },
        premium: true,
        default: None,
        asks_twice: None,
        left_out_if_hidden: false,
    },
    /// The subnets that get in over a service endpoint under `Deny`.
    VirtualNetworkRules: SettingFacts {
        path: "networkRuleSet.virtualNetworkRules",
        spec_key: "subnets",
        // A Premium registry whose answer lacks the key may have rules that the api-version hides (recorded: azure-cli
        // test_acr_network_rule, 2022-06); Basic and Standard have no rules. The id has two spellings, whatever the
        // api-version (Azure/azure-cli#33685 against the recordings of 2022 and 2023).
        kind: SettingKind::Rules { keys: &["virtualNetworkSubnetResourceId", "id"], may_be_hidden: true },
        premium: true,
        default: None,
        asks_twice: None,
        left_out_if_hidden: false,
    },
    /// Access of trusted Azure services beside all rules.
    NetworkRuleBypassOptions: SettingFacts {
        path: "networkRuleBypassOptions",
        spec_key: "trustedServices",
        kind: SettingKind::Word { words: BYPASS_WORDS, unknown_means: None, spec_flag: true },
        premium: false,
        default: None,
        asks_twice: None,
        left_out_if_hidden: false,
    },
    /// Access of ACR Tasks beside all rules.
    NetworkRuleBypassAllowedForTasks: SettingFacts {
        path: "networkRuleBypassAllowedForTasks",
        spec_key: "tasksBypass",
        kind: SettingKind::Flag,
        premium: false,
        default: None,
        asks_twice: None,
        left_out_if_hidden: false,
    },
    /// Dedicated data endpoints, which change the host names of layer downloads.
    DataEndpointEnabled: SettingFacts {
        path: "dataEndpointEnabled",
        spec_key: "dataEndpoint",
        kind: SettingKind::Flag,
        premium: true,
        default: None,
        asks_twice: Some("the data endpoint"),
        left_out_if_hidden: false,
    },
    /// The address families of the registry's endpoints.
    EndpointProtocol: SettingFacts {
        path: "endpointProtocol",
        spec_key: "endpointProtocol",
        kind: SettingKind::Word { words: ["IPv4", "IPv4AndIPv6"], unknown_means: None, spec_flag: false },
        // recorded: azure-cli test_acr_with_dual_stack_endpoints, 2026-09
        premium: true,
        default: None,
        asks_twice: Some("the endpoint protocol"),
        left_out_if_hidden: true,
    },
}

/// The path that plans, reports and findings give to the service endpoints of subnets, beside the settings.
pub const SERVICE_ENDPOINTS_PATH: &str = "subnet.serviceEndpoints";

/// The path of leases in documents: they are tags of the registry.
pub const LEASES_PATH: &str = "tags";

impl Setting {
    /// Returns ARM's path below `properties`.
    pub fn path(self) -> &'static str {
        self.facts().path
    }

    /// Returns ARM's own key: the path without the object that it is in.
    pub fn key(self) -> &'static str {
        let path = self.path();
        path.rsplit_once('.').map_or(path, |(_, key)| key)
    }

    /// Returns the key in the spec.
    pub fn spec_key(self) -> &'static str {
        self.facts().spec_key
    }

    /// Returns true if the setting is a list of rules.
    pub fn is_list(self) -> bool {
        matches!(self.facts().kind, SettingKind::Rules { .. })
    }

    /// Returns the settings that are lists of rules.
    pub fn lists() -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(|setting| setting.is_list())
    }

    /// Returns a value of ARM as the spec writes it: the flag of a word, if the spec key is a flag.
    pub fn spec_value(self, value: &Value) -> Value {
        let SettingKind::Word {
            words,
            spec_flag: true,
            ..
        } = self.facts().kind
        else {
            return value.clone();
        };
        match value.as_str().and_then(|text| self.known_word(text)) {
            Some(word) => Value::Bool(word == words[0]),
            None => value.clone(),
        }
    }

    /// Returns the known word of an enumeration that `text` is, without regard to case.
    pub fn known_word(self, text: &str) -> Option<&'static str> {
        let SettingKind::Word { words, .. } = self.facts().kind else {
            return None;
        };
        words.into_iter().find(|word| word.eq_ignore_ascii_case(text))
    }
}

impl Serialize for Setting {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.path())
    }
}

impl<'de> Deserialize<'de> for Setting {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let path = <Cow<'_, str>>::deserialize(deserializer)?;
        for setting in Self::ALL {
            if setting.path() == path {
                return Ok(*setting);
            }
        }
        Err(serde::de::Error::custom(format_args!("unknown setting `{path}`")))
    }
}

/// The schema has two values more than [`Setting::ALL`]: rows about the service endpoints of subnets and about leases share
/// the key.
impl JsonSchema for Setting {
    fn schema_name() -> Cow<'static, str> {
        "Setting".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let paths: Vec<&str> = Self::ALL.iter().map(|setting| setting.path()).collect();
        json_schema!({
            "oneOf": [
                { "type": "string", "enum": paths },
                {
                    "type": "string",
                    "const": SERVICE_ENDPOINTS_PATH,
                    "description": "On the subnets, not on the registry: `serviceEndpoints` lists `Microsoft.ContainerRegistry`."
                },
                {
                    "type": "string",
                    "const": LEASES_PATH,
                    "description": "The tags of leases, beside `properties`: a lease holds what is wanted."
                }
            ],
            "description": "A managed setting. The name is ARM's path below `properties`."
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn paths_and_keys_are_unique() {
        for name in [Setting::path, Setting::key, Setting::spec_key] {
            let names: BTreeSet<_> = Setting::ALL.iter().copied().map(name).collect();
            assert_eq!(names.len(), Setting::ALL.len());
        }
    }

    #[test]
    fn settings_read_back_from_their_path() {
        for setting in Setting::ALL {
            let json = serde_json::to_value(setting).unwrap();
            assert_eq!(json, setting.path());
            assert_eq!(serde_json::from_value::<Setting>(json).unwrap(), *setting);
        }
        assert!(serde_json::from_str::<Setting>("\"sku\"").is_err());
    }

    #[test]
    fn later_settings_are_left_out_of_documents_where_hidden() {
        // Documents of every version have these. The checksums of older ones do not cover any other.
        let first = [
            Setting::PublicNetworkAccess,
            Setting::DefaultAction,
            Setting::IpRules,
            Setting::VirtualNetworkRules,
            Setting::NetworkRuleBypassOptions,
            Setting::NetworkRuleBypassAllowedForTasks,
            Setting::DataEndpointEnabled,
        ];
        for setting in Setting::ALL {
            let later = !first.contains(setting);
            assert_eq!(setting.facts().left_out_if_hidden, later, "{}", setting.path());
        }
    }

    #[test]
    fn defaults_and_stand_ins_are_known_words() {
        for setting in Setting::ALL {
            let facts = setting.facts();
            let SettingKind::Word { unknown_means, .. } = facts.kind else {
                assert_eq!(facts.default, None, "{}", facts.path);
                continue;
            };
            for word in [facts.default, unknown_means].into_iter().flatten() {
                assert_eq!(setting.known_word(&word.to_uppercase()), Some(word));
            }
        }
        assert_eq!(Setting::DefaultAction.known_word("Maybe"), None);
    }
}
