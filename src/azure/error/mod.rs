//! Everything that can go wrong between us and ARM.

pub(crate) mod advice;
pub(crate) mod body;
pub(crate) mod write;

use std::sync::Arc;
use std::time::Duration;

use super::sign_in::method::AuthMethod;
use crate::model::ErrorCode;
use body::Fault;

/// Ids to quote to Azure's support.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequestIds {
    /// `x-ms-request-id` of the answer, where there was one.
    pub service: Option<String>,
    /// `x-ms-client-request-id`: ours, one per operation.
    pub client: String,
    /// `x-ms-correlation-request-id`: ours, one per run.
    pub correlation: String,
}

/// Why an ARM operation failed. `call` is the method and the path; a query is never shown, because links to
/// operations carry signatures there.
#[derive(Debug, thiserror::Error)]
pub enum ArmError {
    /// A setting with which no client can be made.
    #[error("{message}")]
    Setup { message: String, help: String },
    /// No token.
    #[error("cannot sign in with `{method}`: {message}")]
    Auth {
        method: AuthMethod,
        message: String,
        help: String,
    },
    /// No answer: no connection, a certificate that is not trusted, a connection that broke.
    #[error("no answer to `{call}`: {cause}{}", shown(ids))]
    Transport {
        call: String,
        cause: String,
        ids: Arc<RequestIds>,
    },
    /// An answer that says no.
    #[error("`{call}` was answered with {status} `{}`: {}{}", fault.code, fault.full_message(), shown(ids))]
    Service {
        call: String,
        status: u16,
        fault: Box<Fault>,
        /// `Retry-After`, where the answer had one.
        retry_after: Option<Duration>,
        ids: Arc<RequestIds>,
    },
    /// A long-running operation that was accepted and then failed.
    #[error("`{call}` was accepted, then failed with `{}`: {}{}", fault.code, fault.full_message(), shown(ids))]
    OperationFailed {
        call: String,
        fault: Box<Fault>,
        ids: Arc<RequestIds>,
    },
    /// The deadline of one operation passed, or would have passed during the wait that ARM asks for.
    #[error("`{call}` did not end within {limit:?}; last answer: {last}{}", shown(ids))]
    Timeout {
        call: String,
        limit: Duration,
        last: String,
        ids: Arc<RequestIds>,
    },
    /// A link to an operation that leads away from the ARM endpoint. Following it would give away the token.
    #[error(
        "the answer to `{call}` links to `{host}`, which is not the ARM endpoint{}",
        shown(ids)
    )]
    ForeignLink {
        call: String,
        host: String,
        ids: Arc<RequestIds>,
    },
    /// An answer that cannot be read.
    #[error("cannot read the answer to `{call}`: {reason}{}", shown(ids))]
    Decode {
        call: String,
        reason: String,
        ids: Arc<RequestIds>,
    },
}

/// The request id for the end of a message.
fn shown(ids: &RequestIds) -> String {
    match (&ids.service, ids.client.as_str()) {
        (Some(id), _) => format!(" (request id {id})"),
        (None, "") => String::new(),
        (None, id) => format!(" (client request id {id})"),
    }
}

/// Codes that a service uses for 409 although waiting does not help (docs: ARM common deployment errors).
const FINAL_CONFLICTS: [&str; 6] = [
    "ScopeLocked",
    "ResourceGroupBeingDeleted",
    "MissingSubscriptionRegistration",
    "SubscriptionNotRegistered",
    "ReadOnlyDisabledSubscription",
    "DisallowedOperation",
];

impl ArmError {
    /// The status of the answer, where there was one that says no.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Service { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// What the service said, where it said something.
    pub fn fault(&self) -> Option<&Fault> {
        match self {
            Self::Service { fault, .. } | Self::OperationFailed { fault, .. } => Some(fault),
            _ => None,
        }
    }

    /// Whether the resource, its group or its subscription is not there.
    pub fn is_not_found(&self) -> bool {
        self.status() == Some(404)
    }

    /// Whether `If-Match` named a version that is no longer there: read again.
    pub fn is_precondition_failed(&self) -> bool {
        self.status() == Some(412)
            || self
                .fault()
                .is_some_and(|fault| fault.has_code("PreconditionFailed"))
    }

    /// Whether the resource is in a state that does not allow this.
    pub fn is_conflict(&self) -> bool {
        self.status() == Some(409)
    }

