//! The state in memory: resources by id, and running operations.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::error::StateError;
use super::file::StateFile;
use super::registrations::Registrations;
use super::subscription::Subscription;
use super::types::State;
use super::undo_log::Resources;
use crate::model::SubnetId;
use crate::sandbox::forms::normalize;
use crate::sandbox::operations::kinds::Operations;
use crate::sandbox::protocol::json::{id, list, same_id};

/// The state in memory.
pub(crate) struct Store {
    pub(crate) subscriptions: Vec<Subscription>,
    /// By id in lower case.
    pub(crate) resources: Resources,
    pub(crate) operations: Operations,
    pub(crate) registrations: Registrations,
    /// Passwords of the registries' admin users, by the registry's id in lower case. They are in no file.
    pub(crate) passwords: BTreeMap<String, [String; 2]>,
    /// True if something changed since the last save, or since a request began.
    pub(crate) dirty: bool,
    /// State file, if there is one.
    pub(crate) file: Option<StateFile>,
}

/// State before a request, without the resources.
pub(crate) struct BeforeRequest {
    dirty: bool,
    /// Values to restore if a write cannot be saved.
    undo: Option<(Vec<Subscription>, Operations, Registrations)>,
}

/// Failure to save the changes of a request.
pub(crate) struct Unsaved {
    pub(crate) error: StateError,
    /// True if the changes are undone.
    pub(crate) undone: bool,
}

/// The state file's content, borrowed so that thousands of registries are not copied for each write.
#[derive(Serialize)]
struct Saved<'a> {
    subscriptions: &'a [Subscription],
    resources: Vec<&'a Value>,
}

impl Store {
    /// Checks and normalises a state, because one that a caller built did not come from a file. The error is the reason
    /// as text.
    pub(crate) fn new(mut state: State) -> Result<Self, String> {
        for resource in &mut state.resources {
            *resource = normalize::normalise(resource.take())?;
        }
        let State {
            subscriptions,
            resources,
        } = state.completed();
        // ARM compares ids without case.
        let by_key = resources
            .into_iter()
            .map(|resource| (id(&resource).to_ascii_lowercase(), resource));
        Ok(Self {
            subscriptions,
            resources: by_key.collect(),
            operations: Operations::default(),
            registrations: Registrations::default(),
            passwords: BTreeMap::new(),
            dirty: true,
            file: None,
        })
    }

    /// Returns a copy in the form of a state file.
    pub(crate) fn to_state(&self) -> State {
        State {
            subscriptions: self.subscriptions.clone(),
            resources: self.resources.values().cloned().collect(),
        }
    }

