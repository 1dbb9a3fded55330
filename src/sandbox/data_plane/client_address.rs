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

const IP: &str = "x-ringfence-client-ip";
const SUBNET: &str = "x-ringfence-client-subnet";
const KIND: &str = "x-ringfence-client-kind";

/// Headers that the sandbox alone has.
pub(crate) const OWN_HEADERS: [&str; 3] = [IP, SUBNET, KIND];

/// Returns the name of a header that looks like one of the sandbox's own and is none of them.
pub(crate) fn misspelt_header(request: &Request) -> Option<&str> {
    for name in request.headers.keys() {
        let name = name.as_str();
        if name.starts_with("x-ringfence-") && !OWN_HEADERS.contains(&name) {
            return Some(name);
        }
    }
    None
}

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
        let address = match own_header(request, IP)? {
            None => peer,
            Some(text) => text.parse().map_err(|_| unknown(IP))?,
        };
        let kind = match own_header(request, KIND)? {
            None | Some("public") => ClientKind::Public,
            Some("trusted-service") => ClientKind::TrustedService,
            Some("task") => ClientKind::Task,
            Some("private-endpoint") => ClientKind::PrivateEndpoint,
            Some(_) => return Err(unknown(KIND)),
        };
        let public = Self {
            // A listener on both protocols shows IPv4 clients as `::ffff:a.b.c.d`.
            address: address.to_canonical(),
            subnet: None,
            kind,
        };
        let Some(id) = own_header(request, SUBNET)? else {
            return Ok(public);
        };
        let Ok(id) = SubnetId::parse(id) else {
            return Err(unknown(SUBNET));
        };
        let Some(subnet) = store.subnet(&id) else {
            return Err(unknown(SUBNET));
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

/// Returns one of the sandbox's own headers. A value that is not ASCII, or a second value, is refused.
fn own_header<'a>(request: &'a Request, name: &str) -> Result<Option<&'a str>, Answer> {
    let mut values = request.headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => value.to_str().map(Some).map_err(|_| unknown(name)),
        (Some(_), Some(_)) => Err(unknown(name)),
    }
}

fn unknown(header: &str) -> Answer {
    refused(&format!("the header `{header}` has an unknown value"))
}

/// Returns the 400 for one of the sandbox's own headers, in the registry's form.
pub(crate) fn refused(what: &str) -> Answer {
    let message = format!("ringfence sandbox: {what}");
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
