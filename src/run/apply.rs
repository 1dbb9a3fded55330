//! Applying a spec, or a plan that was reviewed.

use std::path::{Path, PathBuf};

use super::interface::Interface;
use super::options::{PlanOptions, RunOptions, WriteOptions};
use super::pipeline::{self, Candidate, PlanCondition};
use super::plan::today;
use super::resume::leave_out_done;
use super::saved_plan::SavedPlan;
use super::session::{Planning, Session, undo_command};
use super::spec_request::SpecRequest;
use crate::error::{Error, Exit};
use crate::spec::Spec;

/// An apply, as the user asks for it.
#[derive(Clone, Debug)]
pub struct ApplyRequest {
    /// The spec. A saved plan needs none.
    pub spec: Option<SpecRequest>,
    /// The report of an earlier run, to go on from.
    pub resume: Option<PathBuf>,
    /// The plan that was reviewed, if there was a review.
    pub reviewed: Reviewed,
    /// The limits of this run.
    pub plan: PlanOptions,
    /// The way in which the plan is written.
    pub write: WriteOptions,
}

/// The plan that a person has reviewed.
#[derive(Clone, Debug)]
pub enum Reviewed {
    /// None: the plan is made now.
    None,
    /// The plan with this checksum.
    Checksum(String),
    /// The plan in this file.
    File(PathBuf),
    /// The plan in this file. A new plan with the same changes takes its place, so it may be stale.
    Rebase(PathBuf),
}

impl ApplyRequest {
    /// Loads the spec, which a new plan needs.
    fn load(&self, interface: &dyn Interface) -> Result<Spec, Error> {
        match &self.spec {
            Some(spec) => spec.load(interface),
            None => Err(Error::usage("a new plan needs a spec", "name a file or a folder")),
        }
    }
}

/// Plans and applies a spec, or applies a plan that was reviewed.
///
/// # Errors
/// Nothing was written: the spec is invalid, there is no connection, the plan is not the reviewed one, or the user did
/// not confirm. Failures of registries are in the report and in the returned exit.
pub fn apply(
    request: &ApplyRequest,
    options: &RunOptions,
    interface: &dyn Interface,
) -> Result<Exit, Error> {
    let (mut spec, candidate) = match &request.reviewed {
        Reviewed::None => new_plan(request, PlanCondition::None, interface)?,
        Reviewed::Checksum(wanted) => {
            let check = PlanCondition::Checksum {
                wanted: wanted.clone(),
                flags: request.plan.given_flags(),
            };
            new_plan(request, check, interface)?
        }
        Reviewed::File(file) => saved_plan(request, file, interface)?,
        Reviewed::Rebase(file) => rebased_plan(request, file, interface)?,
    };
    let resumed = match &request.resume {
        Some(report) => Some(leave_out_done(&mut spec, report, options, interface)?),
        None => None,
    };
    let session = Session::open(options, interface, &spec)?;
    if let Some(resumed) = &resumed {
        resumed.check_place(&session.environment(), options.sandbox_name())?;
    }
    let mut applied = pipeline::run_to_report(&session, &spec, candidate, &request.write)?;
    if request.spec.is_some() {
        applied.report.add_fingerprints(&spec);
    }
    if let Some(resumed) = resumed {
        applied.report.add_earlier(resumed.earlier);
        applied.report.undo = undo_command(&applied.report, &request.write, options);
    }
    let shown = interface.show_report(&applied.report);
    applied.exit(shown, interface)
}

/// Loads the spec, for a plan that is made now.
fn new_plan(
    request: &ApplyRequest,
    check: PlanCondition,
    interface: &dyn Interface,
) -> Result<(Spec, Candidate), Error> {
    let spec = request.load(interface)?;
    let planning = Planning::of(&request.plan, &spec)?;
    Ok((spec, Candidate::New { planning, check }))
}

const PLAN_HAS_THEM: &str = "a saved plan is compared with the spec before any is read";

/// Reads a saved plan, which is applied as it is. With a spec, it must be a plan of the spec's registries.
fn saved_plan(
    request: &ApplyRequest,
    file: &Path,
    interface: &dyn Interface,
) -> Result<(Spec, Candidate), Error> {
    // Check the flags before the file: a mistake in them needs no look at it.
    SavedPlan::check_flags(&request.plan, false)?;
    let saved = SavedPlan::read(file)?;
    let spec = match &request.spec {
        None => saved.registries(),
        Some(spec) => {
            spec.check_offline(PLAN_HAS_THEM)?;
            let spec = spec.load(interface)?;
            saved.check_registries(&spec)?;
            spec
        }
    };
    let day = request.spec.as_ref().map_or_else(today, |spec| spec.day);
    Ok((spec, Candidate::Saved(saved.into_plan(day))))
}

/// Reads a saved plan and loads the spec, for a new plan with the same changes.
fn rebased_plan(
    request: &ApplyRequest,
    file: &Path,
    interface: &dyn Interface,
) -> Result<(Spec, Candidate), Error> {
    SavedPlan::check_flags(&request.plan, true)?;
    let saved = SavedPlan::read(file)?;
    if let Some(spec) = &request.spec {
        spec.check_offline(PLAN_HAS_THEM)?;
    }
    let spec = request.load(interface)?;
    saved.check_registries(&spec)?;
    let planning = saved.planning(&request.plan);
    // The saved plan stays at hand: the new one is compared with it.
    let check = PlanCondition::SameAs(Box::new(saved));
    Ok((spec, Candidate::New { planning, check }))
}
