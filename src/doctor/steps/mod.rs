//! Steps about what stands around the registry, as far as a flag asked for it.

mod network;
mod service;
mod subnet;

use super::facts::{Observations, Surroundings};
use super::types::RungStatus::{Failed, Passed, Skipped};
use super::types::{Fact, Rung, RungStatus};
use crate::live::surroundings::{LogDestination, LoginLogging};
use crate::model::Failure;

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
    rungs.extend(callers(around));
    rungs
}

fn status_of(holds: bool) -> RungStatus {
    if holds { Passed } else { Failed }
}

/// Returns a step that could not be judged, because something could not be read.
fn unread(name: &str, failure: &Failure) -> Rung {
    Rung::new(name, Skipped, &failure.message).with([Fact::new("code", &failure.code)])
}

fn login_events(logging: &Result<Vec<LoginLogging>, Failure>) -> Rung {
    let settings = match logging {
        Ok(settings) => settings,
        Err(failure) => return unread("login events", failure),
    };
    let mut places = Vec::new();
    for setting in settings.iter().filter(|setting| setting.sends_logins) {
        for place in &setting.destinations {
            places.push(match place {
                LogDestination::Workspace(id) => format!("workspace {id}"),
                LogDestination::Storage(id) => format!("storage account {}", id.name()),
                LogDestination::EventHub => "an event hub".to_owned(),
            });
        }
    }
    match places.is_empty() {
        true => Rung::new(
            "login events",
            Skipped,
            "no diagnostic setting sends them anywhere",
        ),
        false => Rung::new("login events", Passed, format!("sent to {}", places.join(", "))),
    }
}

fn callers(around: &Surroundings) -> Option<Rung> {
    let asked = around.callers.as_ref()?;
    let callers = match &asked.callers {
        Ok(callers) => callers,
        Err(failure) => return Some(unread("callers", failure)),
    };
    let refused = callers.iter().filter(|caller| caller.refused > 0).count();
    let result = format!("{} in {}, {refused} of them refused", callers.len(), asked.from);
    Some(Rung::new("callers", status_of(refused == 0), result))
}
