//! Sessions: one run's connection, for reading, planning and applying.

mod asking;
mod connect;
mod hosts;
mod interruption;
mod leased;
mod local_sandbox;
mod registries;
mod runtime;
mod undo_command;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::runtime::Runtime;

pub(crate) use asking::Asker;
use connect::{Connected, connect};
pub(crate) use connect::{environment, local_address};
use interruption::Interruption;
pub(crate) use interruption::Stage;
#[cfg(unix)]
pub use interruption::ignores_hangup;
use leased::knowing_leases;
pub use local_sandbox::{load_faults, not_started, seed, with_conditions};
pub use runtime::start_runtime;
pub(crate) use undo_command::undo_command;

use super::chosen_rule::chosen_rules;
use super::interface::{Account, Interface, Notice};
use super::options::{PlanOptions, RunOptions, WriteOptions, now, run_id};
use crate::apply::{self, ReadAgain, Report, WaitEffective};
use crate::azure::{ArmClient, AuthMethod};
use crate::error::{Error, Exit};
use crate::live::{Live, Probe, ProgressEvent, ReadOptions, find_registry, read_all};
use crate::model::RegistryId;
use crate::plan::{FailOn, OwnAddress, Plan, Policy, diff};
use crate::probe::Prober;
use crate::run::records::left_records::{LeftRecords, not_kept};
use crate::run::records::recorder::Recorder;
use crate::run::spec_request::LiveChoice;
use crate::spec::Spec;

/// Longer than another writer's read and PATCH take: up to 3 s, with a subnet removal up to about 10 s (recorded:
/// azure-cli test_acr_network_rule, 2022-06 and 2023-12).
const SETTLE: Duration = Duration::from_secs(12);

/// The same for a sandbox on this machine, with reserve for a busy machine.
const LOCAL_SETTLE: Duration = Duration::from_secs(1);

/// The connection of a run. Its functions are synchronous: they wait for the network themselves.
pub(crate) struct Session<'a> {
    options: &'a RunOptions,
    pub(crate) interface: &'a dyn Interface,
    runtime: Runtime,
    connected: Connected,
    interruption: Interruption,
}

/// The inputs of planning beside the spec and the registries.
#[derive(Clone, Debug, Default)]
pub(crate) struct Planning {
    pub(crate) policy: Policy,
    pub(crate) read: ReadOptions,
    /// Ask the registries which address of this machine they see.
    pub(crate) probe: bool,
    /// Folder of the records of earlier runs; `None` for the default.
    pub(crate) snapshots: Option<PathBuf>,
}

impl Planning {
    /// Returns the inputs for a plan of a spec that is made now.
    ///
    /// # Errors
    /// `--only-change` has a name that the spec does not have.
    pub(crate) fn of(options: &PlanOptions, spec: &Spec) -> Result<Self, Error> {
        let mut planning = Self::with(options);
        planning.policy.only_change = chosen_rules(&options.only_change, &spec.names)?;
        Ok(planning)
    }

    /// Returns the inputs for a plan that leaves nothing out.
    pub(crate) fn with(options: &PlanOptions) -> Self {
        Self {
            policy: options.policy(),
            read: options.read_options(),
            probe: options.protect_own_address,
            snapshots: options.snapshots.clone(),
        }
    }
}

/// The report of an apply, and the exit that a signal asks for, if one came.
pub struct Applied {
    pub report: Report,
    pub(crate) interrupted: Option<Exit>,
}

impl<'a> Session<'a> {
    /// Connects to Azure, or starts the sandbox with every registry and subnet that the spec names.
    pub(crate) fn open(
        options: &'a RunOptions,
        interface: &'a dyn Interface,
        spec: &Spec,
    ) -> Result<Self, Error> {
        let interruption = Interruption::watch(interface.interruption_notice());
        Self::open_watched(options, interface, spec, interruption)
    }

    /// Connects, as [`Self::open`] does, for a run that watches for signals already.
    fn open_watched(
        options: &'a RunOptions,
        interface: &'a dyn Interface,
        spec: &Spec,
        interruption: Interruption,
    ) -> Result<Self, Error> {
        let runtime = start_runtime()?;
        let connected = runtime.block_on(connect(options, spec, interface.observer()))?;
        if let Some(sandbox) = &connected.sandbox {
            interface.notify(&Notice::Sandbox(&sandbox.ready().arm));
        // A method that the user chose needs no notice.
        } else if options.auth == AuthMethod::Auto {
            let picked = connected.client.picked();
            interface.notify(&Notice::SignIn {
                method: picked.method,
                why: &picked.why,
            });
        }
        Ok(Self {
            options,
            interface,
            runtime,
            connected,
            interruption,
        })
    }

