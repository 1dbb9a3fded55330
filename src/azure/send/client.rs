//! The client: a pipeline with our transport, retry and credential, and one way to send a request through it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use azure_core::credentials::TokenCredential as _;
use azure_core::error::ErrorKind;
use azure_core::http::{Method, Pipeline, PipelineSendOptions, RawResponse};
use serde::de::DeserializeOwned;
use tokio_util::sync::CancellationToken;
use url::Url;

use super::deadline::Deadline;
use super::observer::RequestObserver;
use super::pipeline;
use super::request::{ArmRequest, RequestGroup};
use super::response::ArmReply;
use super::stop::{SentMark, Stop, Stopped};
use super::waits::Waits;
use crate::azure::api_versions::Versions;
use crate::azure::connect::causes::{TransportKind, causes};
use crate::azure::connect::cloud::{Cloud, check_https};
use crate::azure::connect::proxy::ProxySettings;
use crate::azure::connect::{Connection, Pace};
use crate::azure::error::write::MaybeProcessed;
use crate::azure::error::{ArmError, NotSent, RequestIds};
use crate::azure::sign_in::SignIn;
use crate::azure::sign_in::method::Picked;
use crate::model::A_YEAR;

/// The audience of registries, the same in every cloud (azure-cli 2.91, command_modules/acr).
const REGISTRY_SCOPE: &str = "https://containerregistry.azure.net/.default";

/// Client of ARM. It is cheap to clone. Clones share the connection, the token and the api-versions that worked.
#[derive(Clone)]
pub struct ArmClient {
    pub(crate) inner: Arc<SharedClient>,
    stop: Stop,
}

/// Parts that the clones of a client share.
pub(crate) struct SharedClient {
    pub(crate) cloud: Cloud,
    picked: Picked,
    sign_in: Arc<SignIn>,
    pipeline: Pipeline,
    deadline: Duration,
    pace: Pace,
    observer: Arc<dyn RequestObserver>,
    correlation_id: String,
    pub(crate) registry_versions: Versions,
    pub(crate) network_versions: Versions,
}

impl fmt::Debug for ArmClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ArmClient")
            .field("cloud", &self.inner.cloud.name)
            .field("auth", &self.inner.picked.method)
            .finish_non_exhaustive()
    }
}

impl ArmClient {
    /// Makes a client. It sends nothing: the first request asks for the token. Fails if a setting of the connection
    /// cannot work: an address that is not https, a CA file that is not PEM, a missing variable.
    pub fn connect(connection: Connection) -> Result<Self, ArmError> {
        check_https("the ARM endpoint", &connection.cloud.arm)?;
        ProxySettings::of(&connection.env).check(&connection.cloud.arm)?;
        let picked = connection.auth.pick(&connection.env);
        tracing::info!(method = %picked.method, why = %picked.why, "signing in");
        // The credential is made here, so that a missing variable is found before any work.
        let (pipeline, sign_in) = pipeline::build(&connection, picked.method)?;
        let inner = SharedClient {
            cloud: connection.cloud,
            picked,
            sign_in,
            pipeline,
            deadline: connection.deadline,
            pace: connection.pace,
            observer: connection.observer,
            correlation_id: connection.correlation_id,
            registry_versions: Versions::registries(),
            network_versions: Versions::network(),
        };
        Ok(Self {
            inner: Arc::new(inner),
            stop: Stop::default(),
        })
    }

    /// Returns a client that begins no write once the token is cancelled. A write that waits for ARM's limits is not sent then;
    /// one that was sent goes on.
    pub(crate) fn stopped_by(&self, token: CancellationToken) -> Self {
        Self {
            inner: self.inner.clone(),
            stop: Stop::at(token),
        }
    }

    /// Returns the credential that is used, and the reason.
    pub fn picked(&self) -> &Picked {
        &self.inner.picked
    }

    /// Returns the identity that is signed in, if its token names one. Signs in if no request has done so yet.
    pub async fn identity(&self) -> Option<String> {
        let sign_in = &self.inner.sign_in;
        if let Some(known) = sign_in.identity() {
            return Some(known);
        }
        // A failed sign-in is told by the request that needs it.
        let scope = self.inner.cloud.scope();
        sign_in.get_token(&[&scope], None).await.ok()?;
        sign_in.identity()
    }

    /// Returns a token of Entra for registries, which a registry exchanges for one of its own. Registries take it also where
    /// they refuse tokens for ARM (docs: container-registry-disable-authentication-as-arm).
    pub async fn registry_token(&self) -> Result<String, ArmError> {
        let sign_in = &self.inner.sign_in;
        match sign_in.get_token(&[REGISTRY_SCOPE], None).await {
            Ok(token) => Ok(token.token.secret().to_owned()),
            Err(error) => Err(sign_in.failed(&error)),
        }
    }

    /// Returns the waits for answers in which ARM names none.
    pub fn pace(&self) -> Pace {
        self.inner.pace
    }

    /// Returns the cloud that the client talks to.
    pub fn cloud(&self) -> &Cloud {
        &self.inner.cloud
    }

    /// Begins a change of `resource`, whose path is for progress. The clock of the change runs from here.
    ///
    /// A registry has no etag, so a PATCH that is simply sent again after a wait would overwrite what someone else
    /// wrote in that time. The caller reads the registry again after each of these waits and makes the PATCH anew.
    pub fn waits(&self, resource: &str) -> Waits {
        self.waits_until(resource, self.deadline())
    }

