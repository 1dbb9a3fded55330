//! Long-running operations, as a pure state machine: what to do after each answer.
//!
//! Azure has four ways to say "not done yet", and each provider mixes them (recorded: registry create and encryption
//! with `Azure-AsyncOperation`; private endpoint connections whose polls answer 201; registry and agent pool
//! deletion with `Location` and a body of `null`; subnet writes that answer 200 and are not done).

#[cfg(test)]
mod tests;

use std::time::Duration;

use serde_json::Value;

use crate::azure::error::body::{Fault, get};

/// Where an operation is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct State {
    /// Whether the operation removes the resource: then 404 is its success.
    pub(crate) deleting: bool,
    pub(crate) stage: Stage,
}

/// Which answer comes next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// That to the write itself.
    Started,
    /// That of the `Azure-AsyncOperation` link.
    Status(String),
    /// That of the `Location` link.
    Location(String),
    /// That of the resource, whose `provisioningState` is the only sign.
    Resource,
}

/// The parts of an answer that an operation shows itself in.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Progress<'a> {
    pub(crate) status: u16,
    /// `Azure-AsyncOperation`.
    pub(crate) operation: Option<&'a str>,
    pub(crate) location: Option<&'a str>,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) body: Option<&'a Value>,
}

/// What to do next.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Next {
    /// Ask again, where `state.stage` says, after `after` or the usual interval.
    Poll {
        state: State,
        after: Option<Duration>,
    },
    /// Done; the resource has to be read for its state.
    FinalGet,
    /// Done; the answer's body is the resource, if there is one.
    Done,
    Failed(Fault),
}

impl State {
    /// Before the write is answered.
    pub(crate) fn started(deleting: bool) -> Self {
        Self {
            deleting,
            stage: Stage::Started,
        }
    }
}

/// What to do after the answer `reply` in `state`. Answers that say no (4xx, 5xx) are for the caller, except the 404 of
/// a deletion.
pub(crate) fn step(state: &State, reply: &Progress<'_>) -> Next {
    if state.deleting && reply.status == 404 {
        return Next::Done;
    }
    match &state.stage {
        Stage::Started => started(state, reply),
        Stage::Status(link) => match operation_status(reply) {
            None => again(
                state,
                reply,
                Stage::Status(reply.operation.unwrap_or(link).to_owned()),
            ),
            Some(Ok(())) => finished(state),
            Some(Err(fault)) => Next::Failed(fault),
        },
        Stage::Location(link) => located(state, reply, link),
        Stage::Resource => resource(state, reply),
    }
}

/// The first answer: a link in a header wins over the body, whatever the status.
fn started(state: &State, reply: &Progress<'_>) -> Next {
    if let Some(link) = reply.operation {
        return again(state, reply, Stage::Status(link.to_owned()));
    }
    match reply.location {
        Some(link) if matches!(reply.status, 201 | 202) => {
            again(state, reply, Stage::Location(link.to_owned()))
        }
        _ => resource(state, reply),
    }
}

/// An answer of the `Location` link: 202 until it is done. Some say `status` in a 200 as well.
fn located(state: &State, reply: &Progress<'_>, link: &str) -> Next {
    let wait = || {
        again(
            state,
            reply,
            Stage::Location(reply.location.unwrap_or(link).to_owned()),
        )
    };
    match status_of(reply.body) {
        Some(status) => match terminal(status, reply.body) {
            None => wait(),
            Some(Ok(())) => finished(state),
            Some(Err(fault)) => Next::Failed(fault),
        },
        None if reply.status == 202 => wait(),
        None => finished(state),
    }
}

/// An answer that is the resource itself, or nothing.
fn resource(state: &State, reply: &Progress<'_>) -> Next {
    match provisioning_state(reply.body) {
        Some(status) => match terminal(status, reply.body) {
            None => again(state, reply, Stage::Resource),
            Some(Ok(())) => Next::Done,
            Some(Err(fault)) => Next::Failed(fault),
        },
        None if reply.status == 202 => again(state, reply, Stage::Resource),
        None => Next::Done,
    }
}

fn again(state: &State, reply: &Progress<'_>, stage: Stage) -> Next {
    let deleting = state.deleting;
    Next::Poll {
        state: State { deleting, stage },
        after: reply.retry_after,
    }
}

/// The end of an operation whose answers are not the resource.
fn finished(state: &State) -> Next {
    if state.deleting {
        Next::Done
    } else {
        Next::FinalGet
    }
}

/// `None` while an `Azure-AsyncOperation` goes on. An answer without a status, such as 202 with `null`, goes on.
fn operation_status(reply: &Progress<'_>) -> Option<Result<(), Fault>> {
    if reply.status == 204 {
        return Some(Ok(()));
    }
    let status = status_of(reply.body).or_else(|| provisioning_state(reply.body))?;
    terminal(status, reply.body)
}

/// `Succeeded`, `Failed` and `Canceled` end an operation; every other word, known or not, means that it goes on.
fn terminal(status: &str, body: Option<&Value>) -> Option<Result<(), Fault>> {
    match status.to_ascii_lowercase().as_str() {
        "succeeded" => Some(Ok(())),
        "failed" | "canceled" | "cancelled" => Some(Err(fault(status, body))),
        _ => None,
    }
}

/// The error of a failed operation; its status where it does not say why.
fn fault(status: &str, body: Option<&Value>) -> Fault {
    let said = body.and_then(|body| {
        let error = get(body.as_object()?, "error").or_else(|| get(properties(body)?, "error"))?;
        Fault::parse(error)
    });
    said.unwrap_or_else(|| {
        Fault::bare(
            status,
            format!("the operation ended as `{status}` and did not say why"),
        )
    })
}

/// The operation's word for where it is, for people and for [`terminal`].
pub(crate) fn status_of(body: Option<&Value>) -> Option<&str> {
    get(body?.as_object()?, "status")?.as_str()
}

/// The resource's word for where it is.
pub(crate) fn provisioning_state(body: Option<&Value>) -> Option<&str> {
    get(properties(body?)?, "provisioningState")?.as_str()
}

fn properties(body: &Value) -> Option<&serde_json::Map<String, Value>> {
    get(body.as_object()?, "properties")?.as_object()
}
