//! The check of registries that the run does not write.

use std::collections::{BTreeMap, BTreeSet};

use super::input::{CheckInput, Found};
use crate::model::{Cidr, SubnetId};
use crate::plan::left_out::{LeftOutLoss, LeftOutState, names, registries_of};
use crate::plan::switched::first_addresses;

/// The subnet of some losses, the state of the registries, whether the loss is in doubt, and the addresses of the clients.
type Group<'a> = (&'a SubnetId, LeftOutState, bool, Option<&'a BTreeSet<Cidr>>);

/// Notes subnets whose clients lose a registry of the spec that the run does not write, because the run turns on their
/// endpoint.
pub(super) fn switched_beyond(input: &CheckInput<'_>) -> Vec<Found> {
    // Registries of which the same is known are one note.
    let mut groups: BTreeMap<Group<'_>, Vec<&LeftOutLoss<'_>>> = BTreeMap::new();
    for loss in input.left_out {
        let group = (loss.subnet, loss.state, !loss.is_sure, loss.egress.as_ref());
        groups.entry(group).or_default().push(loss);
    }
    let mut found = Vec::new();
    for ((subnet, state, is_unsure, egress), losses) in groups {
        let verb = if is_unsure { "may lose" } else { "lose" };
        found.push(Found::note(format!(
            "this run turns on the service endpoint of subnet {}, and its clients{} {verb} {}, {}",
            subnet.short(),
            addresses(egress),
            names(&registries_of(&losses)),
            why(state, is_unsure),
        )));
    }
    found
}

/// Says what is known of the registries, and how to keep the clients.
fn why(state: LeftOutState, is_unsure: bool) -> &'static str {
    match (state, is_unsure) {
        (LeftOutState::Unread, false) => {
            "which the run does not read: by the spec, IP rules admit them and no subnet rule does; to keep them, add the \
             subnet to `subnets` there, in the same run"
        }
        (LeftOutState::Unread, true) => {
            "which the run does not read: by the spec, an IP rule may admit them, and no subnet rule is known to; to keep \
             them, add the subnet to `subnets` there, in the same run"
        }
        (LeftOutState::UnreadAndListed, _) => {
            "which the run does not read: the spec lists the subnet there, and the rule is not known to be live; to keep \
             them, apply both in the same run"
        }
        (LeftOutState::OtherShard, _) => {
            "until another shard has written the rule that the spec asks for there, if it is not live yet; to leave no gap, \
             apply both in one run, without `--shard`"
        }
        (LeftOutState::NotChosen, false) => {
            "which the run does not write: IP rules admit them and no subnet rule does; to keep them, add the subnet to \
             `subnets` there, in the same run"
        }
        (LeftOutState::NotChosen, true) => {
            "which the run does not write: an IP rule may admit them, and no subnet rule is known to; to keep them, add the \
             subnet to `subnets` there, in the same run"
        }
        (LeftOutState::Refused, false) => {
            "which is refused and stays as it is: IP rules admit them and no subnet rule does; to keep them, mend first \
             what is refused there"
        }
        (LeftOutState::Refused, true) => {
            "which is refused and stays as it is: an IP rule may admit them, and no subnet rule is known to; to keep \
             them, mend first what is refused there"
        }
    }
}

/// Returns the addresses of the clients in brackets, where they are known.
fn addresses(egress: Option<&BTreeSet<Cidr>>) -> String {
    match egress {
        Some(egress) => format!(" ({})", first_addresses(egress)),
        None => String::new(),
    }
}
