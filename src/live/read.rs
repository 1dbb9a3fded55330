//! Reads one registry, and what its change can depend on, with the fewest requests.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures::future::join_all;
use serde_json::Value;

use super::cache::Cache;
use super::egress::egress;
use super::needs::{Needs, ReadOptions};
use super::parse;
use super::parse::json_node::UnexpectedJson;
use super::types::{LiveRegistry, LiveSubnet, Reading, Usages};
use super::unreadable::unreadable;
use crate::azure::{ArmClient, CONTAINER_REGISTRY, Fetched};
use crate::model::{Failure, RegistryId, SubnetId};
use crate::spec::RegistrySpec;

/// Reads the registry of `spec`, and what its change can depend on. That is one request if the registry lacks nothing
/// that the spec wants.
///
/// # Errors
/// The failure of reading the registry. Other reads that fail are part of the [`Reading`].
pub async fn read(
    client: &ArmClient,
    cache: &Cache,
    spec: &RegistrySpec,
    options: ReadOptions,
) -> Result<Reading, Failure> {
    let registry = read_registry(client, &spec.id).await?;
    Ok(read_beside(client, cache, spec, registry, options).await)
}

/// Reads what the change of a registry that was read can depend on.
pub(super) async fn read_beside(
    client: &ArmClient,
    cache: &Cache,
    spec: &RegistrySpec,
    registry: LiveRegistry,
    options: ReadOptions,
) -> Reading {
    let service_endpoints_supported = client.cloud().service_endpoints_supported;
    // Most changes need nothing else.
    let mut needs = Needs::of(spec, &registry, options, service_endpoints_supported);
    // A quota comes first: the plan of a change that it stops needs no look at the subnets.
    let mut usages = None;
    if needs.usages() {
        // Without an answer, the plan uses the documented limit.
        let read = read_usages(client, &spec.id, &registry.api_version).await;
        usages = read.ok();
        if let Some(usages) = &usages {
            needs.drop_if_over(usages, options);
        }
    }
    // The rest is read at the same time.
    let (subnets, registrations) = futures::join!(
        read_subnets(client, cache, needs.all_subnets()),
        registrations(client, cache, needs.subscriptions),
    );
    // Those that cannot be read are left out: Azure says so itself when the rule is added.
    let registrations = registrations
        .into_iter()
        .filter_map(|(subscription, state)| Some((subscription, state.ok()?)))
        .collect();
    // What the subnets name is known now.
    let egress = egress(client, cache, spec, &needs.expected, &subnets).await;
    Reading {
        subnets,
        egress,
        registrations,
        registry,
        usages,
        service_endpoints_supported,
        cache_rules: None,
        is_listed: false,
        unread: BTreeMap::new(),
    }
}

/// Reads one registry and nothing else: one request.
pub async fn read_registry(client: &ArmClient, id: &RegistryId) -> Result<LiveRegistry, Failure> {
    let fetched = client.registry(id).await?;
    let Fetched {
        api_version, body, ..
    } = fetched;
    parse_registry(id, &api_version, body).map_err(|error| unreadable(id.as_str(), &error))
}

/// Parses an answer with the registry that was asked for.
///
/// # Errors
/// The answer is about another resource, or does not have the form of a registry.
pub fn parse_registry(
    id: &RegistryId,
    api_version: &str,
    body: Value,
) -> Result<LiveRegistry, UnexpectedJson> {
    parse::is_about(id, &body)?;
    parse::registry(api_version, body)
}

/// Reads one subnet: one request. A subnet that cannot be read is a fact for the plan and not an error.
pub async fn read_subnet(client: &ArmClient, id: &SubnetId) -> LiveSubnet {
    let fetched = match client.subnet(id).await {
        Ok(fetched) => fetched,
        Err(error) => return LiveSubnet::Unreadable(error.into()),
    };
    parse_subnet(id, fetched)
        .unwrap_or_else(|error| LiveSubnet::Unreadable(unreadable(id.as_str(), &error)))
}

