//! Guards over registries that the run does not write, and whose clients it moves to private addresses.

use super::case::refusal;
use super::fail_on;
use crate::model::{Cidr, Client};
use crate::plan::left_out::LeftOutLoss;
use crate::plan::{FailOn, Guard, Guards, Policy, Refusal};

/// Refuses what a guard would refuse if the registry were part of the run.
pub(crate) fn refusals(losses: &[LeftOutLoss<'_>], policy: &Policy) -> Vec<Refusal> {
    let guards = policy.guards();
    let mut refusals = Vec::new();
    for loss in losses {
        for guard in [Guard::OwnAddress, Guard::Protect, Guard::Expect] {
            if !guards.overrides.contains(&guard) {
                refusals.extend(refused(guard, loss, &guards));
            }
        }
        if guards.fail_on.contains(&FailOn::Narrows) {
            let found = format!("access to `{}` narrows: 1 subnet", loss.registry.id.name());
            refusals.push(fail_on::refused(FailOn::Narrows, found));
        }
    }
    refusals
}

fn refused(guard: Guard, loss: &LeftOutLoss<'_>, guards: &Guards) -> Option<Refusal> {
    let (reason, limit) = match guard {
        Guard::OwnAddress => {
            let protected = guards.protect.iter().find(|cidr| has_address(loss, **cidr))?;
            let reason = format!("the protected `{protected}` may be the address of such a client");
            (reason, "known to stay in")
        }
        Guard::Protect if loss.registry.protect => {
            ("the spec has `protect: true` for it".to_owned(), "no access lost")
        }
        Guard::Expect => (
            format!("the spec says that `{}` must get in", expected(loss)?),
            "allowed",
        ),
        _ => return None,
    };
    let (would, measured) = match loss.is_sure {
        true => ("would", "lost"),
        false => ("may", "unknown"),
    };
    let state = match loss.is_refused {
        true => "is refused and stays as it is",
        false => "the run does not read",
    };
    let message = format!(
        "clients of subnet {} {would} lose `{}`, which {state}: {reason}, and the run turns on the service endpoint of the \
         subnet",
        loss.subnet.short(),
        loss.registry.id.name(),
    );
    Some(refusal(guard, message, measured.to_owned(), limit.to_owned()))
}

/// Returns true if clients of the subnet have an address of this range, or may have, and get in by it today.
fn has_address(loss: &LeftOutLoss<'_>, cidr: Cidr) -> bool {
    let range = cidr.public();
    let may_have = loss
        .egress
        .is_none_or(|egress| egress.iter().any(|address| range.intersects(*address)));
    may_have && loss.before.addresses().intersects(cidr)
}

/// Returns the subnet as an expectation names it which says that it must get in, if there is one.
fn expected<'a>(loss: &LeftOutLoss<'a>) -> Option<&'a str> {
    let client = Client::Subnet(loss.subnet.clone());
    let mut expect = loss.registry.expect.iter();
    let found = expect.find(|expectation| expectation.allowed && expectation.client == client)?;
    Some(&found.written)
}
