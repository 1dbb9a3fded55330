//! Rules about a host that answers and is not a registry of Azure.

use super::evidence::{CauseRule, Evidence};
use super::network::is_missing_in_azure;
use crate::doctor::causes::NOT_A_REGISTRY;
use crate::doctor::facts::{BaseAnswer, Challenge, Observations};
use crate::doctor::steps::Step;
use crate::doctor::types::Confidence::{High, Medium};

pub(super) const RULES: &[CauseRule] = &[
    CauseRule {
        cause: NOT_A_REGISTRY,
        find: foreign_host,
        steps: &[Step::Name],
    },
    CauseRule {
        cause: NOT_A_REGISTRY,
        find: another_server_answers,
        steps: &[Step::Answer],
    },
];

fn foreign_host(facts: &Observations) -> Option<Evidence> {
    let host = facts.host().filter(|_| facts.is_foreign())?;
    let found = Evidence::cause(High).fact("host", host);
    Some(found.fact("sign-in", "no token was sent to it"))
}

fn another_server_answers(facts: &Observations) -> Option<Evidence> {
    let answer = facts.answer()?;
    // That the registry does not exist is told by a rule of its own.
    if facts.is_foreign() || answer.status == 404 && is_missing_in_azure(facts) {
        return None;
    }
    let what = unlike_a_registry(facts, answer)?;
    Some(Evidence::cause(Medium).fact("GET /v2/", what))
}

/// Says why a registry does not answer like this. Errors of a server (5xx) can be its own.
fn unlike_a_registry(facts: &Observations, answer: &BaseAnswer) -> Option<String> {
    match (answer.status, &answer.challenge) {
        (200, _) if answer.has_version => None,
        (200, _) => Some("200 without the header Docker-Distribution-Api-Version".to_owned()),
        (401, None) => Some("401 without a challenge".to_owned()),
        (401, Some(challenge)) => {
            let leads_away = challenge.host().is_none_or(|host| !facts.is_of_azure(&host));
            leads_away.then(|| leading_away(challenge))
        }
        (403 | 429 | 500.., _) => None,
        (status, _) => Some(status.to_string()),
    }
}

fn leading_away(challenge: &Challenge) -> String {
    format!("401 whose challenge leads to {}", challenge.realm)
}
