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

/// Sandboxes that share the walks. A sandbox saves its whole state with each write, so small ones are fast.
const FLEETS: usize = 6;

/// Walks from every situation: with each finding, and each way that its next step offers, first.
fn walk_all(cloud: Option<&'static str>, situations: Vec<Situation>) {
    let mut fleets: Vec<Vec<Walk>> = vec![Vec::new(); FLEETS];
    for (at, walk) in beginnings(cloud, situations).into_iter().enumerate() {
        fleets[at % FLEETS].push(walk);
    }
    let mut faults = Vec::new();
    std::thread::scope(|scope| {
        let mut running = Vec::new();
        for walks in fleets {
            running.push(scope.spawn(move || walked(&Fleet::new(cloud), walks)));
        }
        for fleet in running {
            faults.extend(fleet.join().expect("the walks of a fleet"));
        }
    });
    assert!(
        faults.is_empty(),
        "{} faults:\n\n{}",
        faults.len(),
        faults.join("\n\n")
    );
}

/// Returns a walk for each finding of each situation, and for each way that its next step offers.
fn beginnings(cloud: Option<&'static str>, situations: Vec<Situation>) -> Vec<Walk> {
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
    walks
}

/// Goes on until nothing is left to do. Returns what went wrong.
fn walked(fleet: &Fleet, mut walks: Vec<Walk>) -> Vec<String> {
    fleet.seed(&walks);
    let mut faults = Vec::new();
    for _ in 0..MOST_STEPS {
        let found = fleet.audit(&walks);
        walks.retain_mut(|walk| match walk.step(fleet, &found[&walk.tag]) {
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
    faults
}

#[test]
fn remedies_end_their_findings_and_contradict_no_other_one() {
    walk_all(None, everywhere());
}

#[test]
fn remedies_hold_in_clouds_without_service_endpoints() {
    for cloud in ["china", "usgov"] {
        walk_all(Some(cloud), without_service_endpoints());
    }
}
