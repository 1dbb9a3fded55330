//! Reads that judging a registry needs beside those of a plan: subnets of its live rules, and what is known of them.

use std::collections::{BTreeMap, BTreeSet};

use futures::StreamExt;

use super::cache::Cache;
use super::read::{read_subnets, read_usages, registrations};
use super::types::{Live, LiveSubnet, Reading};
use crate::azure::{ArmClient, side_by_side};
use crate::model::{RegistryId, Rule, SURE_RULES, Setting, SubnetId};

/// Completes readings, `parallel` registries at a time. A registry without subnet rules and far from its quota takes no
/// request. What cannot be read stays out.
pub async fn read_for_posture(client: &ArmClient, live: &mut Live, parallel: usize) {
    let cache = &Cache::default();
    let known = &known_subnets(live);
    let reads = live.registries.iter().filter_map(|(id, reading)| {
        let reading = reading.as_ref().ok()?;
        let more = async move { (id.clone(), read_more(client, cache, id, reading, known).await) };
        Some((id, more))
    });
    let more: Vec<_> = side_by_side(reads, parallel).collect().await;
    for (id, more) in more {
        if let Some(Ok(reading)) = live.registries.get_mut(&id) {
            *reading = more;
        }
    }
}

/// Returns the subnets that were read for any registry.
fn known_subnets(live: &Live) -> BTreeMap<SubnetId, LiveSubnet> {
    let mut known = BTreeMap::new();
    for reading in live.registries.values().flatten() {
        known.extend(reading.subnets.clone());
    }
    known
}

async fn read_more(
    client: &ArmClient,
    cache: &Cache,
    id: &RegistryId,
    reading: &Reading,
    known: &BTreeMap<SubnetId, LiveSubnet>,
) -> Reading {
    let mut more = reading.clone();
    more.service_endpoints_supported = client.cloud().service_endpoints_supported;
    let needs = PostureNeeds::of(reading, known);
    let version = &reading.registry.api_version;
    let (subnets, states) = futures::join!(
        read_subnets(client, cache, needs.unread),
        registrations(client, cache, needs.subscriptions),
    );
    for subnet in needs.subnets {
        if let Some(known) = known.get(&subnet) {
            more.subnets.insert(subnet, known.clone());
        }
    }
    more.subnets.extend(subnets);
    more.registrations.extend(states);
    if needs.usages {
        more.usages = read_usages(client, id, version).await;
    }
    if needs.cache_rules {
        more.cache_rules = read_cache_rules(client, id, version).await;
    }
    more
}

/// Reads that the rules need and that were not made yet.
#[derive(Debug, Default, PartialEq)]
struct PostureNeeds {
    /// Subnets of the live rules.
    subnets: BTreeSet<SubnetId>,
    /// Those of them that no registry's reading has.
    unread: Vec<SubnetId>,
    /// Subscriptions of these subnets, in lower case, but for the registry's own.
    subscriptions: BTreeSet<String>,
    /// True if a list is near the quota, or is hidden.
    usages: bool,
    /// True if the artifact cache would be cut off.
    cache_rules: bool,
}

impl PostureNeeds {
    fn of(reading: &Reading, known: &BTreeMap<SubnetId, LiveSubnet>) -> Self {
        let registry = &reading.registry;
        let mut needs = Self::default();
        if !registry.is_premium() {
            return needs;
        }
        let rules = registry.settings.rules(Setting::VirtualNetworkRules);
        let own = registry.id.subscription().to_ascii_lowercase();
        for id in rules.unwrap_or_default().iter().filter_map(Rule::subnet) {
            let subscription = id.subscription().to_ascii_lowercase();
            // The registry's own subscription is registered, because the registry is there.
            if subscription != own && !reading.registrations.contains_key(&subscription) {
                needs.subscriptions.insert(subscription);
            }
            if needs.subnets.insert(id.clone()) && !known.contains_key(id) {
                needs.unread.push(id.clone());
            }
        }
        let mut near = false;
        for list in Setting::lists() {
            let count = registry.settings.rules(list).unwrap_or_default().len();
            near |= count * 10 >= SURE_RULES * 9;
        }
        needs.usages = reading.usages.is_none() && (near || registry.hides_subnet_rules());
        // An open registry admits the cache whatever the bypass says.
        let bypass = registry.settings.word(Setting::NetworkRuleBypassOptions);
        let open = registry.settings.word(Setting::DefaultAction) != Some("Deny")
            && registry.settings.word(Setting::PublicNetworkAccess) != Some("Disabled");
        needs.cache_rules = bypass == Some("None") && !open;
        needs
    }
}