fn parse_subnet(id: &SubnetId, fetched: Fetched) -> Result<LiveSubnet, UnexpectedJson> {
    parse::is_about(id, &fetched.body)?;
    let subnet = parse::subnet(&fetched.api_version, fetched.etag, fetched.body)?;
    Ok(LiveSubnet::Present(subnet))
}

/// Reads subnets. Several of one virtual network are read with one request.
pub async fn read_subnets(
    client: &ArmClient,
    cache: &Cache,
    ids: Vec<SubnetId>,
) -> BTreeMap<SubnetId, LiveSubnet> {
    let mut in_network: BTreeMap<String, BTreeSet<&SubnetId>> = BTreeMap::new();
    for id in &ids {
        in_network.entry(id.vnet_key().to_owned()).or_default().insert(id);
    }
    let reads = ids.iter().map(|id| {
        let several =
            in_network[id.vnet_key()].len() > 1 || cache.shared_networks.contains(id.vnet_key());
        async move { (id.clone(), cached_subnet(client, cache, id, several).await) }
    });
    join_all(reads).await.into_iter().collect()
}

/// Reads a subnet once for all registries, from the list of its network if `several` subnets of that are wanted.
async fn cached_subnet(client: &ArmClient, cache: &Cache, id: &SubnetId, several: bool) -> LiveSubnet {
    if several {
        let list = list_subnets(client, id);
        if let Some(subnet) = cache.networks.get(id.vnet_key(), list).await.get(id) {
            return subnet.clone();
        }
    }
    // A subnet that no list shows is read by itself, for the reason.
    cache.subnets.get(id.key(), read_subnet(client, id)).await
}

/// Reads the list of subnets that `id` is in. Subnets that cannot be read are left out.
async fn list_subnets(client: &ArmClient, id: &SubnetId) -> Arc<BTreeMap<SubnetId, LiveSubnet>> {
    let mut listed = BTreeMap::new();
    let Ok(fetched) = client.subnets_beside(id).await else {
        return listed.into();
    };
    let bodies = fetched.body["value"].as_array();
    let count = bodies.map_or(0, Vec::len);
    tracing::info!(
        network = id.vnet_key(),
        subnets = count,
        "read subnets from their network"
    );
    for body in bodies.into_iter().flatten() {
        let id = SubnetId::parse(body["id"].as_str().unwrap_or_default());
        let etag = body["etag"].as_str().map(str::to_owned);
        if let (Ok(id), Ok(subnet)) = (id, parse::subnet(&fetched.api_version, etag, body.clone())) {
            listed.insert(id, LiveSubnet::Present(subnet));
        }
    }
    listed.into()
}

/// Reads the state of our provider in each subscription.
pub(super) async fn registrations(
    client: &ArmClient,
    cache: &Cache,
    subscriptions: impl IntoIterator<Item = String>,
) -> BTreeMap<String, Result<String, Failure>> {
    let reads = subscriptions.into_iter().map(|subscription| async move {
        let read = registration(client, &subscription);
        let state = cache.registrations.get(&subscription, read).await;
        (subscription, state)
    });
    join_all(reads).await.into_iter().collect()
}

async fn registration(client: &ArmClient, subscription: &str) -> Result<String, Failure> {
    let state = client.provider_state(subscription, CONTAINER_REGISTRY).await;
    state
        .inspect_err(|error| tracing::debug!(code = error.code(), %error, subscription, "registration is not known"))
        .map_err(Failure::from)
}

/// Reads the quotas of a registry.
pub(super) async fn read_usages(
    client: &ArmClient,
    id: &RegistryId,
    api_version: &str,
) -> Result<Usages, Failure> {
    let read = match client.usages(id, api_version).await {
        Ok(body) => parse::usages(&body).map_err(|error| unreadable(id.as_str(), &error)),
        Err(error) => Err(error.into()),
    };
    read.inspect_err(|failure| {
        tracing::debug!(
            code = %failure.code,
            error = %failure.message,
            "quotas are not known"
        )
    })
}
