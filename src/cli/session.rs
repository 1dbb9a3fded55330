//! What joins a command to the spec, to Azure or the sandbox, and to the terminal.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Runtime;

use super::connect::{connect, prober};
use super::io::context::tell;
use super::io::registry_progress::Board;
use super::io::signals::Signals;
use super::{Context, SpecArgs};
use crate::apply::{self, Report};
use crate::azure::{ArmClient, AuthMethod};
use crate::error::{Error, Exit};
use crate::live::{Live, Probe, Prober, ReadOptions, read_all};
use crate::model::RegistryId;
use crate::plan::{OwnAddress, Plan, Policy, diff};
use crate::render::diagnostic;
use crate::sandbox::Sandbox;
use crate::spec::{self, Spec};

/// A run's connection. Commands are synchronous; what waits for the network waits in here.
pub(crate) struct Session<'a> {
    context: &'a Context,
    runtime: Runtime,
    client: ArmClient,
    board: Arc<Board>,
    prober: Prober,
    /// Kept alive for the length of the run.
    sandbox: Option<Sandbox>,
}

/// Loads a spec. Warnings go to stderr; errors end the run before anything is sent.
pub(crate) fn load(args: &SpecArgs, context: &Context) -> Result<Spec, Error> {
    let (spec, warnings) = check(args)?;
    if !context.globals.quiet && !warnings.is_empty() {
        context.tell(&text(&warnings, context));
    }
    Ok(spec)
}

/// Loads a spec and hands its warnings to the caller.
pub(crate) fn check(args: &SpecArgs) -> Result<(Spec, Vec<spec::Diagnostic>), Error> {
    let loaded = spec::load(&args.specs, args.day())?;
    Ok((loaded.spec, loaded.warnings))
}

/// Diagnostics as they go to stderr.
pub(crate) fn text(diagnostics: &[spec::Diagnostic], context: &Context) -> String {
    diagnostic::text(diagnostics, context.paint.look())
}

impl<'a> Session<'a> {
    /// Connects to Azure, or starts the sandbox with every registry and subnet that the spec names.
    pub(crate) fn open(context: &'a Context, spec: &Spec) -> Result<Self, Error> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .map_err(|source| Error::System {
                action: "start the async runtime",
                source,
            })?;
        let board = Arc::new(Board::new(context.progress.clone()));
        let (client, sandbox) = runtime.block_on(connect(&context.globals, spec, board.clone()))?;
        let prober = prober(&context.globals, sandbox.as_ref())?;
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
            prober,
            sandbox,
        })
    }

    /// Where the registries are; see [`crate::azure::Cloud::environment`].
    pub(crate) fn environment(&self) -> String {
        self.client.cloud().environment()
    }

    /// Reads every registry of the spec and compares.
    pub(crate) fn plan(&self, spec: &Spec, reads: Reads, policy: &Policy) -> (Plan, Live) {
        let parallel = self.context.globals.parallel.into();
        let say = |id: &_, what: &str| self.board.say(id, what);
        let (live, policy) = self.runtime.block_on(async {
            let live = read_all(&self.client, spec, reads.options, parallel, &say).await;
            let policy = if reads.probe {
                self.probed(&live, policy).await
            } else {
                policy.clone()
            };
            (live, policy)
        });
        let plan = diff(spec, &live, &policy);
        self.board.clear();
        (plan, live)
    }

    /// Asks every registry whether this machine gets in. One that says no names the address.
    async fn probed(&self, live: &Live, policy: &Policy) -> Policy {
        let servers = live.registries.iter().filter_map(|(id, reading)| {
            let reading = reading.as_ref().ok()?;
            Some((id, reading.registry.login_server.as_str()))
        });
        let parallel = self.context.globals.parallel.into();
        let say = |id: &_, what: &str| self.board.say(id, what);
        let answers = self.prober.probe_all(servers, parallel, &say).await;
        Policy {
            own: Some(own_address(answers)),
            ..policy.clone()
        }
    }

    /// Applies a plan. `read` is what it was made from; `fresh`, whether no time has passed since.
    pub(crate) fn apply(
        &self,
        plan: &Plan,
        read: Option<&Live>,
        fresh: bool,
        snapshots: &Path,
    ) -> Applied {
        let say = |id: &_, what: &str| self.board.say(id, what);
        let parallel = self.context.globals.parallel.into();
        let created = now();
        let progress = self.context.progress.clone();
        let told = move || progress.suspend(|| tell(INTERRUPTED));
        let (mut report, interrupted) = self.runtime.block_on(async {
            let signals = Signals::watch(told);
            let settle = if self.sandbox.is_some() {
                Duration::ZERO
            } else {
                SETTLE
            };
            let options = apply::ApplyOptions {
                created: &created,
                settle,
                parallel,
                read,
                fresh,
                snapshots,
                cancel: signals.cancel.clone(),
                say: &say,
            };
            let report = apply::apply(&self.client, plan, &options).await;
            (report, signals.received())
        });
        self.board.clear();
        let again = self.context.globals.again();
        let undos = report.registries.iter_mut().filter_map(|r| r.undo.as_mut());
        for command in undos.filter_map(|undo| undo.command.as_mut()) {
            *command += &again;
        }
        Applied { report, interrupted }
    }
}

fn own_address(answers: BTreeMap<RegistryId, Probe>) -> OwnAddress {
    let mut own = OwnAddress::default();
    for (id, answer) in answers {
        match answer {
            Probe::Denied(address) => drop(own.named.insert(address)),
            Probe::Admitted => drop(own.admitted.insert(id)),
            Probe::Unknown(reason) => drop(own.unknown.insert(id, reason)),
        }
    }
    own
}

/// What is read for a plan.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Reads {
    pub(crate) options: ReadOptions,
    /// Ask the registries themselves from which address this machine reaches them.
    pub(crate) probe: bool,
}

/// Said on the first signal, so that nobody sends the second one in doubt about the first.
const INTERRUPTED: &str =
    "interrupted: ends after the step in hand, with a report; interrupt again to stop at once\n";

/// What became of a plan, and the exit code of an interruption, if there was one.
pub(crate) struct Applied {
    pub(crate) report: Report,
    pub(crate) interrupted: Option<Exit>,
}

/// Reads a document that somebody named on the command line. It must be small enough to be one of ours: a plan of
/// 1,000 registries with 100 new rules each has about 40 MB. What is no regular file, such as a pipe, could keep the
/// run waiting.
pub(crate) fn read_document(path: &Path) -> Result<Vec<u8>, Error> {
    const MOST: u64 = 128 * 1024 * 1024;
    let io = |source| Error::File {
        action: "read",
        path: path.to_owned(),
        source,
    };
    let meta = std::fs::metadata(path).map_err(io)?;
    if !meta.is_file() || meta.len() > MOST {
        return Err(io(std::io::Error::other("not a regular file of at most 128 MiB")));
    }
    std::fs::read(path).map_err(io)
}

/// The time of this run, RFC 3339, UTC.
pub(crate) fn now() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Longer than a rival's read and PATCH take: up to 3 s, with a subnet removal up to about 10 s (recorded: azure-cli
/// test_acr_network_rule, 2022-06 and 2023-12).
const SETTLE: Duration = Duration::from_secs(12);
