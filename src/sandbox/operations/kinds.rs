//! Running operations: their form by provider, and their change to the state.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use serde_json::Value;
use uuid::Uuid;

/// Operations by id. Ended ones are kept, because a client may poll again.
#[derive(Clone, Default)]
pub(crate) struct Operations {
    by_id: BTreeMap<String, Operation>,
    /// Ids of those that run. Every request looks at them, so the ended ones are not among them.
    running: BTreeSet<String>,
}

/// Form of a provider's answers to polls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OperationStyle {
    /// Registries and replications: `Azure-AsyncOperation` below the resource. The end is 200
    /// `{"status":"Succeeded"}` with the header again (recorded: azure-cli test_acr_create_replication, 2021-05).
    Registry,
    /// Private endpoint connections: the same header, but each poll answers **201** with id, name and status until
    /// 200 (recorded: azure-cli test_acr_with_private_endpoint, 2021-06).
    Connection,
    /// Deletions of the registry provider: `Location`, 202 with the body `null`, then 200 empty (recorded:
    /// azure-powershell TestCreateWithNetworkRuleSet, 2020-10).
    RegistryDelete,
    /// The network provider: `Azure-AsyncOperation`, `InProgress`, then `Succeeded`. A deletion has a `Location` too,
    /// which ends with 204 (recorded: same).
    Network,
    /// Deletion of a resource group: `Location`, 202 and then 200, both empty (recorded:
    /// azure-libraries-for-net CreateUpdateSubnetServiceAccess, 2019-12).
    Group,
}

/// Change to the state when an operation ends.
#[derive(Clone, Debug)]
pub(crate) enum OperationEnd {
    /// Marks the virtual network and all of its subnets as `Succeeded`, with a new ETag.
    Settle,
    /// Replaces the resource.
    Replace(Value),
    /// Removes the resource and all below it.
    Remove,
    /// Removes the subnet of this id from its virtual network.
    RemoveSubnet(String),
    /// Replaces the private endpoint connection of this id in its registry, or removes it if there is no value.
    Connection(String, Option<Value>),
    /// Replaces the resource of this id, and all below it, by these.
    Restore(String, Vec<(String, Value)>),
}

/// An operation, running or ended.
#[derive(Clone)]
struct Operation {
    style: OperationStyle,
    /// Path of its polls without the last two segments, in lower case.
    scope: String,
    /// Id of the resource that it changes, in lower case.
    on: String,
    /// State of the resource meanwhile, such as `Creating`.
    state: &'static str,
    /// `None` once it has ended, because it may hold a whole resource.
    end: Option<OperationEnd>,
    /// True if it deletes its resource.
    deletes: bool,
    /// Number of polls that still answer that it runs.
    polls_left: u32,
    since: Instant,
    /// True if a fault keeps it from ending.
    held: bool,
    /// Error of its end, `None` if it succeeds.
    failure: Option<OperationError>,
}

/// Error with which an operation ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OperationError {
    pub(crate) code: String,
    pub(crate) message: String,
}

/// An operation to begin, with the fields of [`Operation`].
pub(crate) struct NewOperation<'a> {
    pub(crate) style: OperationStyle,
    pub(crate) scope: String,
    pub(crate) on: &'a str,
    pub(crate) state: &'static str,
    pub(crate) end: OperationEnd,
}

impl Operations {
    /// Begins an operation and returns its id, which starts with `prefix`. `polls` polls answer that it still runs.
    pub(crate) fn begin(&mut self, begin: NewOperation<'_>, prefix: &str, polls: u32) -> String {
        let id = format!("{prefix}{}", Uuid::new_v4());
        let operation = Operation {
            style: begin.style,
            scope: begin.scope.to_ascii_lowercase(),
            on: begin.on.to_owned(),
            state: begin.state,
            deletes: matches!(begin.end, OperationEnd::Remove | OperationEnd::RemoveSubnet(_)),
            end: Some(begin.end),
            polls_left: polls,
            since: Instant::now(),
            held: false,
            failure: None,
        };
        self.by_id.insert(id.clone(), operation);
        self.running.insert(id.clone());
        id
    }

