//! Runs of the doctor: the probes of one registry, side by side, and the verdicts about what they saw.

mod around;
mod request;
mod view;
mod way;

use std::time::Duration;

pub use around::AroundRequest;
pub use request::DoctorRequest;

use jiff::Timestamp;

use crate::azure::ArmClient;
use crate::doctor::{AskedCallers, AzCli, Diagnosis, Observations, RegistryView, diagnose};
use crate::error::Error;
use crate::live::surroundings::{name_is_free, read_permissions};
use crate::model::{Failure, FailureKind, RegistryId, valid_registry_name};
use crate::probe::{Patience, ProbeOptions, Probes};
use crate::run::callers::{CallerSource, OpenCallerSource};
use crate::run::document_file::read_certificates;
use crate::run::interface::Interface;
use crate::run::options::RunOptions;
use crate::run::session::{Session, environment, local_address, start_runtime};
use crate::spec::{RegistrySpec, Spec};

/// Longest time of all probes together.
const LONGEST: Duration = Duration::from_secs(28);

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
    let flags = &request.flags;
    let named = known.is_some() || flags.subscription.is_some() || flags.resource_group.is_some();
    // A file that cannot be read is an error before anything is asked.
    let callers = request.callers.as_ref().map(CallerSource::open).transpose()?;
    let callers = callers.as_ref();
    let patience = Patience::of(LONGEST.min(options.timeout));
    // Without a way to Azure, the network can still be probed.
    let facts = match Session::open(options, interface, &naming(known.as_ref())) {
        Ok(session) => {
            let prober = session.prober();
            let probes = Probes::new(ProbeOptions {
                ca_pem: prober.ca_pem.clone(),
                connect_to: request.connect_to.or(prober.at),
                ..probe_options(request, patience)
            });
            session.block_on(observe(request, known, callers, Ok(session.client()), &probes))
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
            start_runtime()?.block_on(observe(request, known, callers, Err(failure), &probes))
        }
        Err(error) => return Err(error),
    };
    // Without the registry's settings, nothing is known of a client elsewhere.
    if request.around.is_about_others()
        && let RegistryView::Unread(failure) = facts.registry
    {
        return Err(Error::Failed(failure));
    }
    if let Some(reading) = facts.reading() {
        flags.check(&request.registry.registry, &reading.registry.id)?;
    }
    if let Some((flag, failure)) = facts.surroundings.not_found() {
        let help = format!("correct the id of `{flag}`, or sign in with an account that sees it");
        return Err(Error::Failed(failure.clone().with_help(help)));
    }
    let diagnosis = diagnose(&facts);
    // A registry that is not at the place that was named is a mistake of the command line, unless it is gone everywhere.
    match facts.registry {
        RegistryView::Unread(failure)
            if named && diagnosis.verdicts.is_empty() && failure.kind == FailureKind::NotFound =>
        {
            Err(Error::Failed(failure))
        }
        _ => Ok(diagnosis),
    }
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

/// Runs the probes. Those that need nothing of each other run at the same time.
async fn observe(
    request: &DoctorRequest,
    known: Option<RegistryId>,
    callers: Option<&OpenCallerSource>,
    client: Result<&ArmClient, Failure>,
    probes: &Probes,
) -> Observations {
    let mut facts = Observations::new(Timestamp::now(), request.registry.clone());
    let client = match client {
        Ok(client) => Some(client),
        Err(failure) => {
            facts.registry = RegistryView::Unread(failure);
            None
        }
    };
    let view = async {
        match client {
            Some(client) => {
                let name = &request.registry.registry;
                Some(view::registry(client, name, known, &request.flags).await)
            }
            None => None,
        }
    };
    // A host that was given needs no look at Azure first. A client elsewhere does not come from this machine.
    let others = request.around.is_about_others();
    let given = async {
        match &request.registry.host {
            Some(host) if !others => Some(probes.login_server(host).await),
            _ => None,
        }
    };
    let az = async {
        match others {
            true => AzCli::NotAsked,
            false => probes.az().await,
        }
    };
    let (view, given, az) = futures::join!(view, given, az);
    facts.az = az;
    facts.registry = match (view, &request.registry.host) {
        (Some(view), Some(host)) => view::of_host(view, host),
        (Some(view), None) => view,
        (None, _) => facts.registry,
    };
    facts.login_server = given;
    if let Some(client) = client {
        surroundings(request, callers, client, probes, &mut facts).await;
    }
    if let Some(client) = client {
        facts.name_is_free = name_check(request, client, probes, &facts).await;
    }
    if !others {
        way::go(request, client, probes, &mut facts).await;
    }
    if let Some(client) = client
        && facts.lacks_role()
        && let Some(reading) = facts.reading()
    {
        let read = read_permissions(client, &reading.registry.id);
        facts.surroundings.permissions = probes.wait(around::LONGEST, read).await;
    }
    facts
}

/// Asks whether the name of a registry that the account does not see is free in this cloud.
async fn name_check(
    request: &DoctorRequest,
    client: &ArmClient,
    probes: &Probes,
    facts: &Observations,
) -> Option<bool> {
    let unseen = matches!(&facts.registry, RegistryView::Unread(failure) if failure.kind == FailureKind::NotFound);
    let name = request.registry.registry.rsplit('/').next()?;
    // Another cloud has names of its own, and a name with a label of its domain is no name of a registry.
    let suffix = client.cloud().registry_suffix();
    let host = &request.registry.host;
    let here = host
        .as_ref()
        .is_none_or(|host| *host == format!("{}.{suffix}", name.to_ascii_lowercase()));
    if !unseen || !here || !valid_registry_name(name) {
        return None;
    }
    let subscription = request.flags.subscription.as_deref();
    let asked = probes.wait(around::LONGEST, name_is_free(client, name, subscription));
    asked.await?.ok()
}

/// Reads what stands around the registry, and its callers. That they cannot be read is a fact.
async fn surroundings(
    request: &DoctorRequest,
    callers: Option<&OpenCallerSource>,
    client: &ArmClient,
    probes: &Probes,
    facts: &mut Observations,
) {
    let RegistryView::Read(reading) = &facts.registry else {
        return;
    };
    let registry = &reading.registry;
    facts.surroundings = around::read(client, registry, &request.around, probes).await;
    if let Some(source) = callers {
        facts.surroundings.callers = Some(AskedCallers {
            from: source.in_words(),
            plan_flag: source.plan_flag(),
            days: source.days(),
            callers: source.read(client, registry).await,
        });
    }
}

/// Returns a spec that names a registry and wants nothing of it.
fn naming(id: Option<&RegistryId>) -> Spec {
    Spec {
        registries: id.cloned().map(RegistrySpec::unmanaged).into_iter().collect(),
        ..Spec::default()
    }
}
