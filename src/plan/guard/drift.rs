//! The guard over drift: live must be what the last run left.

use super::fail_on;
use crate::live::held::settings_without;
use crate::plan::left::Differences;
use crate::plan::{Basis, FailOn, LeftStates, Refusal, RegistryPlan};
use crate::spec::RegistrySpec;

/// Most differences that the refusal names.
const MOST_NAMED: usize = 10;

/// Refuses a registry that differs from the state that the last run left, or whose state then is not known.
pub(crate) fn drifted(wanted: &RegistrySpec, plan: &RegistryPlan, left: &LeftStates) -> Option<Refusal> {
    let (found, measured, limit, help) = match left.get(&wanted.id) {
        Some(Ok(state)) => {
            let Differences { changed, unknown } = state.differences(wanted, &lasting(plan));
            if changed.is_empty() && unknown.is_empty() {
                return None;
            }
            if changed.is_empty() {
                let found = not_known(&shortened(&unknown));
                (found, "unknown".to_owned(), KNOWN, RECORD)
            } else {
                let mut found = format!(
                    "live is not what the run of {} left: {}",
                    state.created,
                    shortened(&changed)
                );
                if !unknown.is_empty() {
                    found += &format!("; not known: {}", shortened(&unknown));
                }
                (found, changed.len().to_string(), "0", CHANGED)
            }
        }
        Some(Err(reason)) => (not_known(reason), "unknown".to_owned(), KNOWN, RECORD),
        None => (
            not_known("there is no record of it"),
            "unknown".to_owned(),
            KNOWN,
            RECORD,
        ),
    };
    Some(Refusal {
        message: format!("{found}, and `--fail-on drift` refuses that"),
        limit: Some(limit.to_owned()),
        help: Some(help.to_owned()),
        ..fail_on::refused(FailOn::Drift, measured)
    })
}

/// Returns the state that a plan rests on without what leases hold: jobs open and close it while the spec stays the same.
fn lasting(plan: &RegistryPlan) -> Basis {
    Basis {
        settings: settings_without(&plan.leases, &plan.basis.settings),
        ..plan.basis.clone()
    }
}

const KNOWN: &str = "known to be as the last run left it";
const CHANGED: &str =
    "put back what changed, or take it into the spec, and apply without --fail-on drift";
const RECORD: &str =
    "apply once without --fail-on drift, and keep the folder of snapshots for the next run";

fn not_known(reason: &str) -> String {
    format!("whether live is what the last run left is not known: {reason}")
}

fn shortened(differences: &[String]) -> String {
    let named = &differences[..differences.len().min(MOST_NAMED)];
    let mut text = named.join(", ");
    if differences.len() > MOST_NAMED {
        text += &format!(" and {} more", differences.len() - MOST_NAMED);
    }
    text
}
