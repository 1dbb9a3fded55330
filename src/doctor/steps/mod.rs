//! Steps about what stands around the registry, as far as a flag asked for it.

mod network;
mod service;
mod signs;
mod status;
mod step;
mod subnet;

use jiff::Timestamp;

use super::facts::{Observations, Surroundings};

use super::types::RungStatus::{Failed, Passed, Skipped};
use super::types::{Fact, Rung};
use crate::explain;
use crate::live::surroundings::{LoginLogging, login_events_in_words};
use crate::model::Failure;
use crate::plan::impacts_of_deny;
pub(super) use signs::{blame, excuse, is_named};
pub(super) use status::unread;
pub(crate) use step::Step;

/// Returns the steps of every flag that was given.
pub(super) fn steps(facts: &Observations) -> Vec<Rung> {
    let around = &facts.surroundings;
    let mut rungs = Vec::new();
    if let Some(network) = &around.network {
        rungs.extend(network::steps(facts, network));
    }
    if let Some(subnet) = &around.subnet {
        rungs.extend(subnet::steps(facts, subnet));
    }
    if let Some(service) = &around.service {
        rungs.extend(service::steps(facts, service));
    }
    if let Some(logging) = &around.logging {
        rungs.push(login_events(logging));
    }
    if let Some(Err(failure)) = &around.locks {
        rungs.push(unread(Step::Locks, failure));
    }
    rungs.extend(callers(around, facts.now));
    rungs.extend(under_deny(facts));
    rungs
}

fn login_events(logging: &Result<Vec<LoginLogging>, Failure>) -> Rung {
    let settings = match logging {
        Ok(settings) => settings,
        Err(failure) => return unread(Step::LoginEvents, failure),
    };
    let mut sending = settings.iter().filter(|setting| setting.sends_logins);
    let status = match sending.any(|setting| !setting.destinations.is_empty()) {
        true => Passed,
        false => Skipped,
    };
    Rung::new(Step::LoginEvents, status, login_events_in_words(logging))
}

fn callers(around: &Surroundings, now: Timestamp) -> Option<Rung> {
    let asked = around.callers.as_ref()?;
    let callers = match &asked.callers {
        Ok(callers) => callers,
        Err(failure) => return Some(unread(Step::Callers, failure)),
    };
    // Without any event of this registry, nothing is known of its callers.
    if callers.is_empty() {
        let result = format!("no events of this registry in {}: nothing is judged", asked.from);
        return Some(Rung::new(Step::Callers, Skipped, result));
    }
    let refused = asked.refused();
    let mut result = format!(
        "{} in {}, {} of them refused",
        callers.len(),
        asked.from,
        refused.len()
    );
    if let Some(last) = refused.iter().filter_map(|caller| caller.last_refused).max() {
        result += &format!(", last {last}");
    }
    // A refusal of long ago is not judged.
    let status = match (refused.is_empty(), asked.has_recent(now)) {
        (true, _) => Passed,
        (false, true) => Failed,
        (false, false) => Skipped,
    };
    Some(Rung::new(Step::Callers, status, result))
}

/// Callers that a step names; the facts have all.
const MOST_NAMED: usize = 5;

/// Returns the callers that Deny with today's rules would cut off. Under Deny already, there are none to tell.
fn under_deny(facts: &Observations) -> Option<Rung> {
    let callers = facts.surroundings.callers.as_ref()?.callers.as_ref().ok()?;
    let reading = facts.reading()?;
    let access = explain::Facts::live(reading).access;
    if !access.admits_everyone() || callers.is_empty() {
        return None;
    }
    let (mut names, mut seen, mut unknown) = (Vec::new(), Vec::new(), 0);
    for caller in impacts_of_deny(&reading.registry.id, &access, callers) {
        unknown += usize::from(caller.is_unknown());
        if caller.loses() {
            let name = format!("{} {}", caller.address, caller.identity);
            let admit = caller.admit.unwrap_or_default();
            seen.push(Fact::new(&name, format!("{} requests; {admit}", caller.events)));
            names.push(name);
        }
    }
    let lost = names.len();
    names.truncate(MOST_NAMED);
    let result = match lost {
        0 => "cuts off none of the callers that can be judged".to_owned(),
        lost => format!(
            "cuts off {lost} of {} callers: {}",
            callers.len(),
            names.join(", ")
        ),
    };
    let result = match unknown {
        0 => result,
        unknown => format!("{result}; {unknown} not judged: a private, masked or IPv6 address"),
    };
    Some(Rung::new(Step::PlannedDeny, Skipped, result).with(seen))
}
