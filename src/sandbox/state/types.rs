//! Content of the sandbox: subscriptions and resources.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::json::{checked_resources, checked_subscriptions};
use super::subscription::{Subscription, default_namespaces, default_tenant};
use crate::model::{RegistryId, ResourceId, SubnetId};
use crate::sandbox::forms::{defaults, fold_subnets, home_replications};
use crate::sandbox::protocol::json::{id, is, same_id};

/// Subscription of a sandbox that gets none.
const DEFAULT_SUBSCRIPTION: &str = "00000000-0000-0000-0000-000000000001";

/// Content of the sandbox.
///
/// JSON: `{"subscriptions": [{"id", "tenant", "registered": [namespace]}], "resources": [resource]}`, where a
/// resource has the form of a GET answer, or of the output of `az acr show` or `az network vnet show`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// Subscriptions, each id once.
    #[serde(default, deserialize_with = "checked_subscriptions")]
    pub subscriptions: Vec<Subscription>,
    /// Resources as JSON objects, each `id` once, without case.
    #[serde(default, deserialize_with = "checked_resources")]
    pub resources: Vec<Value>,
}

impl State {
    /// Returns a state without subscriptions and resources.
    pub fn empty() -> Self {
        Self::default()
    }

    /// Adds a registry with Azure's defaults: Premium, open, no rules. An existing one stays as it is.
    #[must_use]
    pub fn with_registry(mut self, registry: &RegistryId) -> Self {
        self.add_subscriptions([registry.subscription()].into_iter());
        let mut known = self.resources.iter();
        if !known.any(|resource| same_id(id(resource), registry.key())) {
            self.resources.push(defaults::registry(registry));
        }
        self
    }

    /// Adds a subnet without service endpoints, and its virtual network. An existing one stays as it is.
    #[must_use]
    pub fn with_subnet(self, id: &SubnetId) -> Self {
        self.with_all([], [id])
    }

    /// Adds registries and subnets with Azure's defaults, in time that grows with their number and not with its square.
    #[must_use]
    pub fn with_all<'a>(
        mut self,
        registries: impl IntoIterator<Item = &'a RegistryId>,
        subnets: impl IntoIterator<Item = &'a SubnetId>,
    ) -> Self {
        let registries: Vec<&RegistryId> = registries.into_iter().collect();
        let subnets: Vec<&SubnetId> = subnets.into_iter().collect();
        self.add_subscriptions(registries.iter().map(|id| id.subscription()));
        self.add_subscriptions(subnets.iter().map(|id| id.subscription()));
        let mut known = BTreeSet::new();
        for resource in &self.resources {
            known.insert(id(resource).to_ascii_lowercase());
        }
        // An existing registry stays as it is.
        for id in registries {
            if known.insert(id.key().to_owned()) {
                self.resources.push(defaults::registry(id));
            }
        }
        self.resources = fold_subnets::with_subnets(std::mem::take(&mut self.resources), &subnets);
        self
    }

    /// Adds a subscription with both providers registered to an empty state, because clients sign in to one.
    #[must_use]
    pub(crate) fn or_default_subscription(mut self) -> Self {
        if self.subscriptions.is_empty() && self.resources.is_empty() {
            self.add_subscriptions([DEFAULT_SUBSCRIPTION].into_iter());
        }
        self
    }

    /// Adds a subnet like [`State::with_subnet`] and turns its service endpoint for registries on.
    #[must_use]
    pub fn with_endpoint(self, id: &SubnetId) -> Self {
        let mut state = self.with_subnet(id);
        // The subnet is in one of the networks now.
        for resource in &mut state.resources {
            let Some(subnets) = resource
                .pointer_mut("/properties/subnets")
                .and_then(Value::as_array_mut)
            else {
                continue;
            };
            for subnet in subnets {
                if is(subnet, "/id", id.as_str()) {
                    subnet["properties"]["serviceEndpoints"] = json!([
                        { "provisioningState": "Succeeded", "service": "Microsoft.ContainerRegistry", "locations": ["*"] }
                    ]);
                }
            }
        }
        state
    }

    /// Puts standalone subnets into their networks, and adds the subscriptions that only resources name.
    pub(crate) fn completed(mut self) -> Self {
        self.resources = fold_subnets::fold(std::mem::take(&mut self.resources));
        home_replications::add(&mut self.resources);
        let mut subscriptions = Vec::with_capacity(self.resources.len());
        for resource in &self.resources {
            if let Ok(id) = ResourceId::parse(id(resource)) {
                subscriptions.push(id.subscription().to_owned());
            }
        }
        self.add_subscriptions(subscriptions.iter().map(String::as_str));
        self
    }

    /// Adds the subscriptions that are missing, both providers registered.
    fn add_subscriptions<'a>(&mut self, ids: impl Iterator<Item = &'a str>) {
        let mut known = BTreeSet::new();
        for subscription in &self.subscriptions {
            known.insert(subscription.id.to_ascii_lowercase());
        }
        for id in ids {
            if known.insert(id.to_ascii_lowercase()) {
                self.subscriptions.push(Subscription {
                    id: id.to_owned(),
                    tenant: default_tenant(),
                    registered: default_namespaces(),
                });
            }
        }
    }
}
