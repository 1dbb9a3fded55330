//! Runs of the doctor: the probes of one registry, side by side, and the verdicts about what they saw.

mod around;
mod limits;
mod observe;
mod request;
mod service;
mod told;
mod view;
mod way;

use std::time::Duration;

pub use around::AroundRequest;
pub use request::DoctorRequest;

use observe::observe;
use told::told;

use crate::doctor::{Diagnosis, LogReading, Observations, RegistryView, diagnose, diagnose_with_log};
use crate::error::Error;
use crate::model::{FailureKind, RegistryId};
use crate::probe::{Patience, ProbeOptions, Probes};
use crate::run::callers::{CallerSource, OpenCallerSource};
use crate::run::document_file::read_certificates;
use crate::run::interface::Interface;
use crate::run::options::RunOptions;
use crate::run::session::{Session, environment, local_address, start_runtime};
use crate::spec::{RegistrySpec, Spec};

/// Longest time of all probes together.
const LONGEST: Duration = Duration::from_secs(28);

/// Longest time of one read of Azure, with its tries.
const LONGEST_READ: Duration = Duration::from_secs(10);

/// Probes a registry, and judges what was seen, beside what a client printed. A probe that fails is a fact and not an error.
///
/// # Errors
/// The sandbox does not start, a file of the command line cannot be read, or what the command line names does not exist.
pub fn doctor(
    request: &DoctorRequest,
    log: Option<LogReading>,
    options: &RunOptions,
    interface: &dyn Interface,
) -> Result<Diagnosis, Error> {
    let known = request.flags.known(&request.registry.registry)?;
    let flags = &request.flags;
    let named = known.is_some() || flags.subscription.is_some() || flags.resource_group.is_some();
    // A file that cannot be read is an error before anything is asked.
    let callers = request.callers.as_ref().map(CallerSource::open).transpose()?;
    let facts = observations(request, known, callers.as_ref(), options, interface)?;
    check(request, &facts)?;
    let diagnosis = diagnose(&facts);
    // A registry that is not at the place that was named is a mistake of the command line, unless it is gone everywhere.
    match &facts.registry {
        RegistryView::Unread(failure)
            if named && diagnosis.verdicts.is_empty() && failure.kind == FailureKind::NotFound =>
        {
            Err(Error::Failed(failure.clone()))
        }
        _ => Ok(match log {
            Some(log) => diagnose_with_log(&facts, log),
            None => diagnosis,
        }),
    }
}

/// Runs the probes. Without a way to Azure, the network can still be probed.
fn observations(
    request: &DoctorRequest,
    known: Option<RegistryId>,
    callers: Option<&OpenCallerSource>,
    options: &RunOptions,
    interface: &dyn Interface,
) -> Result<Observations, Error> {
    let patience = Patience::of(LONGEST.min(options.timeout));
    let options = RunOptions {
        timeout: LONGEST_READ.min(options.timeout),
        ..options.clone()
    };
    match Session::open(&options, interface, &naming(known.as_ref())) {
        Ok(session) => {
            let prober = session.prober();
            let probes = Probes::new(ProbeOptions {
                ca_pem: prober.ca_pem.clone(),
                connect_to: request.connect_to.or(prober.at),
                ..probe_options(request, patience)
            });
            Ok(session.block_on(observe(request, known, callers, Ok(session.client()), &probes)))
        }
        // A sandbox that does not start must not lead to a registry of that name in Azure.
        Err(Error::Failed(failure)) if options.sandbox.is_none() => {
            let ca_pem = match &options.ca_file {
                Some(file) => Some(read_certificates(file)?),
                None => None,
            };
            let local = options.arm_endpoint.as_ref().and_then(local_address);
            let probes = Probes::new(ProbeOptions {
                ca_pem,
                connect_to: request.connect_to.or(local),
                ..probe_options(request, patience)
            });
            let observed = observe(request, known, callers, Err(failure), &probes);
            Ok(start_runtime()?.block_on(observed))
        }
        Err(error) => Err(error),
    }
}

/// Refuses what cannot be judged: a client elsewhere without the registry's settings, and things that do not exist.
fn check(request: &DoctorRequest, facts: &Observations) -> Result<(), Error> {
    if request.around.is_about_others()
        && let RegistryView::Unread(failure) = &facts.registry
    {
        return Err(Error::Failed(told(failure.clone())));
    }
    if let Some(reading) = facts.reading() {
        let asked = &request.registry.registry;
        request.flags.check(asked, &reading.registry.id)?;
    }
    if let Some((flag, failure)) = facts.surroundings.not_found() {
        let help = format!("correct the id of `{flag}`, or sign in with an account that sees it");
        return Err(Error::Failed(failure.clone().with_help(help)));
    }
    Ok(())
}

fn probe_options(request: &DoctorRequest, patience: Patience) -> ProbeOptions {
    ProbeOptions {
        variables: environment(),
        ca_pem: None,
        dns_server: request.dns_server,
        connect_to: request.connect_to,
        patience,
    }
}

/// Returns a spec that names a registry and wants nothing of it.
fn naming(id: Option<&RegistryId>) -> Spec {
    Spec {
        registries: id.cloned().map(RegistrySpec::unmanaged).into_iter().collect(),
        ..Spec::default()
    }
}
