//! Reads that judging a registry needs beside those of a plan: subnets of its live rules, and what is known of them.

use std::collections::{BTreeMap, BTreeSet};

use futures::StreamExt;

use super::cache::Cache;
use super::read::{read_registry, read_subnets, read_usages, registrations};
use super::types::{Live, LiveRegistry, LiveSubnet, Reading, Usages};
use crate::azure::{ArmClient, side_by_side};
use crate::model::{Failure, FailureKind, RegistryId, Rule, SURE_RULES, Setting, SubnetId};

/// Completes readings, `parallel` registries at a time. A registry without subnet rules and far from its quota takes no
/// request. What cannot be read is named in the reading.
pub async fn read_for_posture(client: &ArmClient, live: &mut Live, parallel: usize) {
    let cache = &Cache::for_live(live);
    let known = &Known::of(live);
    let reads = live.registries.iter().filter_map(|(id, reading)| {
        let reading = reading.as_ref().ok()?;
        let needs = RuleNeeds::of(reading, known);
        let read = async move {
            (
                id.clone(),
                needs.read(client, cache, known, &reading.registry).await,
            )
        };
        Some((id, read))
    });
    let reads: Vec<(RegistryId, RuleReads)> = side_by_side(reads, parallel).collect().await;
    for (id, reads) in reads {
        if let Some(Ok(reading)) = live.registries.get_mut(&id) {
            reads.add_to(reading, client);
        }
    }
}

/// Reads a registry and what its own rules rest on: their subnets, the registration of our provider in all subscriptions, and
/// for Premium the quotas.
///
/// # Errors
/// The failure of reading the registry. Other reads that fail are part of the [`Reading`].
pub async fn read_with_rules(client: &ArmClient, id: &RegistryId) -> Result<Reading, Failure> {
    let mut reading = Reading::of(read_registry(client, id).await?);
    let known = Known::default();
    let mut needs = RuleNeeds::of(&reading, &known);
    needs.usages = reading.registry.is_premium();
    needs.cache_rules = false;
    needs.subscriptions.insert(id.subscription().to_ascii_lowercase());
    let reads = needs
        .read(client, &Cache::default(), &known, &reading.registry)
        .await;
    reads.add_to(&mut reading, client);
    Ok(reading)
}

/// What was read for any registry.
#[derive(Debug, Default)]
struct Known<'a> {
    subnets: BTreeMap<&'a SubnetId, &'a LiveSubnet>,
    /// By subscription in lower case.
    registrations: BTreeMap<&'a str, &'a str>,
}

impl<'a> Known<'a> {
    fn of(live: &'a Live) -> Self {
        let mut known = Self::default();
        for reading in live.registries.values().flatten() {
            known.subnets.extend(&reading.subnets);
            for (subscription, state) in &reading.registrations {
                known.registrations.insert(subscription, state);
            }
        }
        known
    }
}

/// First api-version with artifact cache rules (azure-rest-api-specs: containerregistry/resource-manager).
const FIRST_WITH_CACHE_RULES: &str = "2023-01-01-preview";

/// Reads that the rules need and that were not made for this registry yet.
#[derive(Debug, Default, PartialEq)]
struct RuleNeeds {
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

/// What was read beside a reading.
struct RuleReads {
    subnets: BTreeMap<SubnetId, LiveSubnet>,
    registrations: BTreeMap<String, Result<String, Failure>>,
    usages: Option<Result<Usages, Failure>>,
    cache_rules: Option<Result<usize, Failure>>,
}

impl RuleNeeds {
    fn of(reading: &Reading, known: &Known<'_>) -> Self {
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
            if needs.subnets.insert(id.clone()) && !known.subnets.contains_key(id) {
                needs.unread.push(id.clone());
            }
        }
        let mut near = false;
        for list in Setting::lists() {
            let count = registry.settings.rules(list).unwrap_or_default().len();
            near |= count * 10 >= SURE_RULES * 9;
        }
        needs.usages = reading.usages.is_none() && (near || registry.hides_subnet_rules());
        // An open registry admits the cache whatever the bypass says, and beside subnet rules the bypass does not apply.
        let bypass = registry.settings.word(Setting::NetworkRuleBypassOptions);
        let open = registry.settings.word(Setting::DefaultAction) != Some("Deny")
            && registry.settings.word(Setting::PublicNetworkAccess) != Some("Disabled");
        let may_be_cut = bypass == Some("None") || !needs.subnets.is_empty();
        needs.cache_rules = !open && may_be_cut && *registry.api_version >= *FIRST_WITH_CACHE_RULES;
        needs
    }

