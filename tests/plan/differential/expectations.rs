//! Expectations of subnets, with endpoints that are on, off, unreadable or not read, against the reference model.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use std::sync::Arc;

use ringfence::explain::{AskedClient, Facts, explain};
use ringfence::live::Reading;
use ringfence::model::{Client as Named, SubnetId};
use ringfence::plan::{Answer, Guard, RegistryPlan};
use ringfence::spec::Expectation;

use super::engine::{self, Limits};
use crate::chance::Chance;
use crate::reference::decide::{Answer as Known, Client, Endpoint};
use crate::reference::draw::{Draw, Pair};
use crate::reference::state::State;

/// Pairs that are drawn in each run, always the same.
const PAIRS: u64 = 3_000;

const NO_LIMITS: Limits = Limits {
    max_removals: None,
    max_removal_percent: None,
};

/// A subnet that must get in, or must not.
struct Expected {
    id: String,
    allowed: bool,
    /// The public address of its clients, if the spec tells it.
    egress: Option<u32>,
    /// True if its endpoint was read because of this.
    read: bool,
}

/// A pair with expectations, and the states before and after it.
struct Case {
    pair: Pair,
    expected: Vec<Expected>,
    before: State,
    after: State,
}

impl Case {
    fn draw(draw: &mut Draw, chance: &mut Chance) -> Self {
        let pair = draw.pair("contoso");
        let before = State::of(&pair.body);
        let after = pair.wanted.after(&before);
        let mut case = Self {
            pair,
            expected: Vec::new(),
            before,
            after,
        };
        for id in case.pair.endpoints.keys() {
            if chance.below(2) > 0 {
                continue;
            }
            let host = *chance.pick(&[0u8, 1, 7, 128, 255]);
            let address = u32::from(Ipv4Addr::new(20, 42, 7, host));
            let mut expected = Expected {
                id: id.clone(),
                allowed: chance.below(2) > 0,
                egress: (chance.below(2) > 0).then_some(address),
                read: false,
            };
            expected.read = case.depends(&expected) && chance.below(4) > 0;
            case.expected.push(expected);
        }
        case
    }

    /// Returns true if the endpoint decides about the subnet, before the change or after it.
    fn depends(&self, expected: &Expected) -> bool {
        [&self.before, &self.after].iter().any(|state| {
            let answer = |endpoint| state.decide(expected.client(endpoint));
            answer(Endpoint::On) != answer(Endpoint::Off)
        })
    }

    fn wants(&self, id: &str) -> bool {
        let mut wanted = self.pair.wanted.subnets.iter().flatten();
        wanted.any(|wanted| wanted.eq_ignore_ascii_case(id))
    }

    /// Returns true if the change gives the subnet a rule. Its endpoint is read for that.
    fn adds(&self, id: &str) -> bool {
        let lists = |state: &State| match &state.subnets {
            Some(listed) => listed.contains(&id.to_lowercase()),
            None => true,
        };
        self.before.premium && self.wants(id) && !lists(&self.before)
    }

    /// Returns the answers before the change and after it.
    fn answers(&self, expected: &Expected) -> [Known; 2] {
        let id = &expected.id;
        let read = expected.read || self.adds(id);
        let found = if read {
            engine::endpoint_of(&self.pair, id)
        } else {
            Endpoint::Unknown
        };
        let turned_on = found == Endpoint::Off && !self.pair.wanted.assume && self.wants(id);
        // Azure takes a rule only for a subnet whose endpoint is on.
        let proven = found == Endpoint::Unknown && self.adds(id);
        let afterwards = if turned_on || proven { Endpoint::On } else { found };
        [
            self.before.decide(expected.client(found)),
            self.after.decide(expected.client(afterwards)),
        ]
    }

    fn plan(&self) -> (RegistryPlan, Reading) {
        let mut spec = engine::spec(&self.pair.wanted, &self.pair.body, NO_LIMITS);
        let mut reading = engine::reading(&self.pair, true);
        let mut egress = BTreeMap::new();
        for expected in &self.expected {
            let id = SubnetId::parse(&expected.id).unwrap();
            if let Some(address) = expected.egress {
                let address = Ipv4Addr::from(address).to_string().parse().unwrap();
                egress.insert(id.clone(), BTreeSet::from([address]));
            }
            if expected.read {
                let endpoint = engine::endpoint_of(&self.pair, &expected.id);
                reading.subnets.insert(id.clone(), engine::subnet(&id, endpoint));
            }
            spec.expect.push(Expectation {
                client: Named::Subnet(id),
                allowed: expected.allowed,
                written: expected.id.as_str().into(),
                case: None,
                source: None,
            });
        }
        spec.egress = Arc::new(egress);
        (engine::plan(&spec, &reading), reading)
    }

    fn shown(&self) -> String {
        let mut text = format!(
            "{}{}\n{:?}\n",
            self.pair.wanted.yaml(),
            self.pair.body["properties"],
            self.pair.endpoints
        );
        for expected in &self.expected {
            let Expected {
                id,
                allowed,
                egress,
                read,
            } = expected;
            text += &format!("{id} allowed {allowed}, egress {egress:?}, read {read}\n");
        }
        text
    }
}

impl Expected {
    fn client(&self, endpoint: Endpoint) -> Client<'_> {
        Client::Subnet {
            id: &self.id,
            endpoint,
            egress: self.egress,
        }
    }

    fn holds(&self, answer: Known) -> bool {
        answer == Some(self.allowed)
    }
}

fn in_words(answer: Known) -> Answer {
    match answer {
        Some(true) => Answer::Allowed,
        Some(false) => Answer::Denied,
        None => Answer::Unknown,
    }
}

/// Returns the answer of `explain` to a subnet.
fn explained(reading: &Reading, id: &str) -> Answer {
    let question = AskedClient {
        written: id.to_owned(),
        client: Named::Subnet(SubnetId::parse(id).unwrap()),
    };
    explain(&Facts::live(reading), &[question]).clients[0].answer
}

#[test]
fn expectations_of_subnets_agree_with_the_model() {
    let (mut draw, mut chance) = (Draw::new(20_261_130, true), Chance::new(11));
    let mut seen: BTreeMap<Known, usize> = BTreeMap::new();
    for _ in 0..PAIRS {
        let case = Case::draw(&mut draw, &mut chance);
        let (plan, reading) = case.plan();
        let (mut broken, mut refused) = (Vec::new(), BTreeSet::new());
        for expected in &case.expected {
            let [before, after] = case.answers(expected);
            *seen.entry(after).or_default() += 1;
            // `explain` does not know the spec of a live registry.
            if expected.egress.is_none() {
                let said = explained(&reading, &expected.id);
                assert_eq!(said, in_words(before), "{}{}", expected.id, case.shown());
            }
            if !expected.holds(before) {
                broken.push((expected.id.clone(), in_words(before)));
            }
            if !expected.holds(after) {
                refused.insert(expected.id.clone());
            }
        }
        let mut found = Vec::new();
        for broken in &plan.broken {
            found.push((broken.client.clone(), broken.answer));
        }
        assert_eq!(found, broken, "{}", case.shown());
        let mut found = BTreeSet::new();
        for refusal in &plan.refusals {
            if refusal.guard() == Some(Guard::Expect) {
                let (_, rest) = refusal.message.split_once('`').unwrap();
                found.insert(rest.split_once('`').unwrap().0.to_owned());
            }
        }
        assert_eq!(found, refused, "{}", case.shown());
    }
    // The pairs must show every answer.
    assert!(
        seen.len() == 3 && seen.values().all(|number| *number > 300),
        "{seen:?}"
    );
}
