//! Operations by provider, and what becomes of the state at their end.

use std::collections::BTreeMap;
use std::time::Instant;

use serde_json::Value;
use uuid::Uuid;

/// Operations by id. Ended ones stay: a client may poll again.
#[derive(Clone, Default)]
pub(crate) struct Operations {
    pub(crate) by_id: BTreeMap<String, Operation>,
}

/// How a provider tells of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OperationStyle {
    /// Registries and replications: `Azure-AsyncOperation` under the resource; the end is 200
    /// `{"status":"Succeeded"}` with the header again (recorded: azure-cli test_acr_create_replication, 2021-05).
    Registry,
    /// Private endpoint connections: the same header, but each poll is **201** with id, name and status until
    /// 200 (recorded: azure-cli test_acr_with_private_endpoint, 2021-06).
    Connection,
    /// Deletions of the registry provider: `Location`; 202 with the body `null`, then 200 empty (recorded:
    /// azure-powershell TestCreateWithNetworkRuleSet, 2020-10).
    RegistryDelete,
    /// The network provider: `Azure-AsyncOperation`, `InProgress`, then `Succeeded`; a deletion has a
    /// `Location` too, which ends in 204 (recorded: same).
    Network,
    /// Deletion of a resource group: `Location`, 202 and then 200, both empty (recorded:
    /// azure-libraries-for-net CreateUpdateSubnetServiceAccess, 2019-12).
    Group,
}

/// What becomes of the state when an operation ends.
#[derive(Clone, Debug)]
pub(crate) enum OperationEnd {
    /// The virtual network is done: everything in it `Succeeded`, with a new ETag.
    Settle,
    /// The resource is replaced.
    Replace(Value),
    /// The resource, and all below it, is gone.
    Remove,
    /// The subnet of this id, in lower case, is gone from its virtual network.
    RemoveSubnet(String),
    /// The private endpoint connection of this id is replaced in its registry, or gone from it.
    Connection(String, Option<Value>),
}

/// An operation, running or ended.
#[derive(Clone)]
pub(crate) struct Operation {
    flavour: OperationStyle,
    /// Where it is asked for, without the last two segments, in lower case.
    scope: String,
    /// The stored resource that it changes, in lower case.
    pub(crate) on: String,
    /// `Creating` or `Updating`, as the resource says.
    verb: &'static str,
    pub(crate) effect: OperationEnd,
    polls_left: u32,
    /// `None` once it has ended.
    pub(crate) running_since: Option<Instant>,
    /// A fault keeps it from ending, however long it has run.
    pub(crate) held: bool,
}

/// An operation to begin.
pub(crate) struct NewOperation<'a> {
    pub(crate) flavour: OperationStyle,
    pub(crate) scope: String,
    pub(crate) on: &'a str,
    pub(crate) verb: &'static str,
    pub(crate) effect: OperationEnd,
}

impl Operations {
    /// Begins an operation and gives its id, which starts with `prefix`.
    pub(crate) fn begin(&mut self, begin: NewOperation<'_>, prefix: &str, polls: u32) -> String {
        let id = format!("{prefix}{}", Uuid::new_v4());
        let operation = Operation {
            flavour: begin.flavour,
            scope: begin.scope.to_ascii_lowercase(),
            on: begin.on.to_owned(),
            verb: begin.verb,
            effect: begin.effect,
            polls_left: polls,
            running_since: Some(Instant::now()),
            held: false,
        };
        self.by_id.insert(id.clone(), operation);
        id
    }

    /// Keeps an operation from ending by time.
    pub(crate) fn hold(&mut self, id: &str) {
        if let Some(operation) = self.by_id.get_mut(id) {
            operation.held = true;
        }
    }

    /// Lets operations end again: the faults that held them are gone.
    pub(crate) fn release(&mut self) {
        self.by_id
            .values_mut()
            .for_each(|operation| operation.held = false);
    }

    /// Counts a poll under `scope` and a segment of the name `kind`; `None` for an operation that is not asked for there.
    pub(crate) fn polled(&mut self, id: &str, scope: &str, kind: &str) -> Option<Polled> {
        let operation = self.by_id.get_mut(id)?;
        if operation.scope != scope || !operation.is_asked_by(kind) {
            return None;
        }
        let running = operation.running_since.is_some();
        let waits = running && operation.polls_left > 0;
        operation.polls_left = operation.polls_left.saturating_sub(1);
        Some(Polled {
            flavour: operation.flavour,
            verb: operation.verb,
            waits,
            ends: running && !waits,
        })
    }

    /// The path of the network operation that runs on a virtual network: Azure writes one at a time.
    pub(crate) fn running_on(&self, network: &str) -> Option<String> {
        let runs = |operation: &Operation| operation.running_since.is_some() && operation.on == network;
        let (id, operation) = self.by_id.iter().find(|(_, operation)| runs(operation))?;
        Some(format!("{}/operations/{id}", operation.scope))
    }
}

/// What a poll finds.
pub(crate) struct Polled {
    pub(crate) flavour: OperationStyle,
    pub(crate) verb: &'static str,
    /// Whether it goes on.
    pub(crate) waits: bool,
    /// Whether this poll ends it.
    pub(crate) ends: bool,
}

impl Operation {
    /// Whether its links have this segment before the id; that one stands for the other is not recorded.
    fn is_asked_by(&self, kind: &str) -> bool {
        let deletes = matches!(self.effect, OperationEnd::Remove | OperationEnd::RemoveSubnet(_));
        match self.flavour {
            OperationStyle::Registry | OperationStyle::Connection => kind == "operationstatuses",
            OperationStyle::RegistryDelete | OperationStyle::Group => kind == "operationresults",
            OperationStyle::Network => kind == "operations" || (deletes && kind == "operationresults"),
        }
    }
}

/// Where network operations of a location are asked for.
pub(crate) fn scope(subscription: &str, location: &str) -> String {
    provider_scope("Microsoft.Network", subscription, location)
}

/// Where operations of a provider in a location are asked for.
pub(crate) fn provider_scope(namespace: &str, subscription: &str, location: &str) -> String {
    format!("/subscriptions/{subscription}/providers/{namespace}/locations/{location}")
}
