//! Restores: back to Azure's default, or back to the state of a snapshot.

pub(crate) mod earlier;
mod source;
mod target;
mod unwritten;

use std::collections::BTreeSet;
use std::path::PathBuf;

use earlier::{EarlierStates, Extent};
pub use target::RestoreTarget;

use super::interface::Interface;
use super::options::{PlanOptions, RunOptions, WriteOptions};
use super::pipeline::{self, Candidate, PlanCondition};
use super::session::{Planning, Session};
use super::spec_request::SpecRequest;
use crate::apply::RunCommand;
use crate::error::{Error, Exit};
use crate::model::{DefaultAction, PublicNetworkAccess, RegistryId, Setting};
use crate::spec::{Guardrails, RegistrySpec, Spec};

/// Opens registries: every rule out, default action `Allow`, public access enabled. `names` are the targets as the user
/// gave them, for the plan.
///
/// # Errors
/// As for [`super::apply`].
pub fn restore_default_access(
    targets: &[RestoreTarget],
    names: &[String],
    plan: &PlanOptions,
    write: &WriteOptions,
    options: &RunOptions,
    interface: &dyn Interface,
) -> Result<Exit, Error> {
    // Collect the registries; a spec stands for all of its own.
    let mut ids = Vec::new();
    let mut protected = BTreeSet::new();
    for target in targets {
        match target {
            RestoreTarget::Registry(id) => ids.push(id.clone()),
            RestoreTarget::Spec(path) => {
                let request = SpecRequest::of_files(vec![path.clone()]);
                let spec = request.load_without_expect(interface)?;
                for registry in spec.registries {
                    if registry.protect {
                        protected.insert(registry.id.clone());
                    }
                    ids.push(registry.id);
                }
            }
        }
    }
    let mut spec = open_access(names.to_vec(), ids);
    // A spec that protects a registry does so here too; its `expect` is about the wanted state.
    for registry in &mut spec.registries {
        registry.protect = protected.contains(&registry.id);
    }
    let planning = Planning::with(plan);
    let session = Session::open(options, interface, &spec)?;
    restore(&session, &spec, planning, write, None)
}

/// Returns a spec that wants every rule out, the default action `Allow` and public access enabled, and nothing else:
/// the steps of container-registry-vnet, "Restore default registry access".
///
/// No guard on removals applies: a restore is meant to remove every rule, and no client loses access by it.
pub fn open_access(files: Vec<String>, ids: impl IntoIterator<Item = RegistryId>) -> Spec {
    let mut registries: Vec<RegistrySpec> = ids.into_iter().map(open_registry).collect();
    // A target and a spec may name the same registry.
    registries.sort_by(|a, b| a.id.cmp(&b.id));
    registries.dedup_by(|a, b| a.id == b.id);
    Spec {
        files,
        registries,
        ..Spec::default()
    }
}

fn open_registry(id: RegistryId) -> RegistrySpec {
    let mut spec = RegistrySpec::unmanaged(id);
    let settings = &mut spec.settings;
    settings.want_unsourced(Setting::PublicNetworkAccess, PublicNetworkAccess::Enabled);
    settings.want_unsourced(Setting::DefaultAction, DefaultAction::Allow);
    for list in Setting::lists() {
        settings.want_unsourced(list, Vec::new());
    }
    // Rules that the api-version hides do not stop an opening.
    spec.restore_hints.opens = true;
    // No limit on removals, and no limit on the width of what is opened.
    spec.guardrails = Guardrails {
        max_removals: None,
        max_removal_percent: None,
        widest_rule: 0,
    };
    spec
}

/// Restores the states before runs, through the normal plan, guards and verification. A source is `last`, the id of a
/// run, the JSON report of a run, or a snapshot.
///
/// # Errors
/// As for [`super::apply`]; also a file that is not a usable snapshot, two snapshots of one registry, and a snapshot of
/// another cloud.
pub fn restore_snapshots(
    sources: &[PathBuf],
    plan: &PlanOptions,
    write: &WriteOptions,
    options: &RunOptions,
    interface: &dyn Interface,
) -> Result<Exit, Error> {
    let earlier = EarlierStates::read(sources, &write.snapshot_folder(options), Extent::Restore)?;
    // Connect, and compare the place: the same id can exist in Azure and in the sandbox.
    let session = Session::open(options, interface, &earlier.spec)?;
    earlier.check_place(&session.environment())?;
    let planning = Planning::with(plan);
    restore(&session, &earlier.spec, planning, write, earlier.last)
}

/// Applies the spec of a restore and reports. `last` is the run that the user named so.
fn restore(
    session: &Session<'_>,
    spec: &Spec,
    planning: Planning,
    write: &WriteOptions,
    last: Option<String>,
) -> Result<Exit, Error> {
    let check = PlanCondition::None;
    let candidate = Candidate::New { planning, check };
    let mut applied = pipeline::run_to_report(session, spec, candidate, write)?;
    applied.report.command = RunCommand::Restore;
    applied.report.last = last;
    let shown = session.interface.show_report(&applied.report);
    applied.exit(shown, session.interface)
}
