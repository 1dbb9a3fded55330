//! Steps of a service of Azure to the registry.

use super::status::{unjudged, unread};
use crate::doctor::facts::{AskedService, Observations};
use crate::doctor::private_names::{ZoneState, zone_of_clients};
use crate::doctor::private_path::{PrivatePath, private_path};
use crate::doctor::service_answers::service_answers;
use crate::doctor::services::{TRUSTED_AS_OF, TRUSTED_LIST, command_inside, row};
use crate::doctor::steps::Step;
use crate::doctor::types::RungStatus::{Failed, Passed, Skipped};
use crate::doctor::types::{Fact, Rung};
use crate::live::LiveSubnet;
use crate::live::surroundings::PullIdentity;
use crate::plan::Answer;

pub(super) fn steps(facts: &Observations, service: &AskedService) -> Vec<Rung> {
    let mut rungs = vec![trust(service)];
    if let Some(Err(failure)) = &service.client {
        rungs.push(unread(Step::Service, failure));
    }
    for one in service_answers(facts, service) {
        let status = match one.answer {
            Answer::Allowed => Passed,
            Answer::Denied | Answer::InPart => Failed,
            Answer::Unknown => Skipped,
        };
        rungs.push(Rung {
            unjudged: status == Skipped,
            ..Rung::new(Step::ComesFrom, status, &one.from)
        });
    }
    rungs.extend(unknown_ways(facts, service));
    rungs.extend(roles(service));
    let inside = format!("not seen from here; ask it: {}", command_inside(facts, service));
    rungs.push(Rung::new(Step::InTheService, Skipped, inside));
    rungs
}

/// Returns the steps of what is not known about the ways on which the service comes.
fn unknown_ways(facts: &Observations, service: &AskedService) -> Vec<Rung> {
    let mut rungs = Vec::new();
    for (id, subnet) in &service.subnets {
        if let LiveSubnet::Unreadable(failure) = subnet {
            rungs.push(unread(Step::ComesFrom, failure));
        }
        if let PrivatePath::Unjudged(why) = private_path(&facts.surroundings, id.vnet_key()) {
            rungs.push(unjudged(Step::PrivateZones, &why));
        } else if let Some(ZoneState::Unjudged(why)) = zone_of_clients(facts, id.vnet_key()) {
            rungs.push(unjudged(Step::PrivateZones, &why));
        }
    }
    if let Err(failure) = &service.addresses {
        rungs.push(unread(Step::ServiceAddresses, failure));
    }
    // Subnets of one network have one reason.
    rungs.dedup();
    rungs
}

/// Says what Microsoft's list of trusted services has, and of which day.
fn trust(service: &AskedService) -> Rung {
    let row = row(service.kind);
    let result = match row.trusted {
        true => format!(
            "{}: a trusted service by the list of {TRUSTED_AS_OF}, if {}",
            row.name, row.condition
        ),
        false => format!(
            "{}: not on the list of trusted services of {TRUSTED_AS_OF}; it works if {}",
            row.name, row.condition
        ),
    };
    Rung::new(Step::Service, Passed, result).with([
        Fact::new("list of trusted services as of", TRUSTED_AS_OF),
        Fact::new("list of trusted services today", TRUSTED_LIST),
    ])
}

fn roles(service: &AskedService) -> Option<Rung> {
    let roles = match &service.roles {
        Some(Ok(roles)) => roles,
        Some(Err(failure)) => return Some(unread(Step::Roles, failure)),
        None => return unknown_identity(service.pulls_as.as_ref()?),
    };
    let mut seen = Vec::new();
    for assigned in roles {
        seen.push(Fact::new(&assigned.role, &assigned.scope));
    }
    let status = if roles.is_empty() { Failed } else { Passed };
    Some(
        Rung::new(
            Step::Roles,
            status,
            format!("{} at the registry or above it", roles.len()),
        )
        .with(seen),
    )
}

/// Returns the step of a service whose roles were not read, because its object id is not known.
fn unknown_identity(pulls_as: &PullIdentity) -> Option<Rung> {
    let (unjudged, result) = match pulls_as {
        PullIdentity::Object(_) => return None,
        PullIdentity::Managed => (true, "the service does not show the object id of its identity"),
        PullIdentity::Password => (
            false,
            "it pulls with a user name and a password, which only the service can try",
        ),
        PullIdentity::Unknown => (true, "the service does not show with which identity it pulls"),
    };
    Some(Rung {
        unjudged,
        ..Rung::new(Step::Roles, Skipped, result)
    })
}
