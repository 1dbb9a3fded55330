//! Connections to Azure, or to a sandbox in its place.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use super::local_sandbox;
use crate::azure::{ArmClient, ArmError, AuthMethod, Cloud, Connection, Env, RequestObserver};
use crate::error::Error;
use crate::probe::Prober;
use crate::run::document_file::read_certificates;
use crate::run::options::RunOptions;
use crate::sandbox::Sandbox;
use crate::spec::Spec;

/// The connections of a run.
pub(crate) struct Connected {
    pub(crate) client: ArmClient,
    /// Asks registries whether this machine gets in.
    pub(crate) prober: Prober,
    /// The sandbox that stands in for Azure. It must live as long as the run.
    pub(crate) sandbox: Option<Sandbox>,
}

/// Connects to Azure, or starts the sandbox with every registry and subnet that the spec names.
pub(crate) async fn connect(
    options: &RunOptions,
    spec: &Spec,
    observer: Arc<dyn RequestObserver>,
) -> Result<Connected, Error> {
    // Read the file first: a missing one must not leave a sandbox running.
    let ca_pem = match &options.ca_file {
        Some(file) => Some(read_certificates(file)?),
        None => None,
    };
    let sandbox = match &options.sandbox {
        Some(sandbox) => Some(local_sandbox::start(sandbox, options.timeout, spec).await?),
        None => None,
    };
    // Find the endpoints; a cloud given by URL describes itself.
    let mut cloud = Cloud::find(&options.cloud, ca_pem.as_deref(), &environment())
        .await
        .map_err(failed)?;
    if let Some(endpoint) = &options.arm_endpoint {
        cloud = cloud.with_arm(endpoint.clone());
    }
    // Prepare the connection to Azure.
    let mut connection = Connection {
        auth: options.auth,
        ca_pem: ca_pem.clone(),
        deadline: options.timeout,
        parallel: options.parallel,
        observer,
        ..Connection::new(cloud, environment())
    };
    let mut prober = Prober {
        ca_pem,
        at: options.arm_endpoint.as_ref().and_then(local_address),
        variables: environment(),
    };
    // The sandbox replaces ARM, sign-in and registries, whatever the flags say.
    if let Some(sandbox) = &sandbox {
        redirect(&mut connection, &mut prober, sandbox);
    }
    Ok(Connected {
        client: ArmClient::connect(connection).map_err(failed)?,
        prober,
        sandbox,
    })
}

/// Points the client and the prober at the sandbox, with its credential and its certificate authority.
fn redirect(connection: &mut Connection, prober: &mut Prober, sandbox: &Sandbox) {
    let ready = sandbox.ready();
    let arm = ready.arm.parse().expect("the sandbox knows its own URL");
    let ca_pem = ready.ca_pem.clone().into_bytes();
    connection.cloud = connection.cloud.clone().with_arm(arm);
    connection.auth = AuthMethod::ClientSecret;
    connection.env = local_sandbox::credentials(ready);
    connection.pace = local_sandbox::PACE;
    connection.ca_pem = Some(ca_pem.clone());
    // The registries of the sandbox all answer at its own address.
    let address = ready.arm.strip_prefix("https://");
    prober.at = address.and_then(|address| address.parse().ok());
    prober.ca_pem = Some(ca_pem);
}

/// Returns the address of an ARM on this machine, which is a sandbox. Its registries are there too: their names may
/// belong to other people's registries in Azure.
pub(crate) fn local_address(arm: &url::Url) -> Option<SocketAddr> {
    let address = match arm.host()? {
        url::Host::Ipv4(address) => IpAddr::V4(address),
        url::Host::Ipv6(address) => IpAddr::V6(address),
        url::Host::Domain("localhost") => Ipv4Addr::LOCALHOST.into(),
        url::Host::Domain(_) => return None,
    };
    if !address.is_loopback() {
        return None;
    }
    let port = arm.port_or_known_default()?;
    Some(SocketAddr::new(address, port))
}

/// Returns the variables of the process. Variables that are not UTF-8 are left out: none of ours can be one.
pub(crate) fn environment() -> Env {
    let mut env = Env::new();
    for (name, value) in std::env::vars_os() {
        if let (Ok(name), Ok(value)) = (name.into_string(), value.into_string()) {
            env.insert(name, value);
        }
    }
    env
}

fn failed(error: ArmError) -> Error {
    Error::Failed(error.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arm_on_this_machine_answers_for_its_registries_too() {
        for (arm, at) in [
            ("https://127.0.0.1:8443", Some("127.0.0.1:8443")),
            ("https://localhost:8443/", Some("127.0.0.1:8443")),
            ("https://[::1]:8443", Some("[::1]:8443")),
            ("https://192.0.2.1:8443", None),
            ("https://management.azure.com", None),
        ] {
            let found = local_address(&arm.parse().unwrap()).map(|address| address.to_string());
            assert_eq!(found.as_deref(), at, "{arm}");
        }
    }
}
