//! Runs of the doctor: the probes of one registry, side by side, and the verdicts about what they saw.

mod around;
mod view;

use std::net::SocketAddr;

pub use around::AroundRequest;
use jiff::Timestamp;

use crate::doctor::{AskedCallers, AskedName, Diagnosis, Observations, RegistryView, diagnose};
use crate::error::Error;
use crate::live::LiveRegistry;
use crate::model::RegistryId;
use crate::run::callers::{CallerSource, OpenCallerSource};
use crate::run::interface::Interface;
use crate::run::options::RunOptions;
use crate::run::registry::named_registry::NamedRegistry;
use crate::run::session::Session;
use crate::spec::{RegistrySpec, Spec};

/// The registry to probe, and how.
#[derive(Clone, Debug)]
pub struct DoctorRequest {
    pub registry: AskedName,
    /// The flags that complete a name.
    pub flags: NamedRegistry,
    /// The repository to ask a token for.
    pub repository: Option<String>,
    /// The DNS server to ask; `None` for those of the system.
    pub dns_server: Option<SocketAddr>,
    /// The address to connect to, instead of those that names resolve to.
    pub connect_to: Option<SocketAddr>,
    /// What stands around the registry.
    pub around: AroundRequest,
    /// The place of the registry's login events.
    pub callers: Option<CallerSource>,
}

/// Probes a registry, and judges what was seen. A probe that fails is a fact and not an error.
///
/// # Errors
/// The sandbox does not start, or a file of the command line cannot be read.
pub fn doctor(
    request: &DoctorRequest,
    options: &RunOptions,
    interface: &dyn Interface,
) -> Result<Diagnosis, Error> {
    let known = request.flags.known(&request.registry.registry)?;
    // A file that cannot be read is an error before anything is asked.
    let callers = request.callers.as_ref().map(CallerSource::open).transpose()?;
    let mut facts = Observations::new(Timestamp::now(), request.registry.clone());
    // Without a way to Azure, the network can still be probed.
    match Session::open(options, interface, &naming(known.as_ref())) {
        Ok(session) => {
            let view = view::registry(
                session.client(),
                &request.registry.registry,
                known,
                &request.flags,
            );
            facts.registry = session.block_on(view);
            if let RegistryView::Read(reading) = &facts.registry {
                let registry = &reading.registry;
                let around = around::read(session.client(), registry, &request.around);
                facts.surroundings = session.block_on(around);
                facts.surroundings.callers = callers.map(|source| asked(&source, registry, &session));
            }
        }
        Err(Error::Failed(failure)) => facts.registry = RegistryView::Unread(failure),
        Err(error) => return Err(error),
    }
    Ok(diagnose(&facts))
}

/// Returns the callers of the registry. That they cannot be read is a fact.
fn asked(source: &OpenCallerSource, registry: &LiveRegistry, session: &Session<'_>) -> AskedCallers {
    AskedCallers {
        from: source.in_words(),
        days: source.days(),
        callers: source.read(registry, session),
    }
}

/// Returns a spec that names a registry and wants nothing of it.
fn naming(id: Option<&RegistryId>) -> Spec {
    Spec {
        registries: id.cloned().map(RegistrySpec::unmanaged).into_iter().collect(),
        ..Spec::default()
    }
}
