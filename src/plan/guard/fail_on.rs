//! Kinds of change that a run refuses, whatever the spec says.

use super::case::GuardCase;
use crate::model::{OtherClient, Setting, grouped};
use crate::plan::{Direction, FailOn, Guards, Refusal};

/// Refuses each kind of change that `--fail-on` names and that the plan makes.
pub(crate) fn refusals(case: &GuardCase<'_>, guards: &Guards) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    for kind in &guards.fail_on {
        if let Some(found) = found(*kind, case) {
            refusals.push(refused(*kind, found));
        }
    }
    refusals
}

/// Returns the part of the change that is of this kind, in words.
fn found(kind: FailOn, case: &GuardCase<'_>) -> Option<String> {
    match kind {
        FailOn::Widens => gains(case),
        FailOn::Narrows => losses(case),
        FailOn::DefaultAction => changes(case, Setting::DefaultAction),
        FailOn::PublicAccess => changes(case, Setting::PublicNetworkAccess),
        FailOn::DataEndpoint => changes(case, Setting::DataEndpointEnabled),
        // It needs the records of earlier runs, and is judged once, when the plan is made.
        FailOn::Drift => None,
    }
}

fn changes(case: &GuardCase<'_>, setting: Setting) -> Option<String> {
    case.plan.change(setting)?;
    Some(format!("`{}` changes", setting.path()))
}

/// Makes the refusal of a kind of change.
pub(crate) fn refused(kind: FailOn, found: String) -> Refusal {
    Refusal {
        code: kind.into(),
        message: format!("`--fail-on {}` refuses this change", kind.name()),
        measured: Some(found),
        limit: Some("none of it".to_owned()),
        override_flag: Some(format!("leave out --fail-on {}", kind.name())),
        help: None,
    }
}

fn gains(case: &GuardCase<'_>) -> Option<String> {
    let access = case.access;
    if !matches!(access.effect, Direction::Widens | Direction::Both) {
        return None;
    }
    // Name who gains, so that the refusal can be judged at a glance.
    let subnets = access.subnets_opened.len();
    let who = who(
        access.opened,
        subnets,
        access.unparsed_opened,
        &access.others_opened,
    );
    let everyone = case.after.admits_everyone() && !case.before.admits_everyone();
    let open = if everyone { "open to all: " } else { "" };
    let widens = if access.surely_widens() {
        "widens"
    } else {
        "may widen"
    };
    Some(format!("access {widens}: {open}{who}"))
}

fn losses(case: &GuardCase<'_>) -> Option<String> {
    let access = case.access;
    if !matches!(access.effect, Direction::Narrows | Direction::Both) {
        return None;
    }
    let subnets = access.subnets_closed.len();
    let who = who(
        access.closed,
        subnets,
        access.unparsed_closed,
        &access.others_closed,
    );
    let narrows = if access.surely_narrows() {
        "narrows"
    } else {
        "may narrow"
    };
    Some(format!("access {narrows}: {who}"))
}

/// Names addresses, subnets, the clients of unparsed rules, and clients that no rule names.
fn who(addresses: u64, subnets: usize, unparsed: usize, others: &[OtherClient]) -> String {
    let mut parts = Vec::new();
    match addresses {
        0 => {}
        1 => parts.push("1 address".to_owned()),
        many => parts.push(format!("{} addresses", grouped(many))),
    }
    match subnets {
        0 => {}
        1 => parts.push("1 subnet".to_owned()),
        many => parts.push(format!("{many} subnets")),
    }
    match unparsed {
        0 => {}
        1 => parts.push("the clients of 1 unreadable rule".to_owned()),
        many => parts.push(format!("the clients of {many} unreadable rules")),
    }
    for kind in others {
        parts.push(kind.to_string());
    }
    parts.join(", ")
}
