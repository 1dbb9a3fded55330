//! Drives a long-running operation to its end: sends what [`super::state::step`] says, within the deadline.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use url::Url;

use super::state::{Next, Stage, State, provisioning_state, status_of, step};
use crate::azure::error::write::WriteError;
use crate::azure::error::{ArmError, RequestIds};
use crate::azure::send::client::{ArmClient, Call, Operation};
use crate::azure::send::observer::Event;
use crate::azure::send::response::Reply;
use crate::azure::send::retry::backoff;

/// Tries of a write whose resource is busy. With the usual waits they take about two minutes.
pub(crate) const BUSY_TRIES: u32 = 8;

/// How a write ended.
#[derive(Debug)]
pub(crate) enum Ended {
    /// With the resource as it is now.
    With(Value),
    /// Without it; what the answer to the request itself showed.
    Without { first: Option<Value> },
}

impl ArmClient {
    /// Sends a write and follows its operation. Where another operation holds the resource, the write waits its turn.
    pub(crate) async fn write(
        &self,
        call: Call<'_>,
        operation: &Operation,
    ) -> Result<Ended, WriteError> {
        let mut tries = 0;
        loop {
            let error = match self.write_once(call, operation).await {
                Err(error) if error.is_busy() && !call.once => error,
                result => return result,
            };
            tries += 1;
            let wait = error
                .retry_after()
                .unwrap_or_else(|| backoff(self.inner.pace.poll, tries));
            if tries == BUSY_TRIES || !operation.allows(wait) {
                return Err(error);
            }
            self.inner.observer.notice(&Event::Retrying {
                resource: call.url.path().to_owned(),
                reason: error.code().to_owned(),
                tries,
                wait,
            });
            tokio::time::sleep(wait).await;
        }
    }

    async fn write_once(&self, call: Call<'_>, operation: &Operation) -> Result<Ended, WriteError> {
        let reply = self
            .send(call, operation)
            .await
            .map_err(|error| WriteError::of_request(error, &operation.doubt))?;
        self.follow(call, reply, operation)
            .await
            .map_err(WriteError::after_request)
    }

    /// Follows an operation that was accepted to its end.
    async fn follow(
        &self,
        call: Call<'_>,
        mut reply: Reply,
        operation: &Operation,
    ) -> Result<Ended, ArmError> {
        let mut state = State::started(false);
        let first = reply.body.clone();
        loop {
            let (next, after) = match step(&state, &reply.progress()) {
                Next::Done => return Ok(reply.body.map_or(Ended::Without { first }, Ended::With)),
                Next::FinalGet => return Ok(Ended::Without { first }),
                Next::Failed(fault) => {
                    return Err(ArmError::OperationFailed {
                        call: call.shown(),
                        fault: Box::new(fault),
                        ids: reply.ids,
                    });
                }
                Next::Poll { state, after } => (state, after),
            };
            self.pause(&call, &reply, after, operation).await?;
            reply = self.poll(&call, &next, &reply.ids, operation).await?;
            state = next;
        }
    }

    /// Waits before the next poll; fails at once where the wait would not end in time.
    async fn pause(
        &self,
        call: &Call<'_>,
        reply: &Reply,
        after: Option<Duration>,
        operation: &Operation,
    ) -> Result<(), ArmError> {
        let wait = after.unwrap_or(self.inner.pace.poll);
        let body = reply.body.as_ref();
        let status = status_of(body)
            .or_else(|| provisioning_state(body))
            .map(str::to_owned);
        if !operation.allows(wait) {
            let last = status.map_or_else(|| reply.status.to_string(), |status| format!("`{status}`"));
            return Err(self.timeout(call.shown(), &last, reply.ids.clone()));
        }
        self.inner.observer.notice(&Event::Polling {
            resource: call.url.path().to_owned(),
            status,
            wait,
        });
        tokio::time::sleep(wait).await;
        Ok(())
    }

    /// Asks where the operation is.
    async fn poll(
        &self,
        call: &Call<'_>,
        state: &State,
        ids: &Arc<RequestIds>,
        operation: &Operation,
    ) -> Result<Reply, ArmError> {
        let url = match &state.stage {
            Stage::Started | Stage::Resource => call.url.clone(),
            Stage::Status(link) | Stage::Location(link) => self.own(link, call, ids)?,
        };
        let reply = self.exchange(Call::get(&url), operation).await?;
        if state.deleting && reply.status == 404 {
            return Ok(reply);
        }
        reply.check(&format!("GET {}", url.path()))
    }

    /// A link, if it leads to the ARM endpoint: every request carries the token.
    fn own(&self, link: &str, call: &Call<'_>, ids: &Arc<RequestIds>) -> Result<Url, ArmError> {
        let arm = &self.inner.cloud.arm;
        match arm.join(link) {
            Ok(url) if url.origin() == arm.origin() => Ok(url),
            other => Err(ArmError::ForeignLink {
                call: call.shown(),
                host: other
                    .ok()
                    .and_then(|url| url.host_str().map(str::to_owned))
                    .unwrap_or_else(|| "an address that cannot be read".to_owned()),
                ids: ids.clone(),
            }),
        }
    }
}
