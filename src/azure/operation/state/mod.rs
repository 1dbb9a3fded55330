//! Long-running operations, as a pure state machine: the next thing to do after each answer.
//!
//! Azure has four ways to say "not done yet", and each provider mixes them (recorded: registry create and encryption
//! with `Azure-AsyncOperation`; private endpoint connections whose polls answer 201; registry and agent pool
//! deletion with `Location` and a body of `null`; subnet writes that answer 200 and are not done).

#[cfg(test)]
mod tests;

use std::time::Duration;

use serde_json::{Map, Value};

use crate::azure::error::body::{ErrorBody, get};

/// State of an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OperationState {
    /// True if the operation removes the resource. Then a 404 is its success.
    pub(crate) deleting: bool,
    pub(crate) stage: Stage,
}

/// Source of the next answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// The write itself.
    Started,
    /// The `Azure-AsyncOperation` link.
    Status(String),
    /// The `Location` link.
    Location(String),
    /// The resource, whose `provisioningState` is the only sign.
    Resource,
}

/// Parts of an answer that show the state of an operation.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct OperationReply<'a> {
    pub(crate) status: u16,
    /// `Azure-AsyncOperation`.
    pub(crate) operation: Option<&'a str>,
    pub(crate) location: Option<&'a str>,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) body: Option<&'a Value>,
}

/// Next thing to do.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Next {
    /// Ask the source that `state.stage` names, after `after` or the usual interval.
    Poll {
        state: OperationState,
        after: Option<Duration>,
    },
    /// Done. The resource has to be read for its state.
    FinalGet,
    /// Done. The body of the answer is the resource, if there is one.
    Done,
    Failed(ErrorBody),
}

/// Meaning of the word that an answer has for the state of an operation.
enum Word {
    Running,
    Succeeded,
    Failed(ErrorBody),
}

impl OperationState {
    /// Returns the state before the write is answered.
    pub(crate) fn started(deleting: bool) -> Self {
        Self {
            deleting,
            stage: Stage::Started,
        }
    }

    /// Polls `stage` next.
    fn poll(&self, reply: &OperationReply<'_>, stage: Stage) -> Next {
        Next::Poll {
            state: Self {
                deleting: self.deleting,
                stage,
            },
            after: reply.retry_after,
        }
    }

    /// Ends an operation whose answers are not the resource.
    fn finish(&self) -> Next {
        if self.deleting { Next::Done } else { Next::FinalGet }
    }
}

/// Decides the next thing to do after the answer `reply` in `state`. Answers of 400 and above are for the caller, except
/// the 404 of a deletion.
pub(crate) fn step(state: &OperationState, reply: &OperationReply<'_>) -> Next {
    if state.deleting && reply.status == 404 {
        return Next::Done;
    }
    match &state.stage {
        Stage::Started => started(state, reply),
        Stage::Status(link) => status_link(state, reply, link),
        Stage::Location(link) => location_link(state, reply, link),
        Stage::Resource => resource(state, reply),
    }
}

/// Judges the first answer: a link in a header wins over the body, whatever the status.
fn started(state: &OperationState, reply: &OperationReply<'_>) -> Next {
    // Recorded: subnet writes answer 200 with a link and are not done.
    if let Some(link) = reply.operation {
        return state.poll(reply, Stage::Status(link.to_owned()));
    }
    match reply.location {
        // On a 200, `Location` is that of the resource and not of an operation.
        Some(link) if matches!(reply.status, 201 | 202) => {
            state.poll(reply, Stage::Location(link.to_owned()))
        }
        _ => resource(state, reply),
    }
}

/// Judges an answer of the `Azure-AsyncOperation` link. An answer without a status, such as 202 with `null`, goes on.
fn status_link(state: &OperationState, reply: &OperationReply<'_>, link: &str) -> Next {
    if reply.status == 204 {
        return state.finish();
    }
    let word = match status_of(reply.body).or_else(|| provisioning_state(reply.body)) {
        Some(status) => meaning(status, reply.body),
        None => Word::Running,
    };
    match word {
        Word::Running => {
            // A link that is signed anew replaces the old one.
            let link = reply.operation.unwrap_or(link);
            state.poll(reply, Stage::Status(link.to_owned()))
        }
        Word::Succeeded => state.finish(),
        Word::Failed(error) => Next::Failed(error),
    }
}

/// Judges an answer of the `Location` link: 202 until it is done. Some have a `status` in a 200 as well.
fn location_link(state: &OperationState, reply: &OperationReply<'_>, link: &str) -> Next {
    let word = match status_of(reply.body) {
        Some(status) => meaning(status, reply.body),
        None if reply.status == 202 => Word::Running,
        None => Word::Succeeded,
    };
    match word {
        Word::Running => {
            let link = reply.location.unwrap_or(link);
            state.poll(reply, Stage::Location(link.to_owned()))
        }
        Word::Succeeded => state.finish(),
        Word::Failed(error) => Next::Failed(error),
    }
}

/// Judges an answer that is the resource itself, or nothing.
fn resource(state: &OperationState, reply: &OperationReply<'_>) -> Next {
    let word = match provisioning_state(reply.body) {
        Some(status) => meaning(status, reply.body),
        None if reply.status == 202 => Word::Running,
        None => Word::Succeeded,
    };
    match word {
        Word::Running => state.poll(reply, Stage::Resource),
        Word::Succeeded => Next::Done,
        Word::Failed(error) => Next::Failed(error),
    }
}

/// Reads the word for a state: `Succeeded`, `Failed` and `Canceled` end an operation. Every other word, known or not,
/// means that it goes on.
fn meaning(status: &str, body: Option<&Value>) -> Word {
    match status.to_ascii_lowercase().as_str() {
        "succeeded" => Word::Succeeded,
        "failed" | "canceled" | "cancelled" => Word::Failed(failure(status, body)),
        _ => Word::Running,
    }
}

/// Returns the error of a failed operation, or its status if the answer names no error.
fn failure(status: &str, body: Option<&Value>) -> ErrorBody {
    // The error stands beside the status, or in the properties.
    if let Some(error) = body.and_then(error_of)
        && let Some(parsed) = ErrorBody::parse(error)
    {
        return parsed;
    }
    let message = format!("the operation ended as `{status}` without a reason");
    ErrorBody::bare(status, message)
}

/// Finds the error in the answer, or in its properties.
fn error_of(body: &Value) -> Option<&Value> {
    match get(body.as_object()?, "error") {
        Some(error) => Some(error),
        None => get(properties(body)?, "error"),
    }
}

/// Returns the operation's word for its state.
pub(crate) fn status_of(body: Option<&Value>) -> Option<&str> {
    get(body?.as_object()?, "status")?.as_str()
}

/// Returns the resource's word for its state.
pub(crate) fn provisioning_state(body: Option<&Value>) -> Option<&str> {
    get(properties(body?)?, "provisioningState")?.as_str()
}

fn properties(body: &Value) -> Option<&Map<String, Value>> {
    get(body.as_object()?, "properties")?.as_object()
}
