//! Drives a long-running operation to its end: sends what [`super::state::step`] says, within the deadline.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use url::Url;

use super::state::{Next, OperationState, Stage, provisioning_state, status_of, step};
use crate::azure::error::write::WriteError;
use crate::azure::error::{ArmError, RequestIds};
use crate::azure::send::client::ArmClient;
use crate::azure::send::request::{ArmRequest, RequestGroup};
use crate::azure::send::response::ArmReply;
use crate::azure::send::waits::{Retryable, Waits};

/// End of a write.
#[derive(Debug)]
pub(crate) enum WriteEnd {
    /// The last answer showed the resource as it is now.
    Shown(Value),
    /// It did not. `first` is the body of the answer to the write itself.
    NotShown { first: Option<Value> },
}

impl ArmClient {
    /// Sends a write and follows its operation to the end. While another operation holds the resource, the write waits
    /// and is sent again.
    pub(crate) async fn write(
        &self,
        request: ArmRequest<'_>,
        group: &RequestGroup,
    ) -> Result<WriteEnd, WriteError> {
        let mut waits = self.waits_until(request.url.path(), group.deadline.clone());
        loop {
            let error = match self.write_once(request, group).await {
                Ok(end) => return Ok(end),
                Err(error) => error,
            };
            // A request that must be made anew goes back to its caller.
            let busy = Retryable::busy(&error).filter(|_| !request.once);
            let Some(why) = busy else {
                return Err(error);
            };
            if group.stop.unless_stopped(waits.again(&why)).await != Some(true) {
                return Err(error);
            }
        }
    }

    async fn write_once(
        &self,
        request: ArmRequest<'_>,
        group: &RequestGroup,
    ) -> Result<WriteEnd, WriteError> {
        let sent = self.send(request, group).await;
        let reply = sent.map_err(|error| WriteError::of_request(error, &group.maybe_processed))?;
        let followed = self.follow(request, reply, group).await;
        followed.map_err(WriteError::after_request)
    }

    /// Follows an operation that was accepted to its end.
    async fn follow(
        &self,
        request: ArmRequest<'_>,
        mut reply: ArmReply,
        group: &RequestGroup,
    ) -> Result<WriteEnd, ArmError> {
        let mut waits = self.waits_until(request.url.path(), group.deadline.clone());
        let mut state = OperationState::started(false);
        // The polls answer with the operation, so the resource is kept from the first answer.
        let first = reply.body.clone();
        loop {
            let (next, after) = match step(&state, &reply.operation_reply()) {
                Next::Poll { state, after } => (state, after),
                Next::FinalGet => return Ok(WriteEnd::NotShown { first }),
                Next::Done => {
                    return Ok(match reply.body {
                        Some(body) => WriteEnd::Shown(body),
                        None => WriteEnd::NotShown { first },
                    });
                }
                Next::Failed(body) => {
                    return Err(ArmError::OperationFailed {
                        call: request.shown(),
                        body: Box::new(body),
                        ids: reply.ids,
                    });
                }
            };
            self.pause(&request, &reply, after, &mut waits).await?;
            reply = self.poll(&request, &next, &reply.ids, group).await?;
            state = next;
        }
    }

    /// Waits before the next poll. Fails at once if the wait would not end in time.
    async fn pause(
        &self,
        request: &ArmRequest<'_>,
        reply: &ArmReply,
        after: Option<Duration>,
        waits: &mut Waits,
    ) -> Result<(), ArmError> {
        let body = reply.body.as_ref();
        // An operation has a `status`, a resource a `provisioningState`.
        let status = status_of(body).or_else(|| provisioning_state(body));
        if waits.before_poll(status.map(str::to_owned), after).await {
            return Ok(());
        }
        let last = match status {
            Some(status) => format!("`{status}`"),
            None => reply.status.to_string(),
        };
        Err(self.timeout(request.shown(), &last, reply.ids.clone()))
    }

    /// Asks for the state of the operation.
    async fn poll(
        &self,
        request: &ArmRequest<'_>,
        state: &OperationState,
        ids: &Arc<RequestIds>,
        group: &RequestGroup,
    ) -> Result<ArmReply, ArmError> {
        // Links are signed and go back as they came.
        let url = match &state.stage {
            Stage::Started | Stage::Resource => request.url.clone(),
            Stage::Status(link) | Stage::Location(link) => self.checked_link(link, request, ids)?,
        };
        let poll = ArmRequest::get(&url);
        let reply = self.exchange(poll, group).await?;
        // The 404 of a deleted resource is the success of its operation.
        if state.deleting && reply.status == 404 {
            return Ok(reply);
        }
        reply.check(&poll.shown())
    }

    /// Returns a link that leads to the ARM endpoint, and refuses others: every request carries the token.
    pub(crate) fn checked_link(
        &self,
        link: &str,
        request: &ArmRequest<'_>,
        ids: &Arc<RequestIds>,
    ) -> Result<Url, ArmError> {
        let arm = &self.inner.cloud.arm;
        let mut host = "an address that cannot be read".to_owned();
        if let Ok(url) = arm.join(link) {
            if url.origin() == arm.origin() {
                return Ok(url);
            }
            if let Some(name) = url.host_str() {
                host = name.to_owned();
            }
        }
        Err(ArmError::ForeignLink {
            call: request.shown(),
            host,
            ids: ids.clone(),
        })
    }
}
