//! Errors of the ARM client.

pub(crate) mod advice;
pub(crate) mod body;
pub(crate) mod failure;
pub(crate) mod worded;
pub(crate) mod write;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::connect::causes::TransportKind;
use super::sign_in::method::AuthMethod;
use crate::model::ErrorCode;
use body::ErrorBody;
use worded::WordedCause;

/// Ids to quote to Azure's support.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequestIds {
    /// `x-ms-request-id` of the answer, if there was an answer.
    pub service: Option<String>,
    /// `x-ms-client-request-id`: ours, one per operation.
    pub client: String,
    /// `x-ms-correlation-request-id`: ours, one per run.
    pub correlation: String,
}

/// Error of an ARM operation.
///
/// `call` is the method and the path. A query is never shown, because links to operations carry signatures there.
/// The text of an error is the message of a report: [`ArmError::code`] and [`ArmError::request_id`] have places of their
/// own there, and [`Failure`](crate::model::Failure) adds the next step to take.
#[derive(Debug, thiserror::Error)]
pub enum ArmError {
    /// A setting with which no client can be made.
    #[error("{message}")]
    Setup { message: String, help: String },
    /// There is no token.
    #[error("cannot sign in with `{method}`: {message}")]
    Auth {
        method: AuthMethod,
        message: String,
        help: String,
    },
    /// No answer came.
    #[error("no answer to `{call}`: {cause}")]
    Transport {
        call: String,
        kind: TransportKind,
        cause: String,
        ids: Arc<RequestIds>,
    },
    /// The service refused the request: its status is not a success.
    #[error("{}", body.full_message())]
    Service {
        call: String,
        status: u16,
        body: Box<ErrorBody>,
        /// `Retry-After`, if the answer had one.
        retry_after: Option<Duration>,
        ids: Arc<RequestIds>,
    },
    /// A long-running operation was accepted and then failed.
    #[error("{}", body.full_message())]
    OperationFailed {
        call: String,
        body: Box<ErrorBody>,
        ids: Arc<RequestIds>,
    },
    /// The deadline of one operation passed, or would pass during the wait that ARM asks for.
    #[error("`{call}` did not end within {limit:?}; last answer: {last}")]
    Timeout {
        call: String,
        /// True if the call was a read, which leaves nothing behind.
        is_read: bool,
        limit: Duration,
        last: String,
        ids: Arc<RequestIds>,
    },
    /// The request was never sent.
    #[error("`{call}` was not sent{why}")]
    NotSent {
        call: String,
        why: NotSent,
        ids: Arc<RequestIds>,
    },
    /// A link to an operation leads away from the ARM endpoint. Following it would give away the token.
    #[error("the answer to `{call}` links to `{host}`, which is not the ARM endpoint")]
    ForeignLink {
        call: String,
        host: String,
        ids: Arc<RequestIds>,
    },
    /// The answer cannot be read.
    #[error("cannot read the answer to `{call}`: {reason}")]
    Decode {
        call: String,
        reason: String,
        ids: Arc<RequestIds>,
    },
}

/// The reason why a request was never sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotSent {
    /// The run was interrupted before its turn came.
    Interrupted,
    /// Its turn did not come within the deadline of its operation.
    TooLate { limit: Duration },
}

impl fmt::Display for NotSent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Interrupted => f.write_str(": the run was interrupted"),
            Self::TooLate { limit } => {
                write!(
                    f,
                    " within {limit:?}: other requests of its subscription came first"
                )
            }
        }
    }
}

/// Codes that a service sends with 409 although waiting does not help (docs: ARM common deployment errors).
const FINAL_CONFLICTS: [&str; 6] = [
    "ScopeLocked",
    "ResourceGroupBeingDeleted",
    "MissingSubscriptionRegistration",
    "SubscriptionNotRegistered",
    "ReadOnlyDisabledSubscription",
    "DisallowedOperation",
];

impl ArmError {
    /// Returns the status of the answer that refused the request.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Service { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// Returns the service's error body, if it sent one.
    pub fn body(&self) -> Option<&ErrorBody> {
        match self {
            Self::Service { body, .. } | Self::OperationFailed { body, .. } => Some(body),
            _ => None,
        }
    }

    /// Returns true if `If-Match` named an old version of the resource. The caller must read it again.
    pub fn is_precondition_failed(&self) -> bool {
        let body = self.body();
        self.status() == Some(412) || body.is_some_and(|body| body.has_code("PreconditionFailed"))
    }

    /// Returns true if the caller lacks a right.
    pub fn is_forbidden(&self) -> bool {
        self.status() == Some(403)
    }

    /// Returns true if the caller may not join a subnet that the request lists. Every listed subnet is checked with the
    /// caller's rights, unchanged ones too (Azure/azure-cli#14596).
    pub fn may_not_join_subnet(&self) -> bool {
        let Some(body) = self.body().filter(|_| self.is_forbidden()) else {
            return false;
        };
        body.code.eq_ignore_ascii_case("LinkedAuthorizationFailed")
            || body.worded_cause() == Some(WordedCause::MayNotJoin)
    }

    /// Returns true if another operation holds the resource, so that the same request can work a little later. That is
    /// a 409 of Microsoft.Network or of ACR, or the same as the end of an operation (Azure/bicep#5132). A 429 is not:
    /// the pipeline has waited for it already.
    pub(crate) fn is_busy(&self) -> bool {
        // Only an answer of the service can say that it is busy.
        let Some(body) = self.body() else { return false };
        match self.status() {
            Some(409) => !FINAL_CONFLICTS.iter().any(|code| body.has_code(code)),
            Some(_) => false,
            // The end of an operation has no status.
            None => {
                body.has_code("AnotherOperationInProgress") || body.has_code_prefix("RetryableError")
            }
        }
    }

