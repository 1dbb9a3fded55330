//! Every order of a few opens, closes and applies on one registry, each on the state that the one before has left.

use std::collections::BTreeSet;

use jiff::Timestamp;
use ringfence::lease::{Asked, Goal, Need, leases_of, need};
use ringfence::live::{LiveRegistry, Reading, SubnetIdKey, parse};
use ringfence::model::{Rule, Setting};
use ringfence::plan::{Lists, Policy, patch_body, plan_registry};
use serde_json::{Value, json};

use super::{live, wanted};

const FOREIGN: &str = "203.0.113.25";
const A: &str = "198.51.100.7";
const B: &str = "198.51.100.8";

/// One command.
#[derive(Clone, Copy, Debug)]
enum Act {
    /// Opens a lease of this name for this address.
    Open(&'static str, &'static str),
    Close(&'static str),
    /// Applies a spec that lists these rules and no others.
    Apply(&'static [&'static str]),
}

const ACTS: [Act; 8] = [
    Act::Open("one", A),
    Act::Open("two", A),
    Act::Open("two", B),
    Act::Close("one"),
    Act::Close("two"),
    Act::Apply(&[FOREIGN]),
    Act::Apply(&[FOREIGN, A]),
    Act::Apply(&[FOREIGN, A, B]),
];

/// The registry, the leases that are open, and the rules that the last apply has promised.
#[derive(Clone)]
struct World {
    live: LiveRegistry,
    open: BTreeSet<&'static str>,
    promised: BTreeSet<&'static str>,
}

fn now() -> Timestamp {
    "2026-11-29T03:00:00Z".parse().unwrap()
}

impl World {
    fn new() -> Self {
        let mut body = live("Deny", &[FOREIGN], &[]);
        body["tags"] = json!({"team": "platform"});
        Self {
            live: parse::registry("2025-11-01", body).unwrap(),
            open: BTreeSet::new(),
            promised: BTreeSet::from([FOREIGN]),
        }
    }

    fn act(&mut self, act: Act) {
        match act {
            Act::Open(name, address) => {
                let asked = Asked {
                    name: name.parse().unwrap(),
                    now: now(),
                    until: "2026-11-29T04:00:00Z".parse().unwrap(),
                    address: Some(address.parse().unwrap()),
                    allow_public_access: false,
                    flags: String::new(),
                };
                if let Need::Lease(lease) = need(&self.live, &asked).unwrap() {
                    self.reach(&Goal::Open(lease));
                    self.open.insert(name);
                }
            }
            Act::Close(name) => {
                let mut leases = leases_of(&self.live);
                leases.retain(|lease| lease.name.to_string() == name);
                self.reach(&Goal::Close(leases));
                self.open.remove(name);
            }
            Act::Apply(rules) => self.apply(rules),
        }
    }

    fn reach(&mut self, goal: &Goal) {
        if let Some(write) = goal.next(&self.live, now()).unwrap() {
            self.patch(&write.body(&self.live, Lists::Both));
        }
        assert!(goal.next(&self.live, now()).unwrap().is_none());
    }

    fn apply(&mut self, rules: &[&'static str]) {
        let mut spec = wanted(&format!("    ipRules: [{}]\n", rules.join(", ")));
        let leases = leases_of(&self.live);
        for lease in &leases {
            let running = spec.leases.get_or_insert_default();
            running.insert(lease.name.to_string());
            for address in &lease.addresses {
                spec.leased.insert(Rule::from(*address), lease.name.to_string());
            }
        }
        let plan = plan_registry(&spec, &Reading::of(self.live.clone()), &Policy::default());
        let held = rules.iter().any(|rule| {
            leases
                .iter()
                .any(|lease| lease.addresses.contains(&rule.parse().unwrap()))
        });
        assert_eq!(!plan.refusals.is_empty(), held, "{rules:?}: {:?}", plan.refusals);
        if held {
            return;
        }
        if let Some(body) = patch_body(&plan.changes, &self.live, Lists::Both, SubnetIdKey::Id) {
            assert!(body.get("tags").is_none(), "{body}");
            self.patch(&body);
        }
        self.promised = rules.iter().copied().collect();
    }

    /// Writes as the service does: tags as a whole, properties key by key.
    fn patch(&mut self, body: &Value) {
        let mut after = (*self.live.body).clone();
        for list in Setting::lists() {
            let rules = self.live.settings.rules(list).unwrap();
            let shown = rules.iter().map(|rule| json!({"action": "Allow", "value": rule}));
            after["properties"]["networkRuleSet"][list.key()] = shown.collect();
        }
        if let Some(tags) = body.get("tags") {
            after["tags"] = tags.clone();
        }
        for (key, value) in body["properties"].as_object().into_iter().flatten() {
            after["properties"][key] = value.clone();
        }
        self.live = parse::registry("2025-11-01", after).unwrap();
    }

    /// The tags are those of the open leases, and what was promised is there, whatever was closed.
    fn check(&self, at: &[Act]) {
        let leases = leases_of(&self.live);
        let names: BTreeSet<String> = leases.iter().map(|lease| lease.name.to_string()).collect();
        let open: BTreeSet<String> = self.open.iter().map(|name| (*name).to_owned()).collect();
        assert_eq!(names, open, "{at:?}");
        assert_eq!(self.live.tags["team"], "platform", "{at:?}");
        let mut expected: BTreeSet<String> =
            self.promised.iter().map(|rule| (*rule).to_owned()).collect();
        for lease in &leases {
            expected.extend(lease.addresses.iter().map(ToString::to_string));
        }
        let rules = self.live.settings.rules(Setting::IpRules).unwrap();
        let rules: BTreeSet<String> = rules.iter().map(ToString::to_string).collect();
        assert_eq!(rules, expected, "{at:?}");
    }
}

#[test]
fn no_order_of_commands_loses_a_promise_or_a_lease() {
    let mut worlds = vec![(Vec::new(), World::new())];
    let mut number = 0;
    for _ in 0..4 {
        let mut next = Vec::new();
        for (before, world) in &worlds {
            for act in ACTS {
                let (mut acts, mut world) = (Vec::clone(before), World::clone(world));
                acts.push(act);
                world.act(act);
                world.check(&acts);
                number += 1;
                next.push((acts, world));
            }
        }
        worlds = next;
    }
    assert_eq!(number, 8 + 64 + 512 + 4096);
}
