//! A registry's data plane, by host name: the firewall, the challenge, and the tokens behind it. It holds no images.
//!
//! The firewall comes before authentication (docs: container-registry-troubleshoot-access).

mod client_address;
mod firewall;
pub(crate) mod propagation;
mod tokens;
pub(crate) mod visit;

use std::net::IpAddr;
use std::time::Duration;

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use super::entra::identity::Identity;
use super::protocol::errors;
use super::protocol::json::{is, list, text};
use super::protocol::request::Request;
use super::protocol::response::{Answer, Answered};
use super::state::store::Store;
use client_address::Origin;
use firewall::Gate;
use propagation::Propagation;
use visit::{Visit, challenge, error, is_host};

/// What the data plane works with.
pub(crate) struct DataPlane<'a> {
    pub(crate) store: &'a Store,
    pub(crate) identity: &'a Identity,
    pub(crate) propagation: &'a Propagation,
    pub(crate) now: Duration,
    /// Where the request comes from, unless its headers say otherwise.
    pub(crate) peer: IpAddr,
}

impl DataPlane<'_> {
    /// Answers a request for a registry's host, or `None` for other hosts.
    pub(crate) fn answer(&self, request: &Request) -> Option<Answer> {
        let host = request.host();
        let Some((key, registry)) = self.find(&host) else {
            return is_host(&host).then(|| no_such_registry(&host));
        };
        let answered = self.admit(request, key, registry).and_then(|()| {
            let service = text(registry, "/properties/loginServer").to_ascii_lowercase();
            if host != service {
                return Err(errors::not_served(&format!("a blob of `{host}`")));
            }
            let (identity, service) = (self.identity, service.as_str());
            route(&Visit {
                request,
                registry,
                identity,
                service,
            })
        });
        let answer = answered.unwrap_or_else(|refused| refused);
        Some(answer.with("docker-distribution-api-version", "registry/2.0"))
    }

    /// The registry that a name belongs to: its login server, or one of its data endpoints.
    fn find(&self, host: &str) -> Option<(&String, &Value)> {
        if host == "localhost" || host.parse::<IpAddr>().is_ok() {
            return None;
        }
        let same = |name: &Value| name.as_str().is_some_and(|name| name.eq_ignore_ascii_case(host));
        self.store.under("/subscriptions/").find(|(_, resource)| {
            is(resource, "/type", "Microsoft.ContainerRegistry/registries")
                && (is(resource, "/properties/loginServer", host)
                    || list(&resource["properties"], "dataEndpointHostNames")
                        .iter()
                        .any(same))
        })
    }

    /// The firewall, as it is by now.
    fn admit(&self, request: &Request, key: &str, registry: &Value) -> Result<(), Answer> {
        let origin = Origin::of(request, self.store, self.peer)?;
        let current = || Gate::of(registry);
        let gate = self.propagation.effective(self.now, key).unwrap_or_else(current);
        if gate.admits(&origin) {
            return Ok(());
        }
        Err(denied(origin.address))
    }
}

/// The 403 that users quote; it names the address that the registry sees.
fn denied(address: IpAddr) -> Answer {
    let message = format!(
        "client with IP '{address}' is not allowed access. Refer https://aka.ms/acr/firewall to grant access. CorrelationId: {}",
        Uuid::new_v4()
    );
    error(StatusCode::FORBIDDEN, "DENIED", &message)
}

/// Azure has no name for it in DNS, so no client gets this far there.
fn no_such_registry(host: &str) -> Answer {
    let message = format!("ringfence sandbox: no registry has the name `{host}`");
    error(StatusCode::NOT_FOUND, "NAME_UNKNOWN", &message)
}

fn route(visit: &Visit<'_>) -> Answered {
    let segments = &visit.request.segments;
    let lower: Vec<String> = segments.iter().map(|part| part.to_ascii_lowercase()).collect();
    let path: Vec<&str> = lower.iter().map(String::as_str).collect();
    match (&visit.request.method, path.as_slice()) {
        (_, ["v2", ..]) if !tokens::is_signed_in(visit) => Err(challenge(visit)),
        (&Method::GET | &Method::HEAD, ["v2"]) => Ok(Answer::ok(json!({}))),
        (&Method::POST, ["oauth2", "exchange"]) => tokens::exchange(visit),
        (&Method::POST, ["oauth2", "token"]) => tokens::token(visit),
        (&Method::GET, ["oauth2", "token"]) => tokens::docker_token(visit),
        (method, _) => Err(errors::not_served(&format!(
            "{method} `{}` of the data plane",
            visit.request.path
        ))),
    }
}