    /// Saves to the state file if something changed.
    pub(crate) fn save(&mut self) -> Result<(), StateError> {
        if !self.dirty {
            return Ok(());
        }
        let Some(file) = &mut self.file else {
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

    /// Prepares for a request. From here on, the changes of a write can be undone.
    pub(crate) fn begin(&mut self, write: bool) -> BeforeRequest {
        // Without a file no save can fail, so nothing needs to be kept.
        let recording = write && self.file.is_some();
        self.resources.record(recording);
        let undo = recording.then(|| {
            let (operations, registrations) = (self.operations.clone(), self.registrations.clone());
            (self.subscriptions.clone(), operations, registrations)
        });
        BeforeRequest {
            undo,
            dirty: std::mem::take(&mut self.dirty),
        }
    }

    /// Saves the changes of a request. A write that cannot be saved is undone.
    ///
    /// A read may change the state too, because time does: an operation ends, for example. That change stays and is
    /// saved later.
    pub(crate) fn finish(&mut self, before: BeforeRequest) -> Result<(), Unsaved> {
        let changed = self.dirty;
        // An earlier change may still wait for its save.
        self.dirty |= before.dirty;
        if !changed {
            return Ok(());
        }
        let Err(error) = self.save() else {
            return Ok(());
        };
        // A read has nothing to undo: its changes wait for the next save.
        let undone = before.undo.is_some();
        if let Some((subscriptions, operations, registrations)) = before.undo {
            self.resources.undo();
            (self.subscriptions, self.operations, self.registrations) =
                (subscriptions, operations, registrations);
            self.dirty = before.dirty;
        }
        Err(Unsaved { error, undone })
    }

    /// Saves the last changes and releases the file.
    pub(crate) fn close(&mut self) {
        if let Err(error) = self.save() {
            tracing::warn!(%error, "the last changes of the sandbox are lost");
        }
        if let Some(file) = &mut self.file {
            file.close();
        }
    }

    /// Returns the subscription of this id, without case.
    pub(crate) fn subscription(&self, id: &str) -> Option<&Subscription> {
        self.subscriptions
            .iter()
            .find(|known| known.id.eq_ignore_ascii_case(id))
    }

    /// Returns true if a provider is registered in a subscription.
    pub(crate) fn registered(&self, subscription: &str, namespace: &str) -> bool {
        let Some(known) = self.subscription(subscription) else {
            return false;
        };
        let mut names = known.registered.iter();
        names.any(|name| name.eq_ignore_ascii_case(namespace))
    }

    /// Returns the resources whose id begins with `prefix` (lower case), in the order of ids.
    pub(crate) fn under(&self, prefix: &str) -> impl Iterator<Item = (&String, &Value)> {
        let prefix = prefix.to_owned();
        self.resources
            .range(prefix.clone()..)
            .take_while(move |(key, _)| key.starts_with(&prefix))
    }

    /// Returns true if a resource group was made, or if a resource is in it.
    pub(crate) fn group_exists(&self, subscription: &str, group: &str) -> bool {
        let key = group_key(subscription, group);
        self.resources.contains_key(&key) || self.under(&format!("{key}/")).next().is_some()
    }

    /// Adds a resource, or replaces the one of the same id.
    pub(crate) fn put(&mut self, resource: Value) {
        self.resources
            .insert(id(&resource).to_ascii_lowercase(), resource);
        self.dirty = true;
    }

    /// Checks and adds a resource, with its subscription and, for a subnet, its virtual network. The error is the reason
    /// as text.
    pub(crate) fn add(&mut self, resource: Value) -> Result<(), String> {
        let resource = normalize::normalise(resource)?;
        // A small state of its own, with the network that a subnet belongs into, completes the resource.
        let mut resources = Vec::new();
        if let Ok(subnet) = SubnetId::parse(id(&resource)) {
            resources.extend(self.resources.get(subnet.vnet_key()).cloned());
        }
        resources.push(resource);
        let state = State {
            subscriptions: std::mem::take(&mut self.subscriptions),
            resources,
        };
        let State {
            subscriptions,
            resources,
        } = state.completed();
        self.subscriptions = subscriptions;
        for resource in resources {
            self.put(resource);
        }
        Ok(())
    }

    /// Removes a resource and all resources below it.
    pub(crate) fn remove(&mut self, key: &str) {
        self.resources.remove_tree(key);
        let below = format!("{key}/");
        self.passwords
            .retain(|known, _| known != key && !known.starts_with(&below));
        self.dirty = true;
    }

    /// Removes what was below the subnets that a network does not have any more, such as their locks.
    pub(crate) fn remove_below_lost_subnets(&mut self, network: &str) {
        let Some(found) = self.resources.get(network) else {
            return;
        };
        let mut kept = Vec::new();
        for subnet in list(&found["properties"], "subnets") {
            kept.push(format!("{}/", id(subnet).to_ascii_lowercase()));
        }
        let mut lost = Vec::new();
        for (key, _) in self.under(&format!("{network}/subnets/")) {
            if !kept.iter().any(|subnet| key.starts_with(subnet)) {
                lost.push(key.clone());
            }
        }
        for key in lost {
            self.remove(&key);
        }
    }

    /// Returns the subnet of this id.
    pub(crate) fn subnet(&self, subnet: &SubnetId) -> Option<&Value> {
        let network = self.resources.get(subnet.vnet_key())?;
        let subnets = list(&network["properties"], "subnets");
        subnets.iter().find(|known| same_id(id(known), subnet.as_str()))
    }
}

/// Returns a resource group's id in lower case.
pub(crate) fn group_key(subscription: &str, group: &str) -> String {
    format!("/subscriptions/{subscription}/resourcegroups/{group}").to_ascii_lowercase()
}
