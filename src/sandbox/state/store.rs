//! The state in memory, by id, and what is under way.

use serde::Serialize;
use serde_json::Value;

use super::error::StateError;
use super::file::StateFile;
use super::registrations::Registrations;
use super::types::{State, Subscription};
use super::undo_log::Resources;
use crate::model::SubnetId;
use crate::sandbox::forms::normalize;
use crate::sandbox::operations::kinds::Operations;
use crate::sandbox::protocol::json::{id, list, same_id};

pub(crate) struct Store {
    pub(crate) subscriptions: Vec<Subscription>,
    /// By id in lower case.
    pub(crate) resources: Resources,
    pub(crate) operations: Operations,
    pub(crate) registrations: Registrations,
    /// Whether something changed since the last save, or since a request began.
    pub(crate) dirty: bool,
    /// Where it is kept.
    pub(crate) file: Option<StateFile>,
}

/// What a request found, beside the resources.
pub(crate) struct Found {
    dirty: bool,
    /// What takes a write back.
    rest: Option<(Vec<Subscription>, Operations, Registrations)>,
}

/// Why a request's changes are not on disk.
pub(crate) struct Unsaved {
    pub(crate) error: StateError,
    /// Whether they are undone.
    pub(crate) undone: bool,
}

/// The saved form, borrowed: a state of thousands of registries is not copied for each write.
#[derive(Serialize)]
struct Saved<'a> {
    subscriptions: &'a [Subscription],
    resources: Vec<&'a Value>,
}

impl Store {
    /// Takes a state, checking it again: one that a caller built has not been through a file.
    pub(crate) fn new(mut state: State) -> Result<Self, String> {
        let resources = std::mem::take(&mut state.resources).into_iter();
        state.resources = resources.map(normalize::normalise).collect::<Result<_, _>>()?;
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
            file: None,
        })
    }

    /// A copy, in the shape of a state file.
    pub(crate) fn to_state(&self) -> State {
        State {
            subscriptions: self.subscriptions.clone(),
            resources: self.resources.values().cloned().collect(),
        }
    }

    /// Saves if something changed.
    pub(crate) fn save(&mut self) -> Result<(), StateError> {
        let Some(file) = self.file.as_mut().filter(|_| self.dirty) else {
            return Ok(());
        };
        let saved = Saved {
            subscriptions: &self.subscriptions,
            resources: self.resources.values().collect(),
        };
        file.save(&saved)?;
        self.dirty = false;
        Ok(())
    }

    /// Prepares for a request. What a write changes can be undone from here on.
    pub(crate) fn begin(&mut self, write: bool) -> Found {
        let keeping = write && self.file.is_some();
        self.resources.record(keeping);
        let rest = || {
            let (operations, registrations) = (self.operations.clone(), self.registrations.clone());
            (self.subscriptions.clone(), operations, registrations)
        };
        Found {
            rest: keeping.then(rest),
            dirty: std::mem::take(&mut self.dirty),
        }
    }

    /// Saves what a request changed. A write that cannot be saved is undone. A read changes what time would have
    /// changed too, such as an operation that ends: that stays, for a later save.
    pub(crate) fn finish(&mut self, found: Found) -> Result<(), Unsaved> {
        let changed = self.dirty;
        self.dirty |= found.dirty;
        if !changed {
            return Ok(());
        }
        let Err(error) = self.save() else {
            return Ok(());
        };
        let undone = found.rest.is_some();
        if let Some((subscriptions, operations, registrations)) = found.rest {
            self.resources.undo();
            (self.subscriptions, self.operations, self.registrations) =
                (subscriptions, operations, registrations);
            self.dirty = found.dirty;
        }
        Err(Unsaved { error, undone })
    }

    /// Saves what is not on disk yet and leaves the file to others.
    pub(crate) fn close(&mut self) {
        if let Err(error) = self.save() {
            tracing::warn!(%error, "the last changes of the sandbox are lost");
        }
        if let Some(file) = &mut self.file {
            file.close();
        }
    }

    pub(crate) fn subscription(&self, id: &str) -> Option<&Subscription> {
        self.subscriptions
            .iter()
            .find(|known| known.id.eq_ignore_ascii_case(id))
    }

    /// Whether a provider is registered in a subscription.
    pub(crate) fn registered(&self, subscription: &str, namespace: &str) -> bool {
        let known = self.subscription(subscription);
        known.is_some_and(|known| {
            known
                .registered
                .iter()
                .any(|name| name.eq_ignore_ascii_case(namespace))
        })
    }

    /// Resources whose id begins with `prefix` (lower case), in the order of ids.
    pub(crate) fn under(&self, prefix: &str) -> impl Iterator<Item = (&String, &Value)> {
        let prefix = prefix.to_owned();
        self.resources
            .range(prefix.clone()..)
            .take_while(move |(key, _)| key.starts_with(&prefix))
    }

    /// A resource group exists where it was made, or where something is in it.
    pub(crate) fn group_exists(&self, subscription: &str, group: &str) -> bool {
        let key = group_key(subscription, group);
        self.resources.contains_key(&key) || self.under(&format!("{key}/")).next().is_some()
    }

    /// Puts a resource into the state, in place of one with the same id.
    pub(crate) fn put(&mut self, resource: Value) {
        self.resources
            .insert(id(&resource).to_ascii_lowercase(), resource);
        self.dirty = true;
    }

    /// Checks and adds a resource, with the subscription and the virtual network that it needs.
    pub(crate) fn add(&mut self, resource: Value) -> Result<(), String> {
        let resource = normalize::normalise(resource)?;
        let parsed = SubnetId::parse(id(&resource)).ok();
        let network = parsed.and_then(|subnet| self.resources.get(subnet.vnet_key()).cloned());
        let state = State {
            subscriptions: std::mem::take(&mut self.subscriptions),
            resources: [network, Some(resource)].into_iter().flatten().collect(),
        };
        let State {
            subscriptions,
            resources,
        } = state.completed();
        self.subscriptions = subscriptions;
        resources.into_iter().for_each(|resource| self.put(resource));
        Ok(())
    }

    /// Takes a resource and all below it out of the state.
    pub(crate) fn remove(&mut self, key: &str) {
        self.resources.remove_tree(key);
        self.dirty = true;
    }

    pub(crate) fn subnet(&self, subnet: &SubnetId) -> Option<&Value> {
        let network = self.resources.get(subnet.vnet_key())?;
        let subnets = list(&network["properties"], "subnets");
        subnets.iter().find(|known| same_id(id(known), subnet.as_str()))
    }
}

/// A resource group's id in lower case.
pub(crate) fn group_key(subscription: &str, group: &str) -> String {
    format!("/subscriptions/{subscription}/resourcegroups/{group}").to_ascii_lowercase()
}