    /// Whether ARM or the provider asks to slow down.
    pub fn is_throttled(&self) -> bool {
        self.status() == Some(429)
    }

    /// Whether the caller lacks a right.
    pub fn is_forbidden(&self) -> bool {
        self.status() == Some(403)
    }

    /// Whether the resource is locked by another operation, so that the same request can work a little later: 409 of
    /// Microsoft.Network and of ACR, or the same as the end of an operation (Azure/bicep#5132). A 429, be it quota or a
    /// lock, has been waited for by the pipeline before it gets here.
    pub(crate) fn is_busy(&self) -> bool {
        let Some(fault) = self.fault() else { return false };
        match self.status() {
            Some(409) => !FINAL_CONFLICTS.iter().any(|code| fault.has_code(code)),
            Some(_) => false,
            None => {
                fault.has_code("AnotherOperationInProgress") || fault.code_starts_with("RetryableError")
            }
        }
    }

    /// How long the service asks to wait.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Service { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// The service's code, or ours where there was no answer.
    pub fn code(&self) -> &str {
        match self {
            Self::Setup { .. } => ErrorCode::BadConnectionSetting.as_str(),
            Self::Auth { .. } => ErrorCode::SignInFailed.as_str(),
            Self::Transport { .. } => ErrorCode::NoAnswer.as_str(),
            Self::Service { fault, .. } | Self::OperationFailed { fault, .. } => &fault.code,
            Self::Timeout { .. } => ErrorCode::Timeout.as_str(),
            Self::ForeignLink { .. } => ErrorCode::ForeignLink.as_str(),
            Self::Decode { .. } => ErrorCode::UnreadableAnswer.as_str(),
        }
    }

    /// The message without code and ids, which have places of their own in a report.
    pub fn message(&self) -> String {
        match self {
            Self::Service { fault, .. } | Self::OperationFailed { fault, .. } => fault.full_message(),
            Self::Timeout {
                call, limit, last, ..
            } => {
                format!("`{call}` did not end within {limit:?}; last answer: {last}")
            }
            Self::Transport { call, cause, .. } => format!("no answer to `{call}`: {cause}"),
            Self::Decode { call, reason, .. } => format!("cannot read the answer to `{call}`: {reason}"),
            Self::ForeignLink { call, host, .. } => {
                format!("the answer to `{call}` links to `{host}`, which is not the ARM endpoint")
            }
            Self::Setup { .. } | Self::Auth { .. } => self.to_string(),
        }
    }

    /// The ids of the request, unless the error is from before there was one.
    pub fn ids(&self) -> Option<&RequestIds> {
        match self {
            Self::Setup { .. } | Self::Auth { .. } => None,
            Self::Transport { ids, .. }
            | Self::Service { ids, .. }
            | Self::OperationFailed { ids, .. }
            | Self::Timeout { ids, .. }
            | Self::ForeignLink { ids, .. }
            | Self::Decode { ids, .. } => Some(ids),
        }
    }

    /// The one id to show: the service's, else ours.
    pub fn request_id(&self) -> Option<&str> {
        let ids = self.ids()?;
        Some(ids.service.as_deref().unwrap_or(&ids.client)).filter(|id| !id.is_empty())
    }

    /// The next step to take.
    pub fn help(&self) -> Option<String> {
        super::error::advice::help(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service(status: u16, code: &str) -> ArmError {
        ArmError::Service {
            call: "PUT /x".into(),
            status,
            fault: Box::new(Fault::bare(code, "m")),
            retry_after: None,
            ids: Arc::default(),
        }
    }

    #[test]
    fn busy_is_what_waiting_can_mend() {
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
            fault: Box::new(Fault::bare("AnotherOperationInProgress", "m")),
            ids: Arc::default(),
        };
        assert!(failed.is_busy());
    }

    #[test]
    fn a_message_ends_with_the_id_to_quote() {
        let mut error = service(403, "AuthorizationFailed");
        if let ArmError::Service { ids, .. } = &mut error {
            Arc::make_mut(ids).client = "ours".into();
        }
        assert_eq!(
            error.to_string(),
            "`PUT /x` was answered with 403 `AuthorizationFailed`: m (client request id ours)"
        );
        if let ArmError::Service { ids, .. } = &mut error {
            Arc::make_mut(ids).service = Some("theirs".into());
        }
        assert_eq!(
            (error.request_id(), error.code(), error.message().as_str()),
            (Some("theirs"), "AuthorizationFailed", "m")
        );
    }
}
