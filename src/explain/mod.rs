//! Explanations: would this client get in, why, and what would change the answer.
//!
//! The answer is that of [`decide`](crate::model::decide), as everywhere. This part says which settings and rules lead to
//! it. Pure: it compares values.

mod answer;
mod applied;
mod facts;
mod leases;
mod nearest;
mod reasons;
mod remedies;
mod types;

pub use applied::Applied;
pub use facts::Facts;
pub use types::{
    Check, ClientExplanation, Explanation, FORMAT, HoldingLease, NearestRule, Reason, View,
};

use crate::model::{Client, Gate};
use crate::plan::Answer;
use crate::spec::ListedRule;

/// A client to explain, as the user wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskedClient {
    pub written: String,
    pub client: Client,
}

/// Explains the answers of one registry to these clients.
pub fn explain(facts: &Facts, asked: &[AskedClient]) -> Explanation {
    let mut clients = Vec::new();
    for asked in asked {
        clients.push(explain_client(facts, asked));
    }
    Explanation {
        format: FORMAT.to_owned(),
        registry: facts.id.clone(),
        view: facts.view,
        // Disabled public access decides alone.
        mode: match facts.default_action {
            None if facts.access.gate() != Gate::Disabled => "mode unknown".to_owned(),
            _ => facts.access.mode_in_words(),
        },
        private_endpoint_connections: facts.private_endpoint_connections,
        approved_private_endpoints: facts.approved_private_endpoints,
        clients,
    }
}

fn explain_client(facts: &Facts, asked: &AskedClient) -> ClientExplanation {
    let client = &asked.client;
    let answer = answer::answer(facts, client);
    // A rule that is near matters where no rule admits the client.
    let nearest = match client {
        Client::Address(range) if answer == Answer::Denied => nearest::nearest(facts, *range),
        _ => None,
    };
    let remedies = match answer {
        Answer::Allowed => Vec::new(),
        _ => remedies::remedies(&facts.lasting(), client),
    };
    ClientExplanation {
        client: asked.written.clone(),
        asked: client.clone(),
        answer,
        reasons: reasons::reasons(facts, client),
        rule: admitting_rule(facts, client, answer),
        leases: leases::holding(facts, client, answer),
        expired: match answer {
            Answer::Allowed => None,
            _ => facts.expired_rule_of(client).cloned(),
        },
        nearest,
        remedies,
    }
}

/// Returns the rule that admits the client, with its place in the spec. Where the answer is not known, that is the rule on
/// which it may rest.
fn admitting_rule(facts: &Facts, client: &Client, answer: Answer) -> Option<ListedRule> {
    let rules_decide = facts.access.gate() == Gate::Rules && facts.default_action.is_some();
    match answer {
        Answer::Allowed if rules_decide => facts.rule_of(client).cloned(),
        Answer::Unknown => facts.rule_of(client).cloned(),
        Answer::Allowed | Answer::Denied | Answer::InPart => None,
    }
}