    /// Returns the name of the place where the registries are; see [`crate::azure::Cloud::environment`].
    pub(crate) fn environment(&self) -> String {
        self.connected.client.cloud().environment()
    }

    /// Asks whether to write this plan.
    pub(crate) fn confirm(&self, plan: &Plan) -> Result<(), Error> {
        let client = &self.connected.client;
        let cloud = client.cloud();
        let account = Account {
            cloud: match cloud.is_here() {
                true => "sandbox".to_owned(),
                false => cloud.name.clone(),
            },
            identity: self.runtime.block_on(client.identity()),
        };
        self.interruption.set_stage(Stage::Asking);
        self.interface.confirm(plan, &account)
    }

    /// Reads every registry of the spec and compares.
    ///
    /// # Errors
    /// The choice of the spec has a tag that no registry has.
    pub(crate) fn plan(&self, spec: &Spec, planning: &Planning) -> Result<(Plan, Live), Error> {
        let (live, mut policy) = self.runtime.block_on(self.read(spec, planning))?;
        policy.service_flags = self.options.same_service_flags();
        let knowing = knowing_leases(spec, &live, jiff::Timestamp::now());
        let plan = diff(knowing.as_ref().unwrap_or(spec), &live, &policy);
        self.interface.end_progress();
        Ok((plan, live))
    }

    /// Checks the choice by live state, and tells the user how many registries it has left.
    fn announce(&self, watch: &LiveChoice<'_>, spec: &Spec, live: &Live) -> Result<(), Error> {
        // What could not be read may fit.
        if live.registries.values().all(Result::is_ok) {
            watch.check()?;
        }
        let (chosen, all) = (live.registries.len(), spec.registries.len());
        if chosen < all {
            self.interface.notify(&Notice::Selected { chosen, all });
        }
        Ok(())
    }

    /// Reads every registry of the spec.
    ///
    /// # Errors
    /// As for [`Self::plan`].
    pub(crate) fn live(&self, spec: &Spec, read: ReadOptions) -> Result<Live, Error> {
        let planning = Planning {
            read,
            ..Planning::default()
        };
        let read = self.runtime.block_on(self.read(spec, &planning));
        self.interface.end_progress();
        Ok(read?.0)
    }

    /// Finds the registry with this name.
    pub(crate) fn find_registry(
        &self,
        name: &str,
        subscription: Option<&str>,
    ) -> Result<RegistryId, Error> {
        let found = find_registry(&self.connected.client, name, subscription);
        self.runtime.block_on(found).map_err(Error::Failed)
    }

    /// Reads the registries, and asks them for the address of this machine where the plan protects it.
    async fn read(&self, spec: &Spec, planning: &Planning) -> Result<(Live, Policy), Error> {
        let parallel = self.options.parallel;
        let say = self.progress();
        let mut policy = planning.policy.clone();
        let mut options = planning.read;
        // A service endpoint that somebody turned off is drift too.
        options.all_subnets |= policy.fail_on.contains(&FailOn::Drift);
        let client = &self.connected.client;
        let choice = LiveChoice::new(&spec.choice);
        let live = read_all(client, spec, options, parallel, &choice, &say).await;
        self.announce(&choice, spec, &live)?;
        if planning.probe {
            // A registry that could not be read has no known login server.
            let mut servers = Vec::new();
            for (id, reading) in &live.registries {
                if let Ok(reading) = reading {
                    servers.push((id, reading.registry.login_server.as_str()));
                }
            }
            let prober = &self.connected.prober;
            let answers = prober.probe_all(servers, parallel, &say).await;
            policy.own = Some(own_address(answers));
        }
        if policy.fail_on.contains(&FailOn::Drift) {
            policy.left = self.records(planning.snapshots.as_deref()).read(spec);
        }
        Ok((live, policy))
    }

    /// Returns the records of what runs left, in the folder that the user has named or the default.
    fn records(&self, folder: Option<&Path>) -> LeftRecords {
        LeftRecords {
            folder: self.options.snapshot_folder(folder),
            environment: self.environment(),
        }
    }

