//! The check of registries that the run does not write.

use std::collections::BTreeMap;

use super::input::{CheckInput, Found};
use crate::model::SubnetId;
use crate::plan::left_out::LeftOutLoss;

/// Registries that a note names; more are counted.
const MOST_NAMED: usize = 5;

/// Notes subnets whose clients lose a registry of the spec that the run does not write, because the run turns on their
/// endpoint.
pub(super) fn switched_beyond(input: &CheckInput<'_>) -> Vec<Found> {
    // Registries of which the same is known are one note.
    let mut groups: BTreeMap<(&SubnetId, bool, bool), Vec<&LeftOutLoss<'_>>> = BTreeMap::new();
    for loss in input.left_out {
        let group = (loss.subnet, loss.is_refused, !loss.is_sure);
        groups.entry(group).or_default().push(loss);
    }
    let mut found = Vec::new();
    for ((subnet, is_refused, is_unsure), losses) in groups {
        let verb = if is_unsure { "may lose" } else { "lose" };
        found.push(Found::note(format!(
            "this run turns on the service endpoint of subnet {}, and its clients{} {verb} {}, {}",
            subnet.short(),
            addresses(&losses),
            names(&losses),
            why(is_refused, is_unsure),
        )));
    }
    found
}

/// Says what is known of the registries, and how to keep the clients.
fn why(is_refused: bool, is_unsure: bool) -> &'static str {
    match (is_refused, is_unsure) {
        (false, false) => {
            "which the run does not read: by the spec, IP rules admit them and no subnet rule does; to keep them, add the \
             subnet to `subnets` there, in the same run"
        }
        (false, true) => {
            "which the run does not read: the spec leaves open whether an IP rule or a subnet rule admits them; to keep \
             them, add the subnet to `subnets` there, in the same run"
        }
        (true, false) => {
            "which is refused and stays as it is: IP rules admit them and no subnet rule does; to keep them, mend first \
             what is refused there"
        }
        (true, true) => {
            "which is refused and stays as it is: an IP rule may admit them, and no subnet rule is known to; to keep \
             them, mend first what is refused there"
        }
    }
}

/// Returns the addresses of the clients in brackets, where they are known.
fn addresses(losses: &[&LeftOutLoss<'_>]) -> String {
    let Some(egress) = losses.iter().find_map(|loss| loss.egress) else {
        return String::new();
    };
    let texts: Vec<String> = egress.iter().map(ToString::to_string).collect();
    format!(" ({})", texts.join(", "))
}

/// Names the registries, the first few of many.
fn names(losses: &[&LeftOutLoss<'_>]) -> String {
    let mut names = Vec::new();
    for loss in losses.iter().take(MOST_NAMED) {
        names.push(format!("`{}`", loss.registry.id.name()));
    }
    if losses.len() > MOST_NAMED {
        names.push(format!("{} more", losses.len() - MOST_NAMED));
    }
    names.join(", ")
}
