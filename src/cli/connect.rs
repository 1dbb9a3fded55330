//! The way to Azure, or to the sandbox in its place.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use super::args::globals::Globals;
use super::io::registry_progress::Board;
use super::stand_in;
use crate::azure::{self, ArmClient, AuthMethod, Connection, Env, Pace};
use crate::error::Error;
use crate::live::Prober;
use crate::sandbox::Sandbox;
use crate::spec::Spec;

/// Asks registries by their names, which in the sandbox all lead to it.
pub(crate) fn prober(globals: &Globals, sandbox: Option<&Sandbox>) -> Result<Prober, Error> {
    let Some(sandbox) = sandbox else {
        return Ok(Prober {
            ca_pem: globals.ca_file.as_deref().map(read_file).transpose()?,
            at: globals.arm_endpoint.as_ref().and_then(here),
        });
    };
    let ready = sandbox.ready();
    let at = ready
        .arm
        .strip_prefix("https://")
        .and_then(|host| host.parse().ok());
    Ok(Prober {
        ca_pem: Some(ready.ca_pem.clone().into_bytes()),
        at,
    })
}

/// The address of an ARM on this machine, which is a sandbox: what its registries are called may be somebody's out there.
fn here(arm: &url::Url) -> Option<SocketAddr> {
    let address = match arm.host()? {
        url::Host::Ipv4(address) => IpAddr::V4(address),
        url::Host::Ipv6(address) => IpAddr::V6(address),
        url::Host::Domain("localhost") => Ipv4Addr::LOCALHOST.into(),
        url::Host::Domain(_) => return None,
    };
    let port = arm.port_or_known_default()?;
    address.is_loopback().then_some(SocketAddr::new(address, port))
}

/// The client that a run uses, and the sandbox where it has one.
pub(crate) async fn connect(
    globals: &Globals,
    spec: &Spec,
    board: Arc<Board>,
) -> Result<(ArmClient, Option<Sandbox>), Error> {
    let mut ca_pem = globals.ca_file.as_deref().map(read_file).transpose()?;
    let sandbox = match &globals.sandbox {
        Some(state) => Some(stand_in::start(state.clone(), globals, spec).await?),
        None => None,
    };
    let (mut auth, mut env) = (globals.auth, environment());
    let mut cloud = azure::Cloud::find(&globals.cloud, ca_pem.as_deref())
        .await
        .map_err(failed)?;
    if let Some(endpoint) = &globals.arm_endpoint {
        cloud = cloud.with_arm(endpoint.clone());
    }
    if let Some(sandbox) = &sandbox {
        let ready = sandbox.ready();
        let arm = ready.arm.parse().expect("the sandbox knows its own URL");
        cloud = cloud.with_arm(arm);
        (auth, env) = (AuthMethod::ClientSecret, stand_in::credentials(ready));
        ca_pem = Some(ready.ca_pem.clone().into_bytes());
    }
    let connection = Connection {
        auth,
        ca_pem,
        pace: if sandbox.is_some() {
            stand_in::PACE
        } else {
            Pace::default()
        },
        deadline: globals.timeout,
        observer: board,
        ..Connection::new(cloud, env)
    };
    let client = ArmClient::connect(connection).map_err(failed)?;
    Ok((client, sandbox))
}

/// The environment, as far as it is text: nothing that is looked up has any other value.
fn environment() -> Env {
    std::env::vars_os()
        .filter_map(|(key, value)| Some((key.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

fn failed(error: azure::ArmError) -> Error {
    Error::Failed(error.into())
}

fn read_file(path: &std::path::Path) -> Result<Vec<u8>, Error> {
    std::fs::read(path).map_err(|source| Error::File {
        action: "read",
        path: path.to_owned(),
        source,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arm_on_this_machine_answers_for_its_registries_too() {
        for (arm, at) in [
            ("https://127.0.0.1:8443", Some("127.0.0.1:8443")),
            ("https://localhost:8443/", Some("127.0.0.1:8443")),
            ("https://[::1]:8443", Some("[::1]:8443")),
            ("https://192.0.2.1:8443", None),
            ("https://management.azure.com", None),
        ] {
            let found = here(&arm.parse().unwrap()).map(|address| address.to_string());
            assert_eq!(found.as_deref(), at, "{arm}");
        }
    }
}
