//! Planning: a spec and the live state, compared.

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::interface::Interface;
use super::options::{PlanOptions, RunOptions};
use super::session::{Planning, Session};
use crate::audit::{self, Audit};
use crate::error::Error;
use crate::plan::Plan;
use crate::spec::Spec;

/// Returns the current day, UTC: a pipeline and a laptop must expire the same rules, wherever they are.
pub fn today() -> Date {
    jiff::Timestamp::now().to_zoned(TimeZone::UTC).date()
}

/// Reads every registry of the spec and returns its plan. A registry that cannot be read is a failure in the plan.
///
/// # Errors
/// There is no connection to Azure, or the sandbox does not start.
pub fn plan(
    spec: &Spec,
    plan_options: &PlanOptions,
    options: &RunOptions,
    interface: &dyn Interface,
) -> Result<Plan, Error> {
    let planning = Planning::of(plan_options, spec)?;
    let session = Session::open(options, interface, spec)?;
    let (plan, _) = session.plan(spec, &planning);
    Ok(plan)
}

/// Reads every registry of the spec, and returns what differs from it, what killed jobs left open, and leases that cannot be read.
///
/// # Errors
/// As for [`plan`].
pub fn audit(
    spec: &Spec,
    plan_options: &PlanOptions,
    options: &RunOptions,
    interface: &dyn Interface,
) -> Result<Audit, Error> {
    let planning = Planning::of(plan_options, spec)?;
    let session = Session::open(options, interface, spec)?;
    let (plan, live) = session.plan(spec, &planning);
    let mut audit = audit::audit(&plan);
    audit.add_left_leases(&live, jiff::Timestamp::now(), &options.same_service_flags());
    Ok(audit)
}