    fn running(&self) -> impl Iterator<Item = (&String, &Operation)> {
        self.running.iter().filter_map(|id| self.by_id.get_key_value(id))
    }

    /// Returns the ids of the operations that have run for `limit`, but not of those that a fault holds.
    pub(crate) fn overdue(&self, limit: Duration) -> Vec<String> {
        let mut ids = Vec::new();
        for (id, operation) in self.running() {
            if !operation.held && operation.since.elapsed() >= limit {
                ids.push(id.clone());
            }
        }
        ids
    }

    /// Ends a running operation. Returns the resource that it changes, and the change.
    pub(crate) fn end(&mut self, id: &str) -> Option<(String, OperationEnd)> {
        self.running.remove(id);
        let operation = self.by_id.get_mut(id)?;
        Some((operation.on.clone(), operation.end.take()?))
    }

    /// Makes so many polls answer that an operation still runs.
    pub(crate) fn run_for(&mut self, id: &str, polls: u32) {
        if let Some(operation) = self.by_id.get_mut(id) {
            operation.polls_left = polls;
        }
    }

    /// Prevents an operation from ending.
    pub(crate) fn hold(&mut self, id: &str) {
        if let Some(operation) = self.by_id.get_mut(id) {
            operation.held = true;
        }
    }

    /// Makes an operation fail, with another change to the state at its end.
    pub(crate) fn fail(&mut self, id: &str, error: OperationError, end: OperationEnd) {
        if let Some(operation) = self.by_id.get_mut(id) {
            (operation.failure, operation.end) = (Some(error), Some(end));
        }
    }

    /// Allows all operations to end again, once no fault is left.
    pub(crate) fn release(&mut self) {
        for id in &self.running {
            if let Some(operation) = self.by_id.get_mut(id) {
                operation.held = false;
            }
        }
    }

    /// Counts a poll below `scope` and a segment of the name `kind`. Returns `None` if the operation has no polls there.
    pub(crate) fn polled(&mut self, id: &str, scope: &str, kind: &str) -> Option<Polled> {
        let operation = self.by_id.get_mut(id)?;
        if operation.scope != scope || !operation.is_polled_at(kind) {
            return None;
        }
        // An ended operation answers its end again.
        let running = operation.end.is_some();
        let waits = running && (operation.held || operation.polls_left > 0);
        operation.polls_left = operation.polls_left.saturating_sub(1);
        Some(Polled {
            style: operation.style,
            state: operation.state,
            failure: operation.failure.clone(),
            waits,
            ends: running && !waits,
        })
    }

    /// Returns the path of the operation that runs on a virtual network: Azure allows one at a time.
    pub(crate) fn running_on(&self, network: &str) -> Option<String> {
        for (id, operation) in self.running() {
            if operation.on == network {
                return Some(format!("{}/operations/{id}", operation.scope));
            }
        }
        None
    }
}

/// Result of a poll.
pub(crate) struct Polled {
    pub(crate) style: OperationStyle,
    pub(crate) state: &'static str,
    /// True if the operation goes on.
    pub(crate) waits: bool,
    /// True if this poll ends it.
    pub(crate) ends: bool,
    /// Error of its end.
    pub(crate) failure: Option<OperationError>,
}

impl Operation {
    /// Returns true if its links have the segment `kind` before the id. No recording shows another segment to work.
    fn is_polled_at(&self, kind: &str) -> bool {
        match self.style {
            OperationStyle::Registry | OperationStyle::Connection => kind == "operationstatuses",
            OperationStyle::RegistryDelete | OperationStyle::Group => kind == "operationresults",
            // A deletion can be polled at both of its links.
            OperationStyle::Network => {
                kind == "operations" || (self.deletes && kind == "operationresults")
            }
        }
    }
}

/// Returns the path of the polls of network operations in a location.
pub(crate) fn scope(subscription: &str, location: &str) -> String {
    provider_scope("Microsoft.Network", subscription, location)
}

/// Returns the path of the polls of a provider's operations in a location.
pub(crate) fn provider_scope(namespace: &str, subscription: &str, location: &str) -> String {
    format!("/subscriptions/{subscription}/providers/{namespace}/locations/{location}")
}