    /// Returns true if the run was interrupted before the request was sent.
    pub(crate) fn is_stopped(&self) -> bool {
        matches!(
            self,
            Self::NotSent {
                why: NotSent::Interrupted,
                ..
            }
        )
    }

    /// Returns the wait that the service asks for.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Service { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// Returns true if the subscription of the call is not registered for a provider.
    pub fn is_unregistered(&self, namespace: &str) -> bool {
        let Self::Service { body, .. } = self else {
            return false;
        };
        let mut targets = body.details.iter().filter_map(|detail| detail.target.as_deref());
        body.code.eq_ignore_ascii_case("MissingSubscriptionRegistration")
            && targets.any(|target| target.eq_ignore_ascii_case(namespace))
    }

    /// Returns the service's code, or ours if there was no answer.
    pub fn code(&self) -> &str {
        match self {
            Self::Setup { .. } => ErrorCode::BadConnectionSetting.as_str(),
            Self::Auth { .. } => ErrorCode::SignInFailed.as_str(),
            Self::Transport { .. } => ErrorCode::NoAnswer.as_str(),
            Self::Service { body, .. } | Self::OperationFailed { body, .. } => &body.code,
            Self::Timeout { .. } => ErrorCode::Timeout.as_str(),
            Self::NotSent { why, .. } => match why {
                NotSent::Interrupted => ErrorCode::Interrupted.as_str(),
                NotSent::TooLate { .. } => ErrorCode::Timeout.as_str(),
            },
            Self::ForeignLink { .. } => ErrorCode::ForeignLink.as_str(),
            Self::Decode { .. } => ErrorCode::UnreadableAnswer.as_str(),
        }
    }

    /// Returns the ids of the request, or `None` if the error is from before there was one.
    pub fn ids(&self) -> Option<&RequestIds> {
        match self {
            Self::Setup { .. } | Self::Auth { .. } => None,
            Self::Transport { ids, .. }
            | Self::Service { ids, .. }
            | Self::OperationFailed { ids, .. }
            | Self::Timeout { ids, .. }
            | Self::NotSent { ids, .. }
            | Self::ForeignLink { ids, .. }
            | Self::Decode { ids, .. } => Some(ids),
        }
    }

    /// Returns the one id to show: the service's, else ours.
    pub fn request_id(&self) -> Option<&str> {
        let ids = self.ids()?;
        let id = ids.service.as_deref().unwrap_or(&ids.client);
        Some(id).filter(|id| !id.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service(status: u16, code: &str) -> ArmError {
        ArmError::Service {
            call: "PUT /x".into(),
            status,
            body: Box::new(ErrorBody::bare(code, "m")),
            retry_after: None,
            ids: Arc::default(),
        }
    }

    #[test]
    fn busy_errors_are_those_that_waiting_can_mend() {
        for (status, code, busy) in [
            (409, "AnotherOperationInProgress", true),
            (409, "RegistryStatusConflict", true),
            (409, "ScopeLocked", false),
            (409, "MissingSubscriptionRegistration", false),
            (429, "RetryableErrorDueToAnotherOperation", false),
            (429, "SubscriptionRequestsThrottled", false),
            (412, "PreconditionFailed", false),
            (400, "NetcfgInvalidSubnet", false),
        ] {
            assert_eq!(service(status, code).is_busy(), busy, "{status} {code}");
        }
        let failed = ArmError::OperationFailed {
            call: "PUT /x".into(),
            body: Box::new(ErrorBody::bare("AnotherOperationInProgress", "m")),
            ids: Arc::default(),
        };
        assert!(failed.is_busy());
    }

    #[test]
    fn missing_join_permission_needs_a_refusal() {
        let refusal = |status, code: &str, message: &str| ArmError::Service {
            call: "PATCH /x".into(),
            status,
            body: Box::new(ErrorBody::bare(code, message)),
            retry_after: None,
            ids: Arc::default(),
        };
        let join = "no permission to perform action 'Microsoft.Network/virtualNetworks/subnets/joinViaServiceEndpoint/action'";
        for (status, code, message, expected) in [
            (403, "LinkedAuthorizationFailed", "m", true),
            (403, "AuthorizationFailed", join, true),
            (403, "AuthorizationFailed", "m", false),
            (400, "BadRequest", join, false),
        ] {
            let found = refusal(status, code, message).may_not_join_subnet();
            assert_eq!(found, expected, "{status} {code}");
        }
    }

    #[test]
    fn request_id_is_the_services_or_else_ours() {
        let mut error = service(403, "AuthorizationFailed");
        assert_eq!(error.request_id(), None);
        for (service, shown) in [(None, "ours"), (Some("theirs"), "theirs")] {
            if let ArmError::Service { ids, .. } = &mut error {
                *ids = Arc::new(RequestIds {
                    service: service.map(str::to_owned),
                    client: "ours".into(),
                    correlation: String::new(),
                });
            }
            assert_eq!(error.request_id(), Some(shown));
        }
        assert_eq!(
            (error.code(), error.to_string()),
            ("AuthorizationFailed", "m".into())
        );
    }
}
