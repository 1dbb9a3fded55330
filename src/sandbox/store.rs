//! The state in memory, by id, and what is under way.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;
use serde_json::Value;

use super::body::{id, list, same_id};
use super::operations::Operations;
use super::providers::Registrations;
use super::shape;
use super::state::{self, State, StateError, Subscription};
use crate::model::SubnetId;

pub(super) struct Store {
    pub(super) subscriptions: Vec<Subscription>,
    /// By id in lower case.
    pub(super) resources: BTreeMap<String, Value>,
    pub(super) operations: Operations,
    pub(super) registrations: Registrations,
    /// Whether something changed since the last save.
    pub(super) dirty: bool,
}

/// The saved form, borrowed: a state of thousands of registries is not copied for each write.
#[derive(Serialize)]
struct Saved<'a> {
    subscriptions: &'a [Subscription],
    resources: Vec<&'a Value>,
}

impl Store {
    /// Takes a state, checking it again: one that a caller built has not been through a file.
    pub(super) fn new(mut state: State) -> Result<Self, String> {
        let resources = std::mem::take(&mut state.resources).into_iter();
        state.resources = resources.map(shape::normalise).collect::<Result<_, _>>()?;
        let State {
            subscriptions,
            resources,
        } = state.completed();
        let by_key = |resource: Value| (id(&resource).to_ascii_lowercase(), resource);
        Ok(Self {
            subscriptions,
            resources: resources.into_iter().map(by_key).collect(),
            operations: Operations::default(),
            registrations: Registrations::default(),
            dirty: true,
        })
    }

    /// A copy, in the shape of a state file.
    pub(super) fn to_state(&self) -> State {
        State {
            subscriptions: self.subscriptions.clone(),
            resources: self.resources.values().cloned().collect(),
        }
    }

    /// Saves if something changed.
    pub(super) fn save(&mut self, path: Option<&Path>) -> Result<(), StateError> {
        let Some(path) = path.filter(|_| self.dirty) else {
            return Ok(());
        };
        let saved = Saved {
            subscriptions: &self.subscriptions,
            resources: self.resources.values().collect(),
        };
        state::save(&saved, path)?;
        self.dirty = false;
        Ok(())
    }

    pub(super) fn subscription(&self, id: &str) -> Option<&Subscription> {
        self.subscriptions
            .iter()
            .find(|known| known.id.eq_ignore_ascii_case(id))
    }

    /// Whether a provider is registered in a subscription.
    pub(super) fn registered(&self, subscription: &str, namespace: &str) -> bool {
        let known = self.subscription(subscription);
        known.is_some_and(|known| {
            known
                .registered
                .iter()
                .any(|name| name.eq_ignore_ascii_case(namespace))
        })
    }

    /// Resources whose id begins with `prefix` (lower case), in the order of ids.
    pub(super) fn under(&self, prefix: &str) -> impl Iterator<Item = (&String, &Value)> {
        let prefix = prefix.to_owned();
        self.resources
            .range(prefix.clone()..)
            .take_while(move |(key, _)| key.starts_with(&prefix))
    }

    /// A resource group exists where something is in it; the state has no list of groups.
    pub(super) fn group_exists(&self, subscription: &str, group: &str) -> bool {
        let prefix =
            format!("/subscriptions/{subscription}/resourcegroups/{group}/").to_ascii_lowercase();
        self.under(&prefix).next().is_some()
    }

    pub(super) fn subnet(&self, subnet: &SubnetId) -> Option<&Value> {
        let network = self.resources.get(subnet.vnet_key())?;
        let subnets = list(&network["properties"], "subnets");
        subnets.iter().find(|known| same_id(id(known), subnet.as_str()))
    }
}
