//! Data plane of the registries, by host name: firewall, challenge and tokens. It holds no images.
//!
//! The firewall comes before authentication (docs: container-registry-troubleshoot-access).

pub(crate) mod client_address;
mod firewall;
pub(crate) mod propagation;
mod scope;
mod tokens;
pub(crate) mod visit;

use std::net::IpAddr;
use std::time::Duration;

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use super::entra::identity::Identity;
use super::protocol::json::{is, list, text};
use super::protocol::request::Request;
use super::protocol::response::{Answer, Answered};
use super::state::store::Store;
use client_address::{ClientKind, Origin};
use firewall::{Admission, Firewall};
use propagation::Propagation;
use scope::{Scope, is_repository};
use visit::{Visit, challenge, error, is_host, not_established, not_served};

/// Values that the data plane needs for one request.
pub(crate) struct DataPlane<'a> {
    pub(crate) store: &'a Store,
    pub(crate) identity: &'a Identity,
    pub(crate) propagation: &'a Propagation,
    /// Time of the request, by the sandbox's clock.
    pub(crate) now: Duration,
    /// Source address of the request, unless its headers choose another.
    pub(crate) peer: IpAddr,
}

impl DataPlane<'_> {
    /// Answers a request for a registry's host. Returns `None` for other hosts.
    pub(crate) fn answer(&self, request: &Request) -> Option<Answer> {
        let host = request.host.name.as_str();
        let Some((key, registry)) = self.find(host) else {
            return is_host(host).then(|| no_such_registry(host));
        };
        let (Ok(answer) | Err(answer)) = self.visit(request, host, key, registry);
        Some(answer.with("docker-distribution-api-version", "registry/2.0"))
    }

    /// Answers a request for `host`, a name of this registry.
    fn visit(&self, request: &Request, host: &str, key: &str, registry: &Value) -> Answered {
        self.admit(request, key, registry)?;
        let service = text(registry, "/properties/loginServer").to_ascii_lowercase();
        // The other names are data endpoints, which serve blobs only.
        if host != service {
            return Err(not_served(&format!("a blob of `{host}`")));
        }
        route(&Visit {
            request,
            registry,
            identity: self.identity,
            passwords: self.store.passwords.get(key),
            service: &service,
        })
    }

    /// Finds the registry of a host name: its login server, or one of its data endpoints.
    fn find(&self, host: &str) -> Option<(&String, &Value)> {
        // Most requests are for ARM, and must not look through all resources.
        if self.identity.own.contain(host) || host.parse::<IpAddr>().is_ok() {
            return None;
        }
        let mut resources = self.store.under("/subscriptions/");
        resources.find(|(_, resource)| {
            is(resource, "/type", "Microsoft.ContainerRegistry/registries") && has_host(resource, host)
        })
    }

    /// Refuses a client that the firewall does not admit.
    fn admit(&self, request: &Request, key: &str, registry: &Value) -> Result<(), Answer> {
        let origin = Origin::of(request, self.store, self.peer)?;
        // A recent change may not have reached the data plane yet.
        let firewall = self.propagation.effective(self.now, key);
        let firewall = firewall.unwrap_or_else(|| Firewall::of(registry));
        match firewall.admission(&origin) {
            Admission::Admitted => Ok(()),
            Admission::Refused => Err(denied(origin.address)),
            Admission::Open if origin.kind == ClientKind::Task => {
                Err(not_established("an ACR Task on dual-stack endpoints"))
            }
            Admission::Open => Err(not_established(
                "a trusted service while public access is disabled and the registry has subnet rules",
            )),
        }
    }
}

fn has_host(registry: &Value, host: &str) -> bool {
    let mut endpoints = list(&registry["properties"], "dataEndpointHostNames").iter();
    is(registry, "/properties/loginServer", host) || endpoints.any(|name| is(name, "", host))
}

/// Returns the 403 that users quote. It names the address that the registry sees.
fn denied(address: IpAddr) -> Answer {
    let message = format!(
        "client with IP '{address}' is not allowed access. Refer https://aka.ms/acr/firewall to grant access. CorrelationId: {}",
        Uuid::new_v4()
    );
    error(StatusCode::FORBIDDEN, "DENIED", &message)
}

/// Returns the error for a registry that does not exist. Azure has no DNS name for it, so no client gets this far there.
fn no_such_registry(host: &str) -> Answer {
    let message = format!("ringfence sandbox: no registry has the name `{host}`");
    error(StatusCode::NOT_FOUND, "NAME_UNKNOWN", &message)
}

/// Finds the handler of a request.
fn route(visit: &Visit<'_>) -> Answered {
    // Every client asks for `/v2/`, and no source shows the answer to `/v2`.
    let first = visit.request.segments.first().map_or("", String::as_str);
    let is_base = visit.request.segments.len() == 1 && first.eq_ignore_ascii_case("v2");
    if is_base && visit.request.path != "/v2/" {
        return Err(not_established(&format!("the path `{}`", visit.request.path)));
    }
    if let Some(Scope {
        kind: "repository",
        name,
        ..
    }) = Scope::of(visit.request)
        && !is_repository(&name)
    {
        return Err(not_established(&format!("a repository of the name `{name}`")));
    }
    let segments = &visit.request.segments;
    let lower: Vec<String> = segments.iter().map(|part| part.to_ascii_lowercase()).collect();
    let path: Vec<&str> = lower.iter().map(String::as_str).collect();
    // `/v2/` needs a token; the token endpoints check credentials themselves.
    match (&visit.request.method, path.as_slice()) {
        (_, ["v2", ..] | ["acr", "v1", ..]) if !tokens::is_signed_in(visit) => Err(challenge(visit)),
        (&Method::GET | &Method::HEAD, ["v2"]) => Ok(Answer::ok(json!({}))),
        (&Method::POST, ["oauth2", "exchange"]) => tokens::exchange(visit),
        (&Method::POST, ["oauth2", "token"]) => tokens::token(visit),
        (&Method::GET, ["oauth2", "token"]) => tokens::docker_token(visit),
        (method, _) => Err(not_served(&format!(
            "{method} `{}` of the data plane",
            visit.request.path
        ))),
    }
}
