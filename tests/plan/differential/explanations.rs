//! The answers of `explain` to a spec, against the state that an apply of the spec leads to.

use ringfence::explain::{AskedClient, Facts, explain};
use ringfence::model::{Client as Asked, OtherClient, SubnetId};
use ringfence::plan::Answer;

use super::engine::{self, Limits};
use crate::reference::addresses::range;
use crate::reference::decide::{Client, Endpoint};
use crate::reference::draw::{Draw, Pair};
use crate::reference::state::State;

const PAIRS: u64 = 2_000;
/// Addresses inside and outside of the drawn ranges.
const ADDRESSES: [&str; 6] = [
    "20.42.7.0",
    "20.42.7.63",
    "20.42.7.255",
    "20.42.6.1",
    "20.99.0.1",
    "8.8.8.8",
];

/// A spec without live state may not know an answer, and what it knows holds after every apply.
#[test]
fn certain_answers_on_a_spec_hold_after_its_apply() {
    let mut draw = Draw::new(20_261_129, false);
    let mut certain = [0; 2];
    for _ in 0..PAIRS {
        let pair = draw.pair("contoso");
        for (client, said, is) in answers(&pair) {
            let expected = match said {
                Answer::Allowed => true,
                Answer::Denied => false,
                Answer::InPart | Answer::Unknown => continue,
            };
            certain[usize::from(expected)] += 1;
            let (wanted, body) = (pair.wanted.yaml(), &pair.body);
            assert_eq!(Some(expected), is, "{client}\n{wanted}\n{body}");
        }
    }
    assert!(certain.iter().all(|number| *number > 1_000), "{certain:?}");
}

/// Returns each client with the answer on the spec, and the one after the apply.
fn answers(pair: &Pair) -> Vec<(String, Answer, Option<bool>)> {
    let limits = Limits {
        max_removals: None,
        max_removal_percent: None,
    };
    let spec = engine::spec(&pair.wanted, &pair.body, limits);
    let after = pair.wanted.after(&State::of(&pair.body));
    let mut asked = vec![
        (Asked::Other(OtherClient::TrustedServices), Client::TrustedService),
        (Asked::Other(OtherClient::Tasks), Client::Task),
    ];
    for address in ADDRESSES {
        let client = Client::Address(range(address).0);
        asked.push((Asked::Address(address.parse().unwrap()), client));
    }
    for id in pair.endpoints.keys() {
        // Where the spec turns endpoints on, an apply leaves them on.
        let endpoint = Endpoint::On;
        let client = Client::Subnet {
            id,
            endpoint,
            egress: None,
        };
        asked.push((Asked::Subnet(SubnetId::parse(id).unwrap()), client));
    }
    let facts = Facts::wanted(&spec);
    let mut answers = Vec::new();
    for (client, reference) in asked {
        let written = client.to_string();
        let question = AskedClient {
            written: written.clone(),
            client,
        };
        let said = explain(&facts, &[question]).clients[0].answer;
        answers.push((written, said, after.decide(reference)));
    }
    answers
}
