//! The check of registries that the run leaves out.

use std::collections::BTreeMap;

use super::input::{CheckInput, Found};
use crate::model::SubnetId;
use crate::plan::left_out::LeftOutLoss;

/// Registries that a note names; more are counted.
const MOST_NAMED: usize = 5;

/// Notes subnets whose clients lose a registry of the spec that the run leaves out, because the run turns on their endpoint.
pub(super) fn switched_beyond(input: &CheckInput<'_>) -> Vec<Found> {
    // Registries of which the same is known are one note.
    let mut groups: BTreeMap<(&SubnetId, bool), Vec<&LeftOutLoss<'_>>> = BTreeMap::new();
    for loss in input.left_out {
        groups.entry((loss.subnet, !loss.is_sure)).or_default().push(loss);
    }
    let mut found = Vec::new();
    for ((subnet, _), losses) in groups {
        found.push(beyond(subnet, &losses));
    }
    found
}

fn beyond(subnet: &SubnetId, losses: &[&LeftOutLoss<'_>]) -> Found {
    let is_sure = losses.iter().all(|loss| loss.is_sure);
    let (verb, why) = match is_sure {
        true => ("lose", "by the spec, IP rules admit them and no subnet rule does"),
        false => (
            "may lose",
            "the spec leaves open whether an IP rule or a subnet rule admits them",
        ),
    };
    Found::note(format!(
        "this run turns on the service endpoint of subnet {}, and its clients{} {verb} {}, which the run leaves out and did \
         not read: {why}; to keep them, add the subnet to `subnets` there, in the same run",
        subnet.short(),
        addresses(losses),
        names(losses),
    ))
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
