//! Every cause that probes can find is produced in the lab, and found.

mod login;
mod network;
mod row;
mod settings;

use std::collections::BTreeSet;

use ringfence::doctor::{FoundBy, all_causes};

use super::lab::Lab;
use login::{CLIENT, LOGIN};
use network::{DNS, FIREWALL, WAY};
use row::Kind::{Beside, First, Note};
use row::Row;
use settings::SETTINGS;

/// The causes that the lab does not show: its registries are read at an api-version with subnet rules, their rules are
/// well-formed and nobody else changes them (tests of `doctor::rules::registry`); no service of Azure and no client of a
/// subnet is in it, and its Azure is never busy (`unread`).
const NOT_IN_THE_LAB: [&str; 7] = [
    "S16",
    "S23",
    "RegistryStatusConflict",
    "NC4",
    "S20",
    "LX14",
    "SubscriptionRequestsThrottled",
];

/// Breaks a lab in each way, and compares what is found.
fn check(rows: &[Row]) {
    let mut wrong = Vec::new();
    for (id, kind, how, breaks) in rows {
        let mut lab = Lab::new();
        breaks(&mut lab);
        let seen = lab.run();
        let (causes, notes) = (seen.ids("verdicts"), seen.ids("notes"));
        let found = match kind {
            First => causes.first().is_some_and(|first| first == id),
            Beside => causes.iter().any(|cause| cause == id),
            Note => notes.iter().any(|note| note == id),
        };
        // A step whose cause is not known is told beside other causes too.
        let unknown = causes.iter().any(|cause| cause == "UNKNOWN_CAUSE");
        let code = if causes.is_empty() { 0 } else { 2 };
        if !found || seen.code != code || unknown != (*id == "UNKNOWN_CAUSE") {
            let ladder = &seen.document["ladder"];
            wrong.push(format!(
                "{id} ({how}): {causes:?} {notes:?} {}\n{ladder:#}\n{}",
                seen.code, seen.stderr
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {}\n{}",
        wrong.len(),
        rows.len(),
        wrong.join("\n")
    );
}

#[test]
fn causes_in_dns_are_found() {
    check(DNS);
}

#[test]
fn causes_on_the_way_are_found() {
    check(WAY);
}

#[test]
fn causes_in_the_firewall_are_found() {
    check(FIREWALL);
}

#[test]
fn causes_of_logins_are_found() {
    check(LOGIN);
}

#[test]
fn causes_on_this_machine_are_found() {
    check(CLIENT);
}

#[test]
fn causes_in_the_settings_are_found() {
    check(SETTINGS);
}

#[test]
fn every_cause_that_probes_find_has_a_row() {
    let mut rows = BTreeSet::from(NOT_IN_THE_LAB);
    for (id, ..) in [DNS, WAY, FIREWALL, LOGIN, CLIENT, SETTINGS]
        .into_iter()
        .flatten()
    {
        rows.insert(*id);
    }
    for cause in all_causes() {
        let here = ["", "--repository NAME"];
        let by_probes = match cause.found_by {
            FoundBy::Probes(flag) | FoundBy::InPart(flag) => here.contains(&flag),
            FoundBy::Log | FoundBy::Advice => false,
        };
        assert!(!by_probes || rows.contains(cause.id), "{} has no row", cause.id);
    }
}
