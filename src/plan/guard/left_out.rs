//! Guards over registries that the run does not write, and whose clients it moves to private addresses. The guards of another
//! shard judge its registries that list the subnet, as one run of both would: both shards want the subnet to get in there.

use std::collections::BTreeMap;

use super::case::refusal;
use super::{fail_on, only_change};
use crate::model::{Cidr, Client, Rule, SubnetId};
use crate::plan::left_out::{LeftOutGain, LeftOutLoss, LeftOutState, names, registries_of};
use crate::plan::{FailOn, Guard, Guards, Policy, Refusal};
use crate::spec::RegistrySpec;

/// The guards that also hold for registries that the run does not write.
const GUARDS: [Guard; 4] = [
    Guard::OwnAddress,
    Guard::Protect,
    Guard::Expect,
    Guard::OnlyChange,
];

/// What one refusal is about. Registries of which the same is known are one refusal, as they are one note.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Group<'a> {
    guard: Guard,
    subnet: &'a SubnetId,
    state: LeftOutState,
    is_unsure: bool,
    reason: String,
    limit: &'static str,
}

/// Refuses what a guard would refuse if the registry were part of the run.
pub(crate) fn refusals(
    losses: &[LeftOutLoss<'_>],
    gains: &[LeftOutGain<'_>],
    policy: &Policy,
) -> Vec<Refusal> {
    let guards = policy.guards();
    let judged: Vec<&LeftOutLoss<'_>> = judged_here(losses);
    let mut groups: BTreeMap<Group<'_>, Vec<&LeftOutLoss<'_>>> = BTreeMap::new();
    for guard in GUARDS {
        if guards.overrides.contains(&guard) {
            continue;
        }
        for loss in &judged {
            if let Some((reason, limit)) = broken(guard, loss, &guards) {
                let group = Group {
                    guard,
                    subnet: loss.subnet,
                    state: loss.state,
                    is_unsure: !loss.is_sure,
                    reason,
                    limit,
                };
                groups.entry(group).or_default().push(loss);
            }
        }
    }
    let mut refusals = Vec::new();
    for (group, losses) in &groups {
        refusals.push(refused(group, losses));
    }
    if !guards.overrides.contains(&Guard::Expect) {
        refusals.extend(denied(gains));
    }
    if guards.fail_on.contains(&FailOn::Narrows) {
        refusals.extend(narrowed(&judged));
    }
    refusals
}

/// Returns the losses that no other shard judges.
fn judged_here<'a, 'b>(losses: &'b [LeftOutLoss<'a>]) -> Vec<&'b LeftOutLoss<'a>> {
    let mut judged: Vec<&LeftOutLoss<'_>> = losses.iter().collect();
    judged.retain(|loss| loss.state != LeftOutState::OtherShard);
    judged
}

/// Refuses each subnet whose clients get into registries that must not admit them, or may.
fn denied(gains: &[LeftOutGain<'_>]) -> Vec<Refusal> {
    let mut groups: BTreeMap<(&SubnetId, bool, &str, bool), Vec<&RegistrySpec>> = BTreeMap::new();
    for gain in gains {
        let group = (gain.subnet, !gain.is_sure, gain.written, gain.is_read);
        groups.entry(group).or_default().push(gain.registry);
    }
    let mut refusals = Vec::new();
    for ((subnet, is_unsure, written, is_read), registries) in groups {
        let reads = if is_read { "write" } else { "read" };
        let (would, measured) = match is_unsure {
            false => ("would", "not denied"),
            true => ("may", "unknown"),
        };
        let message = format!(
            "clients of subnet {} {would} get into {}, which the run does not {reads}: the spec says that `{written}` must not \
             get in, and the run turns on the service endpoint of the subnet",
            subnet.short(),
            names(&registries),
        );
        refusals.push(refusal(
            Guard::Expect,
            message,
            measured.to_owned(),
            "denied".to_owned(),
        ));
    }
    refusals
}

/// Returns the reason why a loss breaks the guard, and the limit of the guard.
fn broken(guard: Guard, loss: &LeftOutLoss<'_>, guards: &Guards) -> Option<(String, &'static str)> {
    match guard {
        Guard::OwnAddress => {
            let protected = guards.protect.iter().find(|cidr| has_address(loss, **cidr))?;
            let reason = format!("the protected `{protected}` may be the address of such a client");
            Some((reason, "known to stay in"))
        }
        Guard::Protect if loss.registry.protect => {
            Some(("the spec has `protect: true` there".to_owned(), "no access lost"))
        }
        Guard::Expect => {
            let subnet = expected(loss)?;
            Some((format!("the spec says that `{subnet}` must get in"), "allowed"))
        }
        Guard::OnlyChange if is_unnamed(loss, guards) => {
            let reason = "`--only-change` does not name the subnet".to_owned();
            Some((reason, only_change::LIMIT))
        }
        _ => None,
    }
}

fn refused(group: &Group<'_>, losses: &[&LeftOutLoss<'_>]) -> Refusal {
    let (would, measured) = match group.is_unsure {
        false => ("would", "lost"),
        true => ("may", "unknown"),
    };
    let state = match group.state {
        LeftOutState::Refused => "is refused and stays as it is",
        LeftOutState::Unread => "the run does not read",
        LeftOutState::NotChosen => "the run does not write",
        LeftOutState::UnreadAndListed | LeftOutState::OtherShard => {
            "the run does not read, and where the rule of the subnet is not known to be live"
        }
    };
    let message = format!(
        "clients of subnet {} {would} lose {}, which {state}: {}, and the run turns on the service endpoint of the subnet",
        group.subnet.short(),
        names(&registries_of(losses)),
        group.reason,
    );
    refusal(group.guard, message, measured.to_owned(), group.limit.to_owned())
}

/// Refuses each subnet whose clients lose registries, or may.
fn narrowed(losses: &[&LeftOutLoss<'_>]) -> Vec<Refusal> {
    let mut groups: BTreeMap<(&SubnetId, bool), Vec<&LeftOutLoss<'_>>> = BTreeMap::new();
    for loss in losses {
        groups.entry((loss.subnet, !loss.is_sure)).or_default().push(loss);
    }
    let mut refusals = Vec::new();
    for ((subnet, is_unsure), losses) in groups {
        let (narrows, lose) = match is_unsure {
            false => ("narrows", "lose"),
            true => ("may narrow", "may lose"),
        };
        let (names, subnet) = (names(&registries_of(&losses)), subnet.short());
        let found = format!("access to {names} {narrows}: subnet {subnet}");
        // Each subnet has a message of its own, which tells the refusals apart.
        refusals.push(Refusal {
            message: format!(
                "`--fail-on narrows` refuses to turn on the service endpoint of subnet {subnet}: its clients {lose} \
                 registries that the run does not write"
            ),
            ..fail_on::refused(FailOn::Narrows, found)
        });
    }
    refusals
}

/// Returns true if clients of the subnet have an address of this range, or may have, and get in by it today, or may.
fn has_address(loss: &LeftOutLoss<'_>, cidr: Cidr) -> bool {
    let range = cidr.public();
    let may_have = match &loss.egress {
        Some(egress) => egress.iter().any(|address| range.intersects(*address)),
        None => true,
    };
    may_have && loss.addresses.intersects(cidr)
}

/// Returns the subnet as an expectation names it which says that it must get in, if there is one.
fn expected<'a>(loss: &LeftOutLoss<'a>) -> Option<&'a str> {
    let client = Client::Subnet(loss.subnet.clone());
    let mut expect = loss.registry.expect.iter();
    let found = expect.find(|expectation| expectation.allowed && expectation.client == client)?;
    Some(&found.written)
}

/// Returns true if only the clients of other rules may change.
fn is_unnamed(loss: &LeftOutLoss<'_>, guards: &Guards) -> bool {
    !guards.only_change.is_empty() && !guards.only_change.contains(&Rule::from(loss.subnet.clone()))
}
