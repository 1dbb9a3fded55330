//! The pipeline of everything that writes: read, plan, show, ask, apply, report.

use super::interface::Interface;
use super::options::WriteOptions;
use super::reports::exit_of_apply;
use super::saved_plan::SavedPlan;
use super::session::{Applied, Planning, Session};
use crate::apply::ReadAgain;
use crate::error::{Error, Exit, RunRefusal};
use crate::live::Live;
use crate::plan::{Plan, Policy, diff};
use crate::spec::Spec;

/// The plan to apply, before it is made.
pub(crate) enum Candidate {
    /// A plan that is made now, and applied if it passes the check.
    New {
        planning: Planning,
        check: PlanCondition,
    },
    /// A saved plan, applied as it was reviewed.
    Saved(Plan),
}

/// The condition that a new plan must meet.
pub(crate) enum PlanCondition {
    None,
    /// The plan has this checksum. `flags` are those of this run that the checksum covers.
    Checksum {
        wanted: String,
        flags: Vec<&'static str>,
    },
    /// The plan has the changes and the terms of the saved one.
    SameAs(Box<SavedPlan>),
}

/// A plan, the state that it was made from if that was read just now, and the reason not to apply it.
struct Planned {
    plan: Plan,
    live: Option<Live>,
    refusal: Option<RunRefusal>,
}

/// Reads, plans, shows, asks and applies. The caller shows the report.
pub(crate) fn run_to_report(
    session: &Session<'_>,
    spec: &Spec,
    candidate: Candidate,
    write: &WriteOptions,
) -> Result<Applied, Error> {
    let interface = session.interface;
    // Read and plan. A plan that must not be applied is shown all the same.
    let Planned { plan, live, refusal } = candidate.plan(session, spec)?;
    if let Some(refusal) = refusal {
        interface.show_plan(&plan, false)?;
        return Err(refusal.into());
    }
    // Show and ask.
    let asks = plan.writes() && !write.yes;
    interface.show_plan(&plan, asks)?;
    if asks {
        session.confirm(&plan)?;
    }
    // Apply. Asking, probing and reading other registries take time, in which a registry may change.
    let alone = plan.registries.len() + plan.failures.len() == 1;
    let read_again = match &live {
        Some(_) if asks => ReadAgain::All,
        Some(_) if alone && !plan.guards.probed => ReadAgain::Nothing,
        Some(_) => ReadAgain::Registries,
        None => ReadAgain::All,
    };
    Ok(session.apply(&plan, live.as_ref(), read_again, write))
}

impl Applied {
    /// Returns true if everything is as wanted.
    pub(crate) fn is_done(&self) -> bool {
        exit_of_apply(&self.report.summary) == Exit::Done
    }

    /// Returns the exit of the run, whose report was `shown` or could not be written.
    ///
    /// # Errors
    /// The report could not be written, and it is about no change.
    pub fn exit(&self, shown: Result<(), Error>, interface: &dyn Interface) -> Result<Exit, Error> {
        match shown {
            Ok(()) => Ok(self
                .interrupted
                .unwrap_or_else(|| exit_of_apply(&self.report.summary))),
            // The report is lost, but not the changes that it is about.
            Err(error) if self.report.summary.written => {
                interface.lose_report(&self.report, &error);
                Ok(self.interrupted.unwrap_or(Exit::Partial))
            }
            Err(error) => Err(error),
        }
    }
}

impl Candidate {
    /// Makes the plan, and checks it.
    fn plan(self, session: &Session<'_>, spec: &Spec) -> Result<Planned, Error> {
        let (planning, check) = match self {
            Self::New { planning, check } => (planning, check),
            // It was read when it was made; the apply reads each registry again.
            Self::Saved(plan) => {
                return Ok(Planned {
                    plan,
                    live: None,
                    refusal: None,
                });
            }
        };
        let (plan, live) = session.plan(spec, &planning)?;
        let (plan, refusal) = match check {
            PlanCondition::None => (plan, None),
            PlanCondition::Checksum { wanted, .. } if plan.checksum == wanted => (plan, None),
            PlanCondition::Checksum { wanted, flags } => {
                // A reviewer may have planned without the flags of this run.
                let bare = Policy {
                    created: planning.policy.created,
                    ..Policy::default()
                };
                let by_flags = !flags.is_empty() && diff(spec, &live, &bare).checksum == wanted;
                let refusal = other_checksum(&plan, wanted, flags, by_flags);
                (plan, Some(refusal))
            }
            PlanCondition::SameAs(saved) => {
                // Refusals come first: they are part of the plan that is shown.
                let plan = saved.carry_refusals_into(plan);
                let refusal = saved.difference(&plan);
                (plan, refusal)
            }
        };
        Ok(Planned {
            plan,
            live: Some(live),
            refusal,
        })
    }
}

/// Tells a plan that differs only by the flags of this run from one that has changed.
fn other_checksum(plan: &Plan, wanted: String, flags: Vec<&'static str>, by_flags: bool) -> RunRefusal {
    if by_flags {
        return RunRefusal::FlagsDiffer { flags };
    }
    let found = plan.checksum.clone();
    RunRefusal::ChecksumDiffers { found, wanted }
}
