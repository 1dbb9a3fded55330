//! The answer to a client, over everything that the facts leave open.

use super::facts::Facts;
use crate::model::{Access, Admitted, Client, DecidedBy, DefaultAction, admits_in_part, decide};
use crate::plan::{Answer, may_be_admitted};

/// Returns the answer: the same in every state that the registry may be in, or not known.
pub(crate) fn answer(facts: &Facts, client: &Client) -> Answer {
    // No client comes from a subnet that does not exist.
    if let Client::Subnet(id) = client
        && facts.gone.contains(id)
    {
        return Answer::Denied;
    }
    let mut answers = Vec::new();
    for access in possible(facts, client) {
        answers.push(answer_in(facts, &access, client));
    }
    match &*answers {
        [first, rest @ ..] if rest.iter().all(|answer| answer == first) => *first,
        _ => Answer::Unknown,
    }
}

fn answer_in(facts: &Facts, access: &Access, client: &Client) -> Answer {
    let decision = decide(access, client);
    let denied_by_rules = matches!(decision.by, DecidedBy::NoRule | DecidedBy::Endpoint);
    match decision.admitted {
        Admitted::Yes => Answer::Allowed,
        // A rule that is not listed may admit the client.
        Admitted::No | Admitted::Unknown if denied_by_rules && may_admit(facts, client) => {
            Answer::Unknown
        }
        Admitted::No => Answer::Denied,
        Admitted::Unknown if admits_in_part(access, client) => Answer::InPart,
        Admitted::Unknown => Answer::Unknown,
    }
}

/// Returns true if an IP rule that is not listed can admit the client.
fn may_admit(facts: &Facts, client: &Client) -> bool {
    let more = facts.more_addresses.public();
    match client {
        Client::Address(range) => more.intersects(*range),
        Client::Subnet(id) if facts.endpoint(id) == Some(true) => false,
        Client::Subnet(id) => may_be_admitted(&more, facts.access.egress.get(id)),
        Client::Other(_) => false,
    }
}

/// Returns the states that the registry may be in: with each default action, and with the endpoint of the subnet on and off,
/// where these are not known.
fn possible(facts: &Facts, client: &Client) -> Vec<Access> {
    let actions = match facts.default_action {
        Some(action) => vec![action],
        None => vec![DefaultAction::Allow, DefaultAction::Deny],
    };
    let mut states = Vec::new();
    for default_action in actions {
        let state = Access {
            default_action,
            ..facts.access.clone()
        };
        let Client::Subnet(id) = client else {
            states.push(state);
            continue;
        };
        let mut off = state.clone();
        off.endpoints_off.insert(id.clone());
        match facts.endpoint(id) {
            Some(true) => states.push(state),
            Some(false) => states.push(off),
            None => states.extend([state, off]),
        }
    }
    states
}
