//! The sandbox inside a run, in the place of Azure.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use miette::Diagnostic;

use crate::azure::{Env, Pace};
use crate::error::Error;
use crate::model::{Client, ErrorCode, Failure, Setting, SubnetId};
use crate::run::options::SandboxOptions;
use crate::sandbox::{self, Ready, Sandbox, SandboxError, State, StateError};
use crate::spec::{ServiceEndpoints, Spec};

/// Waits against the sandbox, which is never slow.
pub(crate) const PACE: Pace = Pace {
    poll: Duration::from_millis(10),
    backoff: Duration::from_millis(10),
};

/// Longest wait for another run that uses the same state file. Runs against the sandbox are short.
const STATE_WAIT: Duration = Duration::from_secs(10);

const OTHER_STATE_FILE: &str =
    "give another state file with --sandbox=FILE, or --sandbox alone for a fresh one";

/// Starts a sandbox with every registry and subnet that the spec names, or with the state of its file.
pub(crate) async fn start(
    options: &SandboxOptions,
    timeout: Duration,
    spec: &Spec,
) -> Result<Sandbox, Error> {
    let settings = sandbox::Options {
        state_file: options.state_file.clone(),
        state_wait: STATE_WAIT.min(timeout),
        request_log: options.request_log.clone(),
        faults: load_faults(options.faults.as_deref())?,
        seed: seed(spec),
        client_ip: options.client_ip,
        ..sandbox::Options::default()
    };
    let settings = with_conditions(settings, options.conditions.as_deref())?;
    sandbox::start(settings).await.map_err(|error| match error {
        // This error says itself how to wait for the other run or to leave it alone.
        SandboxError::State(StateError::InUse { .. }) => not_started(&error),
        _ => with_help(not_started(&error), OTHER_STATE_FILE),
    })
}

/// Loads the faults to inject; none without a file.
///
/// # Errors
/// The file cannot be read or is not a list of faults.
pub fn load_faults(file: Option<&Path>) -> Result<Vec<sandbox::Fault>, Error> {
    match file {
        Some(file) => sandbox::Fault::load(file).map_err(|error| not_started(&error)),
        None => Ok(Vec::new()),
    }
}

/// Adds the conditions that a file describes; none without a file.
///
/// # Errors
/// The file cannot be read or does not describe conditions.
pub fn with_conditions(
    options: sandbox::Options,
    file: Option<&Path>,
) -> Result<sandbox::Options, Error> {
    match file {
        Some(file) => options
            .under_conditions(file)
            .map_err(|error| not_started(&error)),
        None => Ok(options),
    }
}

/// Returns the failure of a sandbox that did not start, with the causes and the help of the error.
pub fn not_started(error: &(impl Diagnostic + 'static)) -> Error {
    let mut message = error.to_string();
    // The message of such an error leaves its causes out.
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        message += &format!(": {cause}");
        source = cause.source();
    }
    Error::Failed(Failure {
        help: error.help().map(|help| help.to_string()),
        ..Failure::new(ErrorCode::SandboxNotStarted, message)
    })
}

fn with_help(mut error: Error, help: &str) -> Error {
    if let Error::Failed(failure) = &mut error {
        failure.help = Some(help.to_owned());
    }
    error
}

/// Returns a state with every registry and subnet that the spec names, as Azure makes them. Where the spec assumes that a service
/// endpoint is on, it is on, and so are those of subnets that only an expectation names.
pub fn seed(spec: &Spec) -> State {
    let registries = spec.registries.iter().map(|registry| &registry.id);
    let mut state = State::empty().with_all(registries, subnets(spec, ServiceEndpoints::Ensure));
    // The subnets above begin without an endpoint, which an apply turns on. These have one.
    for subnet in subnets(spec, ServiceEndpoints::Assume) {
        state = state.with_endpoint(subnet);
    }
    for subnet in only_expected(spec) {
        state = state.with_endpoint(subnet);
    }
    state
}

/// Returns the subnets that an expectation names and no registry lists.
fn only_expected(spec: &Spec) -> BTreeSet<&SubnetId> {
    let mut expected = BTreeSet::new();
    for expectation in spec.registries.iter().flat_map(|registry| &registry.expect) {
        if let Client::Subnet(id) = &expectation.client {
            expected.insert(id);
        }
    }
    for endpoints in [ServiceEndpoints::Ensure, ServiceEndpoints::Assume] {
        for listed in subnets(spec, endpoints) {
            expected.remove(listed);
        }
    }
    expected
}

/// Returns the subnets of the registries that treat service endpoints in this way.
fn subnets(spec: &Spec, endpoints: ServiceEndpoints) -> Vec<&SubnetId> {
    let mut subnets = Vec::new();
    for registry in &spec.registries {
        if registry.service_endpoints != endpoints {
            continue;
        }
        for listed in registry
            .settings
            .rules(Setting::VirtualNetworkRules)
            .into_iter()
            .flatten()
        {
            subnets.extend(listed.rule.subnet());
        }
    }
    subnets
}

/// Returns the variables that sign in to the sandbox.
pub(crate) fn credentials(ready: &Ready) -> Env {
    let pairs = [
        ("AZURE_AUTHORITY_HOST", &ready.authority),
        ("AZURE_TENANT_ID", &ready.tenant_id),
        ("AZURE_CLIENT_ID", &ready.client_id),
        ("AZURE_CLIENT_SECRET", &ready.client_secret),
    ];
    let mut env = Env::new();
    for (name, value) in pairs {
        env.insert(name.to_owned(), value.clone());
    }
    env
}