    /// Makes the reads of one registry. What is known of another one is taken from there.
    async fn read(
        self,
        client: &ArmClient,
        cache: &Cache,
        known: &Known<'_>,
        registry: &LiveRegistry,
    ) -> RuleReads {
        let mut subnets = BTreeMap::new();
        for id in &self.subnets {
            if let Some(subnet) = known.subnets.get(id) {
                subnets.insert(id.clone(), (*subnet).clone());
            }
        }
        let mut states = BTreeMap::new();
        let mut unknown = BTreeSet::new();
        for subscription in self.subscriptions {
            match known.registrations.get(subscription.as_str()) {
                Some(state) => drop(states.insert(subscription, Ok((*state).to_owned()))),
                None => drop(unknown.insert(subscription)),
            }
        }
        let version = &registry.api_version;
        // All of them are independent of each other.
        let (read_subnets, registrations, usages, cache_rules) = futures::join!(
            read_subnets(client, cache, self.unread),
            registrations(client, cache, unknown),
            read_if(self.usages, read_usages(client, &registry.id, version)),
            read_if(self.cache_rules, read_cache_rules(client, &registry.id, version)),
        );
        subnets.extend(read_subnets);
        states.extend(registrations);
        RuleReads {
            subnets,
            registrations: states,
            usages,
            cache_rules,
        }
    }
}

impl RuleReads {
    fn add_to(self, reading: &mut Reading, client: &ArmClient) {
        reading.service_endpoints_supported = client.cloud().service_endpoints_supported;
        reading.subnets.extend(self.subnets);
        let unread = &mut reading.unread;
        for (subscription, state) in self.registrations {
            match state {
                Ok(state) => drop(reading.registrations.insert(subscription, state)),
                // The subnets of a subscription that does not exist are gone, which is found.
                Err(failure) if failure.kind == FailureKind::NotFound => {}
                Err(failure) => {
                    let what = format!("registration of subscription `{subscription}`");
                    unread.insert(what, failure);
                }
            }
        }
        match self.usages {
            Some(Ok(usages)) => reading.usages = Some(usages),
            Some(Err(failure)) => drop(unread.insert("quotas".to_owned(), failure)),
            None => {}
        }
        match self.cache_rules {
            Some(Ok(number)) => reading.cache_rules = Some(number),
            Some(Err(failure)) => drop(unread.insert("artifact cache rules".to_owned(), failure)),
            None => {}
        }
    }
}

/// Makes a read that is needed.
async fn read_if<T>(is_needed: bool, read: impl Future<Output = T>) -> Option<T> {
    if is_needed { Some(read.await) } else { None }
}

/// Reads the number of artifact cache rules.
async fn read_cache_rules(
    client: &ArmClient,
    id: &RegistryId,
    api_version: &str,
) -> Result<usize, Failure> {
    Ok(client.cache_rules(id, api_version).await?.len())
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
        let none = Known::default();
        let needs = RuleNeeds::of(&reading("Premium", &json!({})), &none);
        assert_eq!(needs, RuleNeeds::default());
        let hidden = json!({"networkRuleSet": {"defaultAction": "Deny", "ipRules": []}});
        assert!(RuleNeeds::of(&reading("Premium", &hidden), &none).usages);
        assert!(!RuleNeeds::of(&reading("Standard", &hidden), &none).usages);
        let shut_out = json!({"networkRuleBypassOptions": "None"});
        assert!(RuleNeeds::of(&reading("Premium", &shut_out), &none).cache_rules);
    }

    #[test]
    fn subnets_of_live_rules_are_read_once() {
        let (own, other) = (subnet("S1"), subnet("s2"));
        let reading = reading("Premium", &with_subnets(&[&own, &other, &own]));
        let needs = RuleNeeds::of(&reading, &Known::default());
        assert_eq!(needs.unread, [own.clone(), other.clone()]);
        assert_eq!(needs.subscriptions, BTreeSet::from(["s2".to_owned()]));
        let failure = LiveSubnet::Unreadable(crate::model::Failure::new("NotFound", "gone"));
        let known = Known {
            subnets: BTreeMap::from([(&own, &failure)]),
            ..Known::default()
        };
        assert_eq!(RuleNeeds::of(&reading, &known).unread, [other]);
    }
}