    /// Begins the waits of an operation.
    pub(crate) fn waits_until(&self, resource: &str, deadline: Deadline) -> Waits {
        Waits {
            observer: self.inner.observer.clone(),
            pace: self.inner.pace,
            resource: resource.to_owned(),
            deadline: Some(deadline),
            sign_in: Some(self.inner.sign_in.clone()),
            tries: 0,
            renewed: false,
        }
    }

    /// Begins an operation. Its clock runs from here.
    pub(crate) fn begin(&self) -> RequestGroup {
        RequestGroup {
            id: uuid::Uuid::new_v4().to_string(),
            deadline: self.deadline(),
            stop: self.stop.clone(),
            maybe_processed: MaybeProcessed::default(),
        }
    }

    /// Returns the deadline of an operation that begins now.
    pub(crate) fn deadline(&self) -> Deadline {
        self.deadline_within(A_YEAR)
    }

    /// Returns the same deadline, but no later than after this time.
    pub(crate) fn deadline_within(&self, longest: Duration) -> Deadline {
        Deadline::after(self.inner.deadline.min(longest))
    }

    /// Returns the URL of `path` on the ARM endpoint. Ids have no characters that would need escaping.
    pub(crate) fn url(&self, path: &str, api_version: &str) -> Url {
        let mut url = self.inner.cloud.arm.clone();
        // ARM may stand behind a proxy with a path of its own.
        let base = url.path().trim_end_matches('/').to_owned();
        url.set_path(&format!("{base}{path}"));
        url.query_pairs_mut()
            .clear()
            .append_pair("api-version", api_version);
        url
    }

    /// Sends a request. An answer whose status is not a success is an error.
    pub(crate) async fn send<B: DeserializeOwned>(
        &self,
        request: ArmRequest<'_>,
        group: &RequestGroup,
    ) -> Result<ArmReply<B>, ArmError> {
        let call = request.shown();
        let (answer, ids) = self.transmit(request, group).await?;
        match answer.status().is_success() {
            true => ArmReply::read(&call, &answer, ids),
            false => Err(ArmReply::read(&call, &answer, ids)?.refusal(&call)),
        }
    }

    /// Sends a request and reads its answer, whatever its status.
    pub(crate) async fn exchange(
        &self,
        request: ArmRequest<'_>,
        group: &RequestGroup,
    ) -> Result<ArmReply, ArmError> {
        let (answer, ids) = self.transmit(request, group).await?;
        ArmReply::read(&request.shown(), &answer, ids)
    }

    /// Sends a request and returns its answer, with the ids to quote.
    async fn transmit(
        &self,
        request: ArmRequest<'_>,
        group: &RequestGroup,
    ) -> Result<(RawResponse, RequestIds), ArmError> {
        let (call, ids) = (request.shown(), self.ids(group));
        let mark = SentMark::default();
        let context = request.context(group).with_value(mark.clone());
        let mut http = request.to_http(group);
        // The pipeline's own check would turn statuses into errors without their bodies.
        let unchecked = PipelineSendOptions {
            skip_checks: true,
            ..Default::default()
        };
        let sent = self.inner.pipeline.send(&context, &mut http, Some(unchecked));
        // The deadline ends a try in flight, too.
        let sent = tokio::select! {
            biased;
            sent = sent => Some(sent),
            () = group.deadline.passed() => None,
        };
        match sent {
            Some(Ok(answer)) => Ok((answer, ids)),
            Some(Err(error)) => Err(self.unanswered(call, &error, ids.into())),
            // Without a token yet, signing in was what took the time.
            None => match self.inner.sign_in.too_slow() {
                Some(error) => Err(error),
                None if mark.is_set() => Err(ArmError::Timeout {
                    call,
                    is_read: request.method == Method::Get,
                    limit: self.inner.deadline,
                    last: "none".to_owned(),
                    ids: ids.into(),
                }),
                None => Err(ArmError::NotSent {
                    call,
                    why: NotSent::TooLate {
                        limit: self.inner.deadline,
                    },
                    ids: ids.into(),
                }),
            },
        }
    }

    /// Returns the ids to quote before there is an answer.
    pub(crate) fn ids(&self, group: &RequestGroup) -> RequestIds {
        RequestIds {
            service: None,
            client: group.id.clone(),
            correlation: self.inner.correlation_id.clone(),
        }
    }

    /// Makes the error for an operation that writes and whose time is over.
    pub(crate) fn timeout(&self, call: String, last: &str, ids: Arc<RequestIds>) -> ArmError {
        ArmError::Timeout {
            call,
            is_read: false,
            limit: self.inner.deadline,
            last: last.to_owned(),
            ids,
        }
    }

    /// Makes the error for a request without an answer that can be read.
    fn unanswered(&self, call: String, error: &azure_core::Error, ids: Arc<RequestIds>) -> ArmError {
        if Stopped::is_cause_of(error) {
            let why = NotSent::Interrupted;
            return ArmError::NotSent { call, why, ids };
        }
        match error.kind() {
            ErrorKind::Credential => self.inner.sign_in.failed(error),
            // Our own bound on answers has this kind.
            ErrorKind::DataConversion => ArmError::Decode {
                call,
                reason: causes(error),
                ids,
            },
            _ => ArmError::Transport {
                call,
                kind: TransportKind::of(error).unwrap_or(TransportKind::Broken),
                cause: causes(error),
                ids,
            },
        }
    }
}
