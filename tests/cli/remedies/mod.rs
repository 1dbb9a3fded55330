//! Remedies: a reader does what the next step of each finding says, one after another, until nothing is left to do.
//!
//! Every step must end its finding, cost no client its access, and demand nothing that a later step takes back.

mod client;
mod deeds;
mod fleet;
mod situations;
mod walk;
mod wanted;
mod words;

use fleet::Fleet;
use situations::{Situation, everywhere, without_service_endpoints};
use walk::Walk;

/// Steps after which a walk goes in circles.
const MOST_STEPS: usize = 16;

/// Walks from every situation: with each finding, and each way that its next step offers, first.
fn walk_all(cloud: Option<&'static str>, situations: Vec<Situation>) {
    let fleet = Fleet::new(cloud);
    let mut scouts = Vec::new();
    for situation in situations {
        for additive in [false, true] {
            for used in situation.uses() {
                scouts.push(Walk::new(situation.clone(), additive, *used, scouts.len()));
            }
        }
    }
    fleet.seed(&scouts);
    let found = fleet.audit(&scouts);
    let mut walks: Vec<Walk> = Vec::new();
    for scout in &scouts {
        for (finding, way) in scout.first_steps(&found[&scout.tag]) {
            let is_known = walks.iter().any(|walk| walk.begins_like(scout, &finding, way));
            if !is_known {
                walks.push(scout.beginning_with(&finding, way, walks.len()));
            }
        }
    }
    fleet.seed(&walks);
    let mut faults = Vec::new();
    for _ in 0..MOST_STEPS {
        let found = fleet.audit(&walks);
        walks.retain_mut(|walk| match walk.step(&fleet, &found[&walk.tag]) {
            Ok(goes_on) => goes_on,
            Err(fault) => {
                faults.push(fault);
                false
            }
        });
        if walks.is_empty() {
            break;
        }
        faults.extend(fleet.apply(&mut walks));
    }
    for walk in &walks {
        faults.push(format!("the walk does not end\n{}", walk.story()));
    }
    assert!(
        faults.is_empty(),
        "{} faults:\n\n{}",
        faults.len(),
        faults.join("\n\n")
    );
}

#[test]
fn remedies_end_their_findings_and_contradict_no_other_one() {
    walk_all(None, everywhere());
}

#[test]
fn remedies_hold_in_clouds_without_service_endpoints() {
    walk_all(Some("china"), without_service_endpoints());
}
