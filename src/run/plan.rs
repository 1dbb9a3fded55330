//! Planning: a spec and the live state, compared.

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::callers::{CallerSource, OpenCallerSource};
use super::interface::Interface;
use super::options::{PlanOptions, RunOptions};
use super::resume::Resumed;
use super::session::{Planning, Session};
use crate::error::Error;
use crate::live::Live;
use crate::live::surroundings::{login_events_in_words, read_login_logging};
use crate::plan::{Impact, Plan};
use crate::spec::Spec;

/// Returns the current day, UTC: a pipeline and a laptop must expire the same rules, wherever they are.
pub fn today() -> Date {
    jiff::Timestamp::now().to_zoned(TimeZone::UTC).date()
}

/// Reads every registry of the spec and returns its plan. A registry that cannot be read is a failure in the plan. `resumed` is
/// the earlier run whose registries the spec leaves out.
///
/// # Errors
/// There is no connection to Azure, the sandbox does not start, the callers that were asked for cannot be read, or the
/// earlier run was in another place.
pub fn plan(
    spec: &Spec,
    plan_options: &PlanOptions,
    callers: Option<&CallerSource>,
    resumed: Option<&Resumed>,
    options: &RunOptions,
    interface: &dyn Interface,
) -> Result<Plan, Error> {
    let planning = Planning::of(plan_options, spec)?;
    // A file that cannot be read is an error before anything is asked.
    let callers = callers.map(CallerSource::open).transpose()?;
    let session = Session::open(options, interface, spec)?;
    if let Some(resumed) = resumed {
        resumed.check_place(&session.environment(), options.sandbox_name())?;
    }
    let (mut plan, live) = session.plan(spec, &planning)?;
    if let Some(callers) = callers {
        plan.impacts = impacts(&plan, &live, spec, &callers, &session)?;
    }
    Ok(plan)
}

/// Returns the callers of each registry, and what the plan means for them.
fn impacts(
    plan: &Plan,
    live: &Live,
    spec: &Spec,
    source: &OpenCallerSource,
    session: &Session<'_>,
) -> Result<Vec<Impact>, Error> {
    let mut impacts = Vec::new();
    for registry in &plan.registries {
        let Some(Ok(reading)) = live.registries.get(&registry.id) else {
            continue;
        };
        let callers = session
            .block_on(source.read(session.client(), &reading.registry))
            .map_err(Error::Failed)?;
        // Without any event, it matters whether the registry sends some.
        let events = match callers.is_empty() {
            true => {
                let logging = read_login_logging(session.client(), &registry.id);
                Some(login_events_in_words(&session.block_on(logging)))
            }
            false => None,
        };
        impacts.push(Impact {
            registry: registry.id.clone(),
            from: source.in_words(),
            days: source.days(),
            callers: registry.caller_impacts(&callers, &spec.names),
            events,
        });
    }
    Ok(impacts)
}
