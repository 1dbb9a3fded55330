//! What joins a command to the spec, to Azure or the sandbox, and to the terminal.

use std::path::PathBuf;
use std::sync::Arc;

use miette::Diagnostic;
use tokio::runtime::Runtime;

use super::board::Board;
use super::globals::Globals;
use super::{Context, SpecArgs};
use crate::apply::{self, Report};
use crate::azure::{self, ArmClient, AuthMethod, Connection, Env};
use crate::error::Error;
use crate::live::{Failure, Live, ReadOptions, read_all};
use crate::plan::{Plan, Policy, diff};
use crate::render::diagnostic;
use crate::sandbox::{self, Sandbox, State};
use crate::spec::{self, Spec};

/// A run's connection. Commands are synchronous; what waits for the network waits in here.
pub(super) struct Session<'a> {
    context: &'a Context,
    runtime: Runtime,
    client: ArmClient,
    board: Arc<Board>,
    /// Kept alive for the length of the run.
    _sandbox: Option<Sandbox>,
}

/// Loads a spec. Warnings go to stderr; errors end the run before anything is sent.
pub(super) fn load(args: &SpecArgs, context: &Context) -> Result<Spec, Error> {
    let (spec, warnings) = check(args, context)?;
    if !context.globals.quiet && !warnings.is_empty() {
        context.tell(&text(&warnings, context));
    }
    Ok(spec)
}

/// Loads a spec and hands its warnings to the caller.
pub(super) fn check(args: &SpecArgs, context: &Context) -> Result<(Spec, Vec<spec::Diagnostic>), Error> {
    match spec::load(&args.specs, args.day()) {
        Ok(loaded) => Ok((loaded.spec, loaded.warnings)),
        Err(invalid) => Err(Error::InvalidSpec {
            text: text(&invalid.diagnostics, context),
            diagnostics: serde_json::json!(invalid.diagnostics),
        }),
    }
}

/// Diagnostics as they go to stderr.
pub(super) fn text(diagnostics: &[spec::Diagnostic], context: &Context) -> String {
    diagnostic::text(diagnostics, context.look())
}

impl<'a> Session<'a> {
    /// Connects to Azure, or starts the sandbox with every registry and subnet that the spec names.
    pub(super) fn open(context: &'a Context, spec: &Spec) -> Result<Self, Error> {
        let io = |source| Error::Io {
            action: "start",
            path: PathBuf::from("the runtime"),
            source,
        };
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .map_err(io)?;
        let board = Arc::new(Board::new(context.progress.clone()));
        let (client, sandbox) = runtime.block_on(connect(&context.globals, spec, board.clone()))?;
        if let Some(sandbox) = &sandbox {
            context.tell(&format!(
                "sandbox: this is not Azure but {}\n",
                sandbox.ready().arm
            ));
        } else if context.globals.auth == AuthMethod::Auto && !context.globals.quiet {
            let picked = client.picked();
            context.tell(&format!(
                "signing in with {}: {}\n",
                picked.method.as_str(),
                picked.why
            ));
        }
        Ok(Self {
            context,
            runtime,
            client,
            board,
            _sandbox: sandbox,
        })
    }

    /// Reads every registry of the spec and compares.
    pub(super) fn plan(&self, spec: &Spec, options: ReadOptions, policy: &Policy) -> (Plan, Live) {
        let parallel = self.context.globals.parallel.into();
        let say = |id: &_, what: &str| self.board.say(id, what);
        let live = self
            .runtime
            .block_on(read_all(&self.client, spec, options, parallel, &say));
        let plan = diff(spec, &live, policy);
        self.board.clear();
        (plan, live)
    }

    /// Applies a plan. `fresh` is what it was made from, where no time has passed since.
    pub(super) fn apply(&self, plan: &Plan, fresh: Option<&Live>) -> Report {
        let say = |id: &_, what: &str| self.board.say(id, what);
        let parallel = self.context.globals.parallel.into();
        let options = apply::Options {
            parallel,
            fresh,
            say: &say,
        };
        let report = self.runtime.block_on(apply::apply(&self.client, plan, &options));
        self.board.clear();
        report
    }
}

/// The time of this run, RFC 3339, UTC.
pub(super) fn now() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

async fn connect(
    globals: &Globals,
    spec: &Spec,
    board: Arc<Board>,
) -> Result<(ArmClient, Option<Sandbox>), Error> {
    let mut ca_pem = globals.ca_file.as_deref().map(read_file).transpose()?;
    let sandbox = match &globals.sandbox {
        Some(state) => Some(start(state.clone(), globals, spec).await?),
        None => None,
    };
    let (mut auth, mut env) = (globals.auth, std::env::vars().collect::<Env>());
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
        (auth, env) = (AuthMethod::ClientSecret, credentials(ready));
        ca_pem = Some(ready.ca_pem.clone().into_bytes());
    }
    let connection = Connection {
        auth,
        ca_pem,
        deadline: globals.timeout,
        observer: board,
        ..Connection::new(cloud, env)
    };
    let client = ArmClient::connect(connection).map_err(failed)?;
    Ok((client, sandbox))
}

fn failed(error: azure::ArmError) -> Error {
    Error::Failed(error.into())
}

fn read_file(path: &std::path::Path) -> Result<Vec<u8>, Error> {
    std::fs::read(path).map_err(|source| Error::Io {
        action: "read",
        path: path.to_owned(),
        source,
    })
}

async fn start(state_file: Option<PathBuf>, globals: &Globals, spec: &Spec) -> Result<Sandbox, Error> {
    let options = sandbox::Options {
        state_file,
        request_log: globals.request_log.clone(),
        faults: faults(globals)?,
        seed: seed(spec),
        ..sandbox::Options::default()
    };
    let another = "give another state file with --sandbox=FILE, or --sandbox alone for a fresh one";
    sandbox::start(options)
        .await
        .map_err(|error| not_started(&error, Some(another)))
}

/// The faults that `--faults` names.
pub(super) fn faults(globals: &Globals) -> Result<Vec<sandbox::Fault>, Error> {
    let Some(path) = &globals.faults else {
        return Ok(Vec::new());
    };
    sandbox::Fault::load(path).map_err(|error| not_started(&error, None))
}

/// Why there is no sandbox, with `help` or the error's own next step.
pub(super) fn not_started(error: &(impl Diagnostic + 'static), help: Option<&str>) -> Error {
    let mut message = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        message += &format!(": {inner}");
        source = inner.source();
    }
    let own = || error.help().map(|help| help.to_string());
    Error::Failed(Failure {
        code: "SandboxNotStarted".to_owned(),
        message,
        request_id: None,
        help: help.map(str::to_owned).or_else(own),
    })
}

/// Every registry and subnet that the spec names, as Azure makes them.
fn seed(spec: &Spec) -> State {
    let registries = spec.registries.iter();
    let subnets = registries
        .clone()
        .filter_map(|registry| registry.subnets.as_ref())
        .flat_map(|list| &list.value);
    let state = registries.fold(State::empty(), |state, registry| {
        state.with_registry(&registry.id)
    });
    subnets.fold(state, |state, subnet| state.with_subnet(&subnet.id))
}

fn credentials(ready: &sandbox::Ready) -> Env {
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
