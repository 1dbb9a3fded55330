//! The source of a request to the data plane. Tests choose it in headers that only the sandbox has:
//!
//! - `x-ringfence-client-ip: 203.0.113.9`
//! - `x-ringfence-client-subnet: /subscriptions/…/subnets/build`
//! - `x-ringfence-client-kind: public | trusted-service | task | private-endpoint`

use std::net::{IpAddr, Ipv4Addr};

use axum::http::StatusCode;
use serde_json::Value;

use super::visit::error;
use crate::model::SubnetId;
use crate::sandbox::protocol::json::{is, list, text};
use crate::sandbox::protocol::request::Request;
use crate::sandbox::protocol::response::Answer;
use crate::sandbox::state::store::Store;

/// Kind of client that sends a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClientKind {
    Public,
    TrustedService,
    Task,
    PrivateEndpoint,
}

/// Source of a request, as the registry sees it.
#[derive(Clone, Debug)]
pub(crate) struct Origin {
    /// Address that the registry sees.
    pub(crate) address: IpAddr,
    /// Id of the subnet in lower case, if the request comes over a service endpoint.
    pub(crate) subnet: Option<String>,
    pub(crate) kind: ClientKind,
}

impl Origin {
    /// Reads the headers. `peer` is the address if they name none.
    ///
    /// A subnet without a service endpoint reaches the registry by its public address, as any other client does.
    pub(crate) fn of(request: &Request, store: &Store, peer: IpAddr) -> Result<Self, Answer> {
        let address = match request.header("x-ringfence-client-ip") {
            None => peer,
            Some(text) => text.parse().map_err(|_| unknown("x-ringfence-client-ip"))?,
        };
        let kind = match request.header("x-ringfence-client-kind") {
            None | Some("public") => ClientKind::Public,
            Some("trusted-service") => ClientKind::TrustedService,
            Some("task") => ClientKind::Task,
            Some("private-endpoint") => ClientKind::PrivateEndpoint,
            Some(_) => return Err(unknown("x-ringfence-client-kind")),
        };
        let public = Self {
            // A listener on both protocols shows IPv4 clients as `::ffff:a.b.c.d`.
            address: address.to_canonical(),
            subnet: None,
            kind,
        };
        let Some(id) = request.header("x-ringfence-client-subnet") else {
            return Ok(public);
        };
        let Ok(id) = SubnetId::parse(id) else {
            return Err(unknown("x-ringfence-client-subnet"));
        };
        let Some(subnet) = store.subnet(&id) else {
            return Err(unknown("x-ringfence-client-subnet"));
        };
        // Without an endpoint, the traffic leaves through a public address.
        if !has_endpoint(subnet) {
            return Ok(public);
        }
        Ok(Self {
            // A service endpoint keeps the private address of the client.
            address: first_address(subnet),
            subnet: Some(id.key().to_owned()),
            kind,
        })
    }
}

fn unknown(header: &str) -> Answer {
    let message = format!("ringfence sandbox: the header `{header}` has an unknown value");
    error(StatusCode::BAD_REQUEST, "UNKNOWN", &message)
}

fn has_endpoint(subnet: &Value) -> bool {
    let endpoints = list(&subnet["properties"], "serviceEndpoints");
    endpoints.iter().any(|endpoint| {
        is(endpoint, "/service", "Microsoft.ContainerRegistry")
            && is(endpoint, "/provisioningState", "Succeeded")
    })
}

/// Returns the first address that Azure assigns in a subnet. It reserves the four before (docs: virtual-networks-faq).
fn first_address(subnet: &Value) -> IpAddr {
    let prefix = text(subnet, "/properties/addressPrefix");
    let base = prefix.split('/').next().unwrap_or_default();
    let base: Ipv4Addr = base.parse().unwrap_or(Ipv4Addr::new(10, 0, 0, 0));
    Ipv4Addr::from(u32::from(base).saturating_add(4)).into()
}
