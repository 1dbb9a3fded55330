//! Reads one registry with everything that its own rules rest on.

use std::collections::BTreeSet;

use super::cache::Cache;
use super::read::{read_registry, read_subnets, read_usages, registrations};
use super::types::Reading;
use crate::azure::ArmClient;
use crate::model::{Failure, RegistryId, Setting, SubnetId};

/// Reads a registry, the subnets of its rules, the registration of our provider in their subscriptions, and for Premium the
/// quotas.
///
/// # Errors
/// The failure of reading the registry. Other reads that fail are part of the [`Reading`].
pub async fn read_with_rules(client: &ArmClient, id: &RegistryId) -> Result<Reading, Failure> {
    let registry = read_registry(client, id).await?;
    let cache = Cache::default();
    let mut subscriptions = BTreeSet::from([id.subscription().to_ascii_lowercase()]);
    let mut subnets: Vec<SubnetId> = Vec::new();
    for rule in registry
        .settings
        .rules(Setting::VirtualNetworkRules)
        .unwrap_or_default()
    {
        if let Some(subnet) = rule.subnet() {
            subscriptions.insert(subnet.subscription().to_ascii_lowercase());
            subnets.push(subnet.clone());
        }
    }
    let usages = async {
        match registry.is_premium() {
            true => read_usages(client, id, &registry.api_version).await,
            false => None,
        }
    };
    let (subnets, registrations, usages) = futures::join!(
        read_subnets(client, &cache, subnets),
        registrations(client, &cache, subscriptions),
        usages,
    );
    Ok(Reading {
        subnets,
        registrations,
        usages,
        service_endpoints_supported: client.cloud().service_endpoints_supported,
        ..Reading::of(registry)
    })
}
