//! The observations of one registry.

use jiff::Timestamp;

use super::limits::within;
use super::request::DoctorRequest;
use super::{around, view, way};
use crate::azure::ArmClient;
use crate::doctor::{AskedCallers, AzCli, EndpointFacts, Observations, RegistryView};
use crate::live::surroundings::{name_is_free, read_permissions};
use crate::model::{Failure, FailureKind, RegistryId, valid_registry_name};
use crate::probe::Probes;
use crate::run::callers::OpenCallerSource;

/// Runs the probes. Those that need nothing of each other run at the same time.
pub(super) async fn observe(
    request: &DoctorRequest,
    known: Option<RegistryId>,
    callers: Option<&OpenCallerSource>,
    client: Result<&ArmClient, Failure>,
    probes: &Probes,
) -> Observations {
    let mut facts = Observations::new(Timestamp::now(), request.registry.clone());
    let others = request.around.is_about_others();
    let (view, given, az) = futures::join!(
        view(request, known, &client),
        given(request, probes),
        az(others, probes),
    );
    facts.az = az;
    facts.registry = view;
    facts.login_server = given;
    let client = client.ok();
    if let Some(client) = client {
        surroundings(request, callers, client, probes, &mut facts).await;
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
        facts.surroundings.permissions = Some(within(probes, read).await);
    }
    facts
}

/// Returns the registry as Azure shows it.
async fn view(
    request: &DoctorRequest,
    known: Option<RegistryId>,
    client: &Result<&ArmClient, Failure>,
) -> RegistryView {
    let asked = &request.registry;
    let view = match client {
        Ok(client) => view::registry(client, &asked.registry, known, &request.flags).await,
        Err(failure) => return RegistryView::Unread(failure.clone()),
    };
    match &asked.host {
        Some(host) => view::of_host(view, host),
        None => view,
    }
}

/// Goes the way to a host that was given, which needs no look at Azure first. A client elsewhere does not come from this machine.
async fn given(request: &DoctorRequest, probes: &Probes) -> Option<EndpointFacts> {
    match &request.registry.host {
        Some(host) if !request.around.is_about_others() => Some(probes.login_server(host).await),
        _ => None,
    }
}

async fn az(others: bool, probes: &Probes) -> AzCli {
    match others {
        true => AzCli::NotAsked,
        false => probes.az().await,
    }
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
    let asked = within(probes, name_is_free(client, name, subscription));
    asked.await.ok()
}

/// Reads what stands around the registry, and its callers. That they cannot be read is a fact.
async fn surroundings(
    request: &DoctorRequest,
    callers: Option<&OpenCallerSource>,
    client: &ArmClient,
    probes: &Probes,
    facts: &mut Observations,
) {
    let registry = match &facts.registry {
        RegistryView::Read(reading) => &reading.registry,
        RegistryView::Unread(failure) => {
            let host = way::login_server(Some(client), facts);
            let read = around::read_without_registry(client, failure, &host, &request.around, probes);
            facts.surroundings = read.await;
            return;
        }
        RegistryView::NotAsked => return,
    };
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
