//! Operations: an answer comes at once and the work goes on.
//!
//! Each provider says so in its own way ([`Flavour`]). An operation ends when it has been polled often enough,
//! or after a time when nobody polls.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use axum::http::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;

use super::answer::{Answer, Answered};
use super::arm::Call;
use super::errors;
use super::store::Store;

/// Operations by id. Ended ones stay: a client may poll again.
#[derive(Clone, Default)]
pub(super) struct Operations {
    by_id: BTreeMap<String, Operation>,
}

/// How a provider tells of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flavour {
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
pub(super) enum Effect {
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

#[derive(Clone)]
struct Operation {
    flavour: Flavour,
    /// Where it is asked for, without the last two segments, in lower case.
    scope: String,
    /// The stored resource that it changes, in lower case.
    on: String,
    /// `Creating` or `Updating`, as the resource says.
    verb: &'static str,
    effect: Effect,
    polls_left: u32,
    /// `None` once it has ended.
    running_since: Option<Instant>,
    /// A fault keeps it from ending, however long it has run.
    held: bool,
}

/// An operation to begin.
pub(super) struct Begin<'a> {
    pub(super) flavour: Flavour,
    pub(super) scope: String,
    pub(super) on: &'a str,
    pub(super) verb: &'static str,
    pub(super) effect: Effect,
}

impl Operations {
    /// Begins an operation and gives its id, which starts with `prefix`.
    pub(super) fn begin(&mut self, begin: Begin<'_>, prefix: &str, polls: u32) -> String {
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
    pub(super) fn hold(&mut self, id: &str) {
        if let Some(operation) = self.by_id.get_mut(id) {
            operation.held = true;
        }
    }

    /// Lets operations end again: the faults that held them are gone.
    pub(super) fn release(&mut self) {
        self.by_id
            .values_mut()
            .for_each(|operation| operation.held = false);
    }

    /// The path of the network operation that runs on a virtual network: Azure writes one at a time.
    pub(super) fn running_on(&self, network: &str) -> Option<String> {
        let runs = |operation: &Operation| operation.running_since.is_some() && operation.on == network;
        let (id, operation) = self.by_id.iter().find(|(_, operation)| runs(operation))?;
        Some(format!("{}/operations/{id}", operation.scope))
    }
}

/// Ends every operation that has run for `limit`, unless a fault holds it.
pub(super) fn expire(store: &mut Store, limit: Duration) {
    let over = |operation: &Operation| {
        let since = operation.running_since.filter(|_| !operation.held);
        since.is_some_and(|since| since.elapsed() >= limit)
    };
    let operations = &store.operations.by_id;
    let ids: Vec<String> = operations
        .iter()
        .filter(|(_, op)| over(op))
        .map(|(id, _)| id.clone())
        .collect();
    ids.iter().for_each(|id| end(store, id));
}

fn end(store: &mut Store, id: &str) {
    let Some(operation) = store.operations.by_id.get_mut(id) else {
        return;
    };
    operation.running_since = None;
    let (on, effect) = (operation.on.clone(), operation.effect.clone());
    store.end(&on, effect);
}

/// GET of an operation: `path` is what precedes `operations`, `operationStatuses` or `operationResults`.
pub(super) fn poll(call: &mut Call<'_>, path: &[&str]) -> Answered {
    let [scope @ .., kind, id] = path else {
        return Err(errors::internal("an operation's path is too short"));
    };
    let id = id.to_ascii_lowercase();
    let scope = format!("/subscriptions/{}/{}", call.subscription, scope.join("/")).to_ascii_lowercase();
    let scope = scope.trim_end_matches('/');
    let found = call.store.operations.by_id.get_mut(&id);
    let Some(operation) = found.filter(|operation| operation.scope == scope) else {
        return Err(errors::not_established(&format!(
            "operation `{id}`, which was never begun"
        )));
    };
    let (flavour, verb) = (operation.flavour, operation.verb);
    let running = operation.running_since.is_some();
    let waits = running && operation.polls_left > 0;
    operation.polls_left = operation.polls_left.saturating_sub(1);
    if running && !waits {
        end(call.store, &id);
    }
    let status = Status {
        call,
        path,
        id: &id,
        verb,
    };
    let by_location = kind.eq_ignore_ascii_case("operationResults");
    let answer = if waits {
        status.running(flavour, by_location)
    } else {
        status.ended(flavour, by_location)
    };
    Ok(status.marked(answer, flavour))
}

/// What a poll says.
struct Status<'a, 'b> {
    call: &'a Call<'b>,
    path: &'a [&'a str],
    id: &'a str,
    verb: &'static str,
}

impl Status<'_, '_> {
    /// The URL that was asked.
    fn url(&self) -> String {
        let base = &self.call.request.base;
        let (subscription, path) = (self.call.subscription, self.path.join("/"));
        format!(
            "{base}/subscriptions/{subscription}/{path}?api-version={}",
            self.call.version
        )
    }

    /// `Retry-After` on each: recorded where the recording keeps it.
    fn running(&self, flavour: Flavour, by_location: bool) -> Answer {
        let answer = match flavour {
            Flavour::Network if by_location => {
                Answer::empty(StatusCode::ACCEPTED).with("location", &self.url())
            }
            Flavour::Network => Answer::ok(json!({"status": "InProgress"})),
            Flavour::Registry => {
                Answer::ok(json!({"status": self.verb})).with("azure-asyncoperation", &self.url())
            }
            Flavour::Connection => Answer::new(StatusCode::CREATED, self.connection(self.verb))
                .with("azure-asyncoperation", &self.url()),
            Flavour::RegistryDelete => {
                Answer::new(StatusCode::ACCEPTED, Value::Null).with("location", &self.url())
            }
            Flavour::Group => Answer::empty(StatusCode::ACCEPTED).with("location", &self.url()),
        };
        answer.with("retry-after", &self.call.options.retry_after.to_string())
    }

    fn ended(&self, flavour: Flavour, by_location: bool) -> Answer {
        match flavour {
            Flavour::Network if by_location => Answer::empty(StatusCode::NO_CONTENT),
            Flavour::Network => Answer::ok(json!({"status": "Succeeded"})),
            Flavour::Registry => {
                Answer::ok(json!({"status": "Succeeded"})).with("azure-asyncoperation", &self.url())
            }
            Flavour::Connection => Answer::ok(self.connection("Succeeded")),
            Flavour::RegistryDelete | Flavour::Group => Answer::empty(StatusCode::OK),
        }
    }

    fn connection(&self, status: &str) -> Value {
        let resource = self.path[..self.path.len().saturating_sub(2)].join("/");
        let id = format!("/subscriptions/{}/{resource}", self.call.subscription);
        json!({"id": id, "name": self.id, "status": status})
    }

    /// What a provider puts on all of its answers.
    fn marked(&self, answer: Answer, flavour: Flavour) -> Answer {
        match flavour {
            Flavour::Network => answer.with("x-ms-arm-service-request-id", &Uuid::new_v4().to_string()),
            Flavour::Group => answer,
            _ => answer.with("api-supported-versions", self.call.version),
        }
    }
}

/// Where network operations of a location are asked for.
pub(super) fn scope(subscription: &str, location: &str) -> String {
    provider_scope("Microsoft.Network", subscription, location)
}

/// Where operations of a provider in a location are asked for.
pub(super) fn provider_scope(namespace: &str, subscription: &str, location: &str) -> String {
    format!("/subscriptions/{subscription}/providers/{namespace}/locations/{location}")
}
