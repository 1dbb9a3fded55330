//! What the sandbox holds: subscriptions and resources.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::json::{checked_resources, objects};
use crate::model::{RegistryId, ResourceId, SubnetId};
use crate::sandbox::forms::{defaults, normalize};
use crate::sandbox::protocol::json::{id, same_id};

/// The tenant of subscriptions that name none.
const DEFAULT_TENANT: &str = "11111111-1111-4111-8111-111111111111";

/// The subscription of a sandbox that was given none.
const DEFAULT_SUBSCRIPTION: &str = "00000000-0000-0000-0000-000000000001";

/// What the sandbox holds.
///
/// JSON: `{"subscriptions": [{"id", "tenant", "registered": [namespace]}], "resources": [resource]}`, where a
/// resource is what GET answers, or what `az acr show` and `az network vnet show` print.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    #[serde(default, deserialize_with = "objects")]
    pub subscriptions: Vec<Subscription>,
    #[serde(default, deserialize_with = "checked_resources")]
    pub resources: Vec<Value>,
}

/// A subscription and the resource providers that are registered in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subscription {
    pub id: String,
    #[serde(default = "default_tenant")]
    pub tenant: String,
    #[serde(default = "default_namespaces")]
    pub registered: Vec<String>,
}

impl State {
    /// No subscription, no resource.
    pub fn empty() -> Self {
        Self::default()
    }

    /// Adds a registry as Azure makes it: Premium, open, no rules. One that is there stays as it is.
    #[must_use]
    pub fn with_registry(mut self, registry: &RegistryId) -> Self {
        self.add_subscriptions([registry.subscription()].into_iter());
        let mut ids = self.resources.iter().map(id);
        if !ids.any(|known| same_id(known, registry.key())) {
            self.resources.push(defaults::registry(registry));
        }
        self
    }

    /// Adds a subnet without service endpoints, and its virtual network. One that is there stays as it is.
    #[must_use]
    pub fn with_subnet(self, id: &SubnetId) -> Self {
        self.with_all([], [id])
    }

    /// Adds registries and subnets, each as the two above do, in one go: the time grows with
    /// their number, not with its square.
    #[must_use]
    pub fn with_all<'a>(
        mut self,
        registries: impl IntoIterator<Item = &'a RegistryId>,
        subnets: impl IntoIterator<Item = &'a SubnetId>,
    ) -> Self {
        let registries: Vec<&RegistryId> = registries.into_iter().collect();
        let subnets: Vec<&SubnetId> = subnets.into_iter().collect();
        let of_registries = registries.iter().map(|id| id.subscription());
        self.add_subscriptions(of_registries.chain(subnets.iter().map(|id| id.subscription())));
        let key = |resource: &Value| id(resource).to_ascii_lowercase();
        let mut known: BTreeSet<String> = self.resources.iter().map(key).collect();
        for id in registries {
            if known.insert(id.key().to_owned()) {
                self.resources.push(defaults::registry(id));
            }
        }
        self.resources = normalize::with_subnets(std::mem::take(&mut self.resources), &subnets);
        self
    }

    /// With one subscription, both providers registered, where there is none: clients want to sign in to one.
    #[must_use]
    pub(crate) fn or_default_subscription(mut self) -> Self {
        if self.subscriptions.is_empty() && self.resources.is_empty() {
            self.add_subscriptions([DEFAULT_SUBSCRIPTION].into_iter());
        }
        self
    }

    /// The same with the service endpoint turned on, as somebody else may have done.
    #[must_use]
    pub fn with_endpoint(self, id: &SubnetId) -> Self {
        let mut state = self.with_subnet(id);
        let networks = state
            .resources
            .iter_mut()
            .filter_map(|r| r["properties"]["subnets"].as_array_mut());
        let subnet = networks.flatten().find(|subnet| {
            subnet["id"]
                .as_str()
                .is_some_and(|text| text.eq_ignore_ascii_case(id.as_str()))
        });
        if let Some(subnet) = subnet {
            subnet["properties"]["serviceEndpoints"] = serde_json::json!([
                { "provisioningState": "Succeeded", "service": "Microsoft.ContainerRegistry", "locations": ["*"] }
            ]);
        }
        state
    }

    /// Puts standalone subnets into their networks and adds subscriptions that only resources name.
    pub(crate) fn completed(mut self) -> Self {
        self.resources = normalize::fold_subnets(std::mem::take(&mut self.resources));
        let subscriptions: Vec<String> = self
            .resources
            .iter()
            .filter_map(|resource| ResourceId::parse(id(resource)).ok())
            .map(|id| id.subscription().to_owned())
            .collect();
        self.add_subscriptions(subscriptions.iter().map(String::as_str));
        self
    }

    /// Adds those that are not there.
    fn add_subscriptions<'a>(&mut self, ids: impl Iterator<Item = &'a str>) {
        let lower = |known: &Subscription| known.id.to_ascii_lowercase();
        let mut known: BTreeSet<String> = self.subscriptions.iter().map(lower).collect();
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

pub(crate) fn default_tenant() -> String {
    DEFAULT_TENANT.to_owned()
}

fn default_namespaces() -> Vec<String> {
    vec![
        "Microsoft.ContainerRegistry".to_owned(),
        "Microsoft.Network".to_owned(),
    ]
}
