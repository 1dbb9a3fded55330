//! Planning: a spec and the live state, compared.

use std::path::PathBuf;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::interface::{Interface, Notice};
use super::options::{PlanOptions, RunOptions};
use super::session::{Planning, Session};
use crate::error::Error;
use crate::plan::Plan;
use crate::spec::{self, Loaded, Spec};

/// Returns the current day, UTC: a pipeline and a laptop must expire the same rules, wherever they are.
pub fn today() -> Date {
    jiff::Timestamp::now().to_zoned(TimeZone::UTC).date()
}

/// Loads a spec and tells the user of its warnings. `day` decides which rules have expired.
///
/// # Errors
/// Everything that is wrong with the spec.
pub fn load_spec(paths: &[PathBuf], day: Date, interface: &dyn Interface) -> Result<Spec, Error> {
    Ok(announced(spec::load(paths, day)?, interface))
}

/// Tells the user of the warnings of a spec.
pub(crate) fn announced(loaded: Loaded, interface: &dyn Interface) -> Spec {
    if !loaded.warnings.is_empty() {
        interface.notify(&Notice::Warnings(&loaded.warnings));
    }
    loaded.spec
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
    let session = Session::open(options, interface, spec)?;
    let (plan, _) = session.plan(spec, &Planning::with(plan_options));
    Ok(plan)
}