/// Reads the number of artifact cache rules.
async fn read_cache_rules(client: &ArmClient, id: &RegistryId, api_version: &str) -> Option<usize> {
    let list = client
        .cache_rules(id, api_version)
        .await
        .inspect_err(|error| tracing::debug!(code = error.code(), %error, "cache rules are not known"))
        .ok()?;
    Some(list["value"].as_array()?.len())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::live::parse;

    fn reading(sku: &str, properties: &Value) -> Reading {
        let mut body = json!({
            "id": "/subscriptions/s1/resourceGroups/r/providers/Microsoft.ContainerRegistry/registries/contoso",
            "location": "westeurope", "sku": {"name": sku},
            "properties": {
                "provisioningState": "Succeeded", "loginServer": "contoso.azurecr.io",
                "networkRuleBypassOptions": "AzureServices",
                "networkRuleSet": {"defaultAction": "Deny", "ipRules": [], "virtualNetworkRules": []}
            }
        });
        for (key, value) in properties.as_object().unwrap() {
            body["properties"][key] = value.clone();
        }
        Reading::of(parse::registry("2026-09-01-preview", body).unwrap())
    }

    fn subnet(subscription: &str) -> SubnetId {
        let id = format!(
            "/subscriptions/{subscription}/resourceGroups/r/providers/Microsoft.Network/virtualNetworks/v/subnets/a"
        );
        SubnetId::parse(&id).unwrap()
    }

    fn with_subnets(ids: &[&SubnetId]) -> Value {
        let rules: Vec<Value> = ids.iter().map(|id| json!({"id": id.as_str()})).collect();
        json!({"networkRuleSet": {"defaultAction": "Deny", "ipRules": [], "virtualNetworkRules": rules}})
    }

    #[test]
    fn registry_without_subnets_far_from_its_quota_needs_nothing() {
        let none = BTreeMap::new();
        let needs = PostureNeeds::of(&reading("Premium", &json!({})), &none);
        assert_eq!(needs, PostureNeeds::default());
        let hidden = json!({"networkRuleSet": {"defaultAction": "Deny", "ipRules": []}});
        assert!(PostureNeeds::of(&reading("Premium", &hidden), &none).usages);
        assert!(!PostureNeeds::of(&reading("Standard", &hidden), &none).usages);
        let shut_out = json!({"networkRuleBypassOptions": "None"});
        assert!(PostureNeeds::of(&reading("Premium", &shut_out), &none).cache_rules);
    }

    #[test]
    fn subnets_of_live_rules_are_read_once() {
        let (own, other) = (subnet("S1"), subnet("s2"));
        let reading = reading("Premium", &with_subnets(&[&own, &other, &own]));
        let needs = PostureNeeds::of(&reading, &BTreeMap::new());
        assert_eq!(needs.unread, [own.clone(), other.clone()]);
        assert_eq!(needs.subscriptions, BTreeSet::from(["s2".to_owned()]));
        let failure = LiveSubnet::Unreadable(crate::model::Failure::new("NotFound", "gone"));
        let known = BTreeMap::from([(own, failure)]);
        assert_eq!(PostureNeeds::of(&reading, &known).unread, [other]);
    }
}