    /// Keeps records of what the run left. Without them only a later `--fail-on drift` cannot judge.
    fn keep_records(&self, plan: &Plan, report: &Report, recorder: &Recorder<'_>) {
        // A run that wrote nothing may be in a folder that it must not write either.
        if let Err(error) = self.runtime.block_on(recorder.end(plan, report))
            && report.summary.written
            && let Some(records) = &recorder.records
        {
            self.interface.complain(&not_kept(&records.folder, error));
        }
    }

    /// Keeps what a run wrote that has no snapshot, so that `last` is this run and not an older one.
    fn keep_trace(&self, report: &Report, snapshots: &Path) {
        let has_snapshot = report.registries.iter().any(|registry| registry.undo.is_some());
        if has_snapshot || report.beside.is_empty() || self.options.forgets() {
            return;
        }
        let folder = snapshots.join(&report.run);
        let kept = apply::save_private(&report.beside, &folder, apply::BESIDE_FILE);
        if let Err(error) = self.runtime.block_on(kept) {
            self.interface.complain(&not_kept(&folder, error));
        }
    }

    /// Applies a plan. `read` is the state that it was made from, and `read_again` is the part of it that may be old. A
    /// saved plan has no such state; it is applied as a whole unless `partial` is asked for.
    pub(crate) fn apply(
        &self,
        plan: &Plan,
        read: Option<&Live>,
        read_again: ReadAgain,
        write: &WriteOptions,
    ) -> Applied {
        let (created, run) = (now(), run_id());
        let snapshots = write.snapshot_folder(self.options);
        let say = self.progress();
        let records = match self.options.forgets() || !write.record {
            true => None,
            false => Some(self.records(write.snapshots.as_deref())),
        };
        let recorder = Recorder::new(records, &created, &run);
        let settle = self.settle();
        // Reading may end at once. From here on, a signal lets the current step end.
        self.interruption.set_stage(Stage::Writing {
            snapshots: snapshots.join(&run),
        });
        let (mut report, interrupted) = self.runtime.block_on(async {
            let options = apply::ApplyOptions {
                created: &created,
                settle,
                parallel: self.options.parallel,
                read,
                read_again,
                all_or_nothing: read.is_none() && !write.partial,
                proof: write.proof,
                run: &run,
                snapshots: &snapshots,
                effective: self.effective(write),
                cancel: self.interruption.cancel.clone(),
                abandon: self.interruption.abandon.clone(),
                service_flags: &self.options.same_service_flags(),
                begin: &recorder,
                say: &say,
            };
            let report = apply::apply(&self.connected.client, plan, &options).await;
            (report, self.interruption.received())
        });
        self.interface.end_progress();
        report.sandbox = self.options.sandbox_name();
        report.undo = undo_command(&report, write, self.options);
        self.keep_records(plan, &report, &recorder);
        self.keep_trace(&report, &snapshots);
        Applied { report, interrupted }
    }

    /// Returns how to wait for the registries, if asked for.
    fn effective(&self, write: &WriteOptions) -> Option<WaitEffective<'_>> {
        let prober = &self.connected.prober;
        write.wait_effective.map(|limit| WaitEffective {
            prober,
            limit,
            own_address: write.own_address,
        })
    }

    /// Runs work on the runtime of the session.
    pub(crate) fn block_on<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    pub(crate) fn client(&self) -> &ArmClient {
        &self.connected.client
    }

    pub(crate) fn prober(&self) -> &Prober {
        &self.connected.prober
    }

    pub(crate) fn interruption(&self) -> &Interruption {
        &self.interruption
    }

    /// Returns the time in which a rival that has read finishes its write.
    pub(crate) fn settle(&self) -> Duration {
        match (&self.connected.sandbox, self.connected.prober.at) {
            // The sandbox of this run has no other writers.
            (Some(_), _) => Duration::ZERO,
            // One on this machine answers within milliseconds.
            (None, Some(_)) => LOCAL_SETTLE,
            (None, None) => SETTLE,
        }
    }

    /// Returns the function that shows progress.
    fn progress(&self) -> impl Fn(ProgressEvent<'_>) + Sync {
        |event| self.interface.progress(event)
    }
}

/// Sorts the answers of the registries by kind. A registry that refuses this machine names its address.
fn own_address(answers: BTreeMap<RegistryId, Probe>) -> OwnAddress {
    let mut own = OwnAddress::default();
    for (id, answer) in answers {
        match answer {
            Probe::Denied(address) => {
                own.named.insert(address);
            }
            Probe::Admitted => {
                own.admitted.insert(id);
            }
            Probe::Unknown(reason) => {
                own.unknown.insert(id, reason);
            }
        }
    }
    own
}
