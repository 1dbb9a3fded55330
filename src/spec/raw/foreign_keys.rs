//! Keys of ARM, the Azure CLI and Terraform that stand for a key of the spec.

use crate::spec::help::Help;

/// Foreign keys in lower case without `_`, and the keys of the spec for them.
const FOREIGN_KEYS: [(&str, &str); 14] = [
    ("networkrulebypassoptions", "trustedServices"),
    ("networkrulebypassoption", "trustedServices"),
    ("networkrulebypassallowedfortasks", "tasksBypass"),
    ("dataendpointenabled", "dataEndpoint"),
    ("publicnetworkaccessenabled", "publicNetworkAccess"),
    ("virtualnetworkrules", "subnets"),
    ("virtualnetwork", "subnets"),
    ("virtualnetworksubnetresourceid", "subnets"),
    ("subnetids", "subnets"),
    ("resourcegroupname", "resourceGroup"),
    ("subscriptionid", "subscription"),
    ("value", "cidr"),
    ("iprange", "cidr"),
    ("ipaddressorrange", "cidr"),
];

/// Returns the help for a key that other tools use, if the spec has another one for it in this mapping.
pub(crate) fn help(key: &str, known: &[&str]) -> Option<Help> {
    let plain = key.replace('_', "").to_ascii_lowercase();
    for (foreign, ours) in FOREIGN_KEYS {
        if plain == foreign && known.contains(&ours) {
            return Some(Help::did_you_mean(ours));
        }
    }
    // The spec has neither of these levels, and every rule allows.
    match plain.as_str() {
        "networkruleset" | "properties" if known.contains(&"ipRules") => {
            Some("remove this level: its settings are keys of the registry, such as `defaultAction` and `ipRules`".into())
        }
        "action" if known.contains(&"cidr") => {
            Some("remove it: every entry of `ipRules` admits clients".into())
        }
        _ => None,
    }
}
