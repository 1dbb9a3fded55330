//! The sandbox inside a command, in the place of Azure.

use std::path::PathBuf;
use std::time::Duration;

use miette::Diagnostic;

use super::args::globals::Globals;
use crate::azure::{Env, Pace};
use crate::error::Error;
use crate::model::{ErrorCode, Failure, Setting};
use crate::sandbox::{self, Sandbox, SandboxError, State, StateError};
use crate::spec::{ServiceEndpoints, Spec};

/// The sandbox is never slow, so nobody has to wait for it.
pub(crate) const PACE: Pace = Pace {
    poll: Duration::from_millis(10),
    backoff: Duration::from_millis(10),
};

/// How long a run waits for the run that has its state file, at most: runs against the sandbox are short.
const WAIT: Duration = Duration::from_secs(10);

const ANOTHER: &str = "give another state file with --sandbox=FILE, or --sandbox alone for a fresh one";

/// Starts it with every registry and subnet that the spec names, or with the file.
pub(crate) async fn start(
    state_file: Option<PathBuf>,
    globals: &Globals,
    spec: &Spec,
) -> Result<Sandbox, Error> {
    let options = sandbox::Options {
        state_file,
        state_wait: WAIT.min(globals.timeout),
        request_log: globals.request_log.clone(),
        faults: faults(globals)?,
        seed: seed(spec),
        ..sandbox::Options::default()
    };
    let options = under_conditions(options, globals)?;
    sandbox::start(options).await.map_err(|error| {
        let in_use = matches!(error, SandboxError::State(StateError::InUse { .. }));
        not_started(&error, (!in_use).then_some(ANOTHER))
    })
}

/// The faults that `--faults` names.
pub(crate) fn faults(globals: &Globals) -> Result<Vec<sandbox::Fault>, Error> {
    let Some(path) = &globals.faults else {
        return Ok(Vec::new());
    };
    sandbox::Fault::load(path).map_err(|error| not_started(&error, None))
}

/// The options under what `--conditions` says.
pub(crate) fn under_conditions(
    options: sandbox::Options,
    globals: &Globals,
) -> Result<sandbox::Options, Error> {
    let Some(path) = &globals.conditions else {
        return Ok(options);
    };
    let read = options.under_conditions(path);
    read.map_err(|error| not_started(&error, None))
}

/// Why there is no sandbox, with `help` or the error's own next step.
pub(crate) fn not_started(error: &(impl Diagnostic + 'static), help: Option<&str>) -> Error {
    let mut message = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        message += &format!(": {inner}");
        source = inner.source();
    }
    let own = || error.help().map(|help| help.to_string());
    Error::Failed(Failure {
        help: help.map(str::to_owned).or_else(own),
        ..Failure::new(ErrorCode::SandboxNotStarted, message)
    })
}

/// Every registry and subnet that the spec names, as Azure makes them. Where the spec assumes that somebody else has
/// turned a service endpoint on, somebody has.
fn seed(spec: &Spec) -> State {
    let subnets = |kind| {
        let registries = spec
            .registries
            .iter()
            .filter(move |registry| registry.service_endpoints == kind);
        let list = Setting::VirtualNetworkRules;
        let rules = registries.filter_map(move |registry| registry.settings.rules(list));
        rules.flatten().filter_map(|listed| listed.rule.subnet())
    };
    let registries = spec.registries.iter().map(|registry| &registry.id);
    let state = State::empty().with_all(registries, subnets(ServiceEndpoints::Ensure));
    subnets(ServiceEndpoints::Assume).fold(state, State::with_endpoint)
}

/// What signs in to it.
pub(crate) fn credentials(ready: &sandbox::Ready) -> Env {
    let pairs = [
        ("AZURE_AUTHORITY_HOST", &ready.authority),
        ("AZURE_TENANT_ID", &ready.tenant_id),
        ("AZURE_CLIENT_ID", &ready.client_id),
        ("AZURE_CLIENT_SECRET", &ready.client_secret),
    ];
    pairs
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value.clone()))
        .collect()
}
