//! GET of an operation: its paths, its api-versions and the answers of each provider.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use super::effects;
use super::kinds::{OperationError, OperationStyle};
use crate::sandbox::forms::api_versions::ROWS;
use crate::sandbox::forms::types::RESOURCES_VERSIONS;
use crate::sandbox::network::versions;
use crate::sandbox::protocol::call::Call;
use crate::sandbox::protocol::errors;
use crate::sandbox::protocol::path::PathValues;
use crate::sandbox::protocol::response::{Answer, Answered};
use crate::sandbox::registry::sub_resources::replications;

/// Segments before the id of an operation.
const KINDS: [&str; 3] = ["operations", "operationResults", "operationStatuses"];

/// Returns true if a path asks for an operation.
///
/// Every provider serves operations under one of three segments, at a place where a type stands. A resource may have
/// such a name too.
pub(crate) fn is_poll(method: &Method, path: &[&str]) -> bool {
    let Some(at) = path.len().checked_sub(2) else {
        return false;
    };
    let provider = path
        .iter()
        .rposition(|segment| segment.eq_ignore_ascii_case("providers"));
    let is_type = match provider {
        Some(provider) => at > provider + 1 && (at - provider).is_multiple_of(2),
        // After `/subscriptions/{subscription}`.
        None => at == 2,
    };
    method == Method::GET && is_type && KINDS.iter().any(|kind| kind.eq_ignore_ascii_case(path[at]))
}

/// Answers a GET of an operation. The scope of the path is what precedes the segment `operations`,
/// `operationStatuses` or `operationResults`.
pub(crate) fn poll(call: &mut Call<'_>, at: &PathValues<'_>) -> Answered {
    let path = at.after_subscription();
    let [scope @ .., kind, id] = path else {
        return Err(errors::internal("an operation's path is too short"));
    };
    check_version(call, path)?;
    // ARM compares paths without case.
    let (id, kind) = (id.to_ascii_lowercase(), kind.to_ascii_lowercase());
    let scope = format!("/subscriptions/{}/{}", call.subscription, scope.join("/")).to_ascii_lowercase();
    // A group's operation has nothing between the subscription and the segment.
    let scope = scope.trim_end_matches('/');
    let Some(found) = call.store.operations.polled(&id, scope, &kind) else {
        return Err(errors::not_established(&format!(
            "a poll of operation `{id}` under `{kind}`, where no operation of this id is"
        )));
    };
    if found.ends {
        effects::end(call.store, &id);
    }
    let (style, state) = (found.style, found.state);
    let status = Status {
        call,
        path,
        id: &id,
        state,
    };
    let by_location = kind == "operationresults";
    let answer = match found.failure {
        _ if found.waits => status.running(style, by_location),
        Some(error) => status.failed(style, by_location, &error)?,
        None => status.ended(style, by_location),
    };
    Ok(status.marked(answer, style))
}

/// Refuses an api-version that the operation's provider does not have, or ARM itself for a group (general knowledge).
///
/// The version of the link may differ from that of the request that began the operation.
fn check_version(call: &Call<'_>, path: &[&str]) -> Result<(), Answer> {
    let provider = path
        .iter()
        .rposition(|segment| segment.eq_ignore_ascii_case("providers"));
    let Some(at) = provider else {
        return call.known_version(RESOURCES_VERSIONS);
    };
    let rest = &path[at + 1..];
    // Types and names alternate: `registries/lab/replications/westus`.
    let types: Vec<&str> = rest[1..].iter().step_by(2).copied().collect();
    let kind = format!("{}/{}", rest[0], types.join("/"));
    if rest[0].eq_ignore_ascii_case("Microsoft.Network") {
        return versions::check_of(call, &kind);
    }
    if types.iter().any(|word| word.eq_ignore_ascii_case("replications")) {
        return replications::check_version(call);
    }
    let versions: Vec<&str> = ROWS.iter().rev().map(|row| row.version).collect();
    call.offered(&kind, &versions)
}

/// Values that the answers to a poll need.
struct Status<'a, 'b> {
    call: &'a Call<'b>,
    path: &'a [&'a str],
    id: &'a str,
    state: &'static str,
}

impl Status<'_, '_> {
    /// Returns the URL of the poll.
    fn url(&self) -> String {
        let base = &self.call.request.base;
        let (subscription, path) = (self.call.subscription, self.path.join("/"));
        format!(
            "{base}/subscriptions/{subscription}/{path}?api-version={}",
            self.call.version
        )
    }

    /// Returns the answer of a running operation, with `Retry-After` (in each recording that keeps the header).
    fn running(&self, style: OperationStyle, by_location: bool) -> Answer {
        let answer = match style {
            OperationStyle::Network if by_location => {
                Answer::empty(StatusCode::ACCEPTED).with("location", &self.url())
            }
            OperationStyle::Network => Answer::ok(json!({"status": "InProgress"})),
            OperationStyle::Registry => {
                Answer::ok(json!({"status": self.state})).with("azure-asyncoperation", &self.url())
            }
            OperationStyle::Connection => Answer::new(StatusCode::CREATED, self.connection(self.state))
                .with("azure-asyncoperation", &self.url()),
            OperationStyle::RegistryDelete => {
                Answer::new(StatusCode::ACCEPTED, Value::Null).with("location", &self.url())
            }
            OperationStyle::Group => Answer::empty(StatusCode::ACCEPTED).with("location", &self.url()),
        };
        answer.with("retry-after", &self.call.options.retry_after.to_string())
    }

    /// Returns the answer of an ended operation.
    fn ended(&self, style: OperationStyle, by_location: bool) -> Answer {
        match style {
            OperationStyle::Network if by_location => Answer::empty(StatusCode::NO_CONTENT),
            OperationStyle::Network => Answer::ok(json!({"status": "Succeeded"})),
            OperationStyle::Registry => {
                Answer::ok(json!({"status": "Succeeded"})).with("azure-asyncoperation", &self.url())
            }
            OperationStyle::Connection => Answer::ok(self.connection("Succeeded")),
            OperationStyle::RegistryDelete | OperationStyle::Group => Answer::empty(StatusCode::OK),
        }
    }

    /// Returns the answer of a failed operation (ARM's asynchronous operations; none is recorded for these providers). No
    /// source shows a failure at a `Location`.
    fn failed(&self, style: OperationStyle, by_location: bool, error: &OperationError) -> Answered {
        if by_location {
            return Err(errors::not_established(
                "a poll of a failed operation at its `Location`",
            ));
        }
        let mut body = match style {
            OperationStyle::Connection => self.connection("Failed"),
            _ => json!({"status": "Failed"}),
        };
        body["error"] = json!({"code": error.code, "message": error.message});
        Ok(match style {
            OperationStyle::Registry => Answer::ok(body).with("azure-asyncoperation", &self.url()),
            _ => Answer::ok(body),
        })
    }

    /// Returns the body for private endpoint connections.
    fn connection(&self, status: &str) -> Value {
        let resource = self.path[..self.path.len().saturating_sub(2)].join("/");
        let id = format!("/subscriptions/{}/{resource}", self.call.subscription);
        json!({"id": id, "name": self.id, "status": status})
    }

    /// Adds the headers that a provider puts on all of its answers.
    fn marked(&self, answer: Answer, style: OperationStyle) -> Answer {
        match style {
            OperationStyle::Network => {
                answer.with("x-ms-arm-service-request-id", &Uuid::new_v4().to_string())
            }
            OperationStyle::Group => answer,
            _ => answer.with("api-supported-versions", self.call.version),
        }
    }
}
