//! Random pairs of a spec and a registry, with the shapes that break naive comparisons: ranges inside each other, `/32`,
//! letter case, both keys of subnet ids, lists that are not managed, and ignored, expired and duplicate rules.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::decide::Endpoint;
use super::wanted::Wanted;
use crate::azure_bodies::{premium_registry, registry_id, subnet_id};
use crate::chance::Chance;

/// Prefix lengths of drawn ranges; single addresses are the most frequent.
const LENGTHS: [u32; 10] = [32, 32, 32, 32, 31, 30, 29, 28, 26, 24];
/// Last bytes of drawn addresses: few, and at the ends of ranges, so that rules meet.
const HOSTS: [u32; 14] = [0, 1, 2, 3, 4, 7, 8, 15, 16, 63, 64, 127, 128, 255];
/// Wider ranges, and the first and last address that a client can have.
const WIDE: [&str; 5] = [
    "20.42.6.0/23",
    "20.42.0.0/16",
    "20.0.0.0/9",
    "1.0.0.0",
    "223.255.255.255/32",
];
/// Half of the address space and all of it.
const WIDEST: [&str; 3] = ["0.0.0.0/1", "128.0.0.0/1", "0.0.0.0/0"];

/// A spec and a registry.
#[derive(Clone, Debug)]
pub(crate) struct Pair {
    pub(crate) wanted: Wanted,
    /// The registry as Azure returns it.
    pub(crate) body: Value,
    /// The service endpoint of every subnet there is, by id. `Unknown` is a subnet that cannot be read.
    pub(crate) endpoints: BTreeMap<String, Endpoint>,
}

/// Draws pairs.
pub(crate) struct Draw {
    chance: Chance,
    /// The registry that a drawn one starts from.
    blank: Value,
    /// True for states that Azure would refuse to change, or that few registries are in.
    strange: bool,
}

impl Draw {
    /// Draws the same pairs for the same seed.
    pub(crate) fn new(seed: u64, strange: bool) -> Self {
        Self {
            chance: Chance::new(seed),
            blank: if strange {
                small_registry()
            } else {
                premium_registry("")
            },
            strange,
        }
    }

    /// Draws a pair for a registry of this name.
    pub(crate) fn pair(&mut self, name: &str) -> Pair {
        let subnets = pool(name);
        let live_ips = self.ips(12);
        let live_subnets = self.some_of(&subnets);
        let wanted = self.wanted(&live_ips, &live_subnets, &subnets);
        let mut endpoints = BTreeMap::new();
        for id in subnets {
            // A rule of a subnet without the endpoint blocks every write of its list.
            let on = !self.one_in(3) || (!self.strange && live_subnets.contains(&id));
            let endpoint = if self.is_strange(10) {
                Endpoint::Unknown
            } else if on {
                Endpoint::On
            } else {
                Endpoint::Off
            };
            endpoints.insert(id, endpoint);
        }
        Pair {
            wanted,
            body: self.body(name, &live_ips, &live_subnets),
            endpoints,
        }
    }

    fn one_in(&mut self, number: usize) -> bool {
        self.chance.below(number) == 0
    }

    fn is_strange(&mut self, one_in: usize) -> bool {
        self.one_in(one_in) && self.strange
    }

    fn flag(&mut self) -> Option<bool> {
        *self.chance.pick(&[None, Some(true), Some(false)])
    }

    /// Draws a range; half of the single addresses are written with `/32`.
    fn ip(&mut self) -> String {
        if self.one_in(24) {
            return (*self.chance.pick(&WIDE)).to_owned();
        }
        if self.is_strange(80) {
            return (*self.chance.pick(&WIDEST)).to_owned();
        }
        let length = *self.chance.pick(&LENGTHS);
        let host = *self.chance.pick(&HOSTS) & (u32::MAX << (32 - length));
        match length {
            32 if self.one_in(2) => format!("20.42.7.{host}"),
            _ => format!("20.42.7.{host}/{length}"),
        }
    }

    fn ips(&mut self, most: usize) -> Vec<String> {
        let number = self.chance.below(most + 1);
        (0..number).map(|_| self.ip()).collect()
    }

    fn some_of(&mut self, all: &[String]) -> Vec<String> {
        all.iter().filter(|_| self.one_in(3)).cloned().collect()
    }

    /// Returns the list with most of its entries and some new ones.
    fn near(&mut self, list: &[String]) -> Vec<String> {
        let mut near: Vec<String> = list.iter().filter(|_| !self.one_in(4)).cloned().collect();
        near.extend(self.ips(3));
        near
    }

    fn wanted(&mut self, live_ips: &[String], live_subnets: &[String], all: &[String]) -> Wanted {
        let manages_ips = !self.one_in(4);
        let ips = match self.chance.below(6) {
            0 => self.ips(6),
            1 => live_ips.to_vec(),
            _ => self.near(live_ips),
        };
        let subnets = match self.chance.below(3) {
            0 => self.some_of(all),
            1 => live_subnets.to_vec(),
            _ => {
                let mut subnets = live_subnets.to_vec();
                subnets.extend(self.some_of(all));
                subnets
            }
        };
        let mut ignore = if self.one_in(3) { self.ips(2) } else { Vec::new() };
        if self.one_in(3) {
            ignore.extend(self.some_of(all));
        }
        Wanted {
            public: self.mostly_true(),
            allow: self.flag(),
            expired: if manages_ips && self.one_in(4) {
                self.near(live_ips)
            } else {
                Vec::new()
            },
            ips: manages_ips.then_some(ips),
            subnets: (!self.one_in(3)).then(|| subnets.iter().map(|id| self.spelled(id)).collect()),
            assume: self.is_strange(5),
            trusted: self.flag(),
            tasks: self.flag(),
            data: self.flag(),
            additive: self.one_in(3),
            ignore: ignore.iter().map(|text| self.spelled(text)).collect(),
        }
    }

    fn mostly_true(&mut self) -> Option<bool> {
        *self
            .chance
            .pick(&[None, None, Some(true), Some(true), Some(false)])
    }

    /// Returns the name of a resource in another case. Ids keep their first segment, which is a keyword.
    fn spelled(&mut self, text: &str) -> String {
        match text.strip_prefix("/subscriptions/") {
            Some(rest) if self.one_in(3) => format!("/subscriptions/{}", rest.to_uppercase()),
            Some(rest) if self.one_in(3) => format!("/subscriptions/{}", rest.to_lowercase()),
            _ => text.to_owned(),
        }
    }

    fn body(&mut self, name: &str, ips: &[String], subnets: &[String]) -> Value {
        let mut body = self.blank.clone();
        body["id"] = json!(registry_id(name));
        body["name"] = json!(name);
        let properties = &mut body["properties"];
        properties["loginServer"] = json!(format!("{name}.azurecr.io"));
        properties["publicNetworkAccess"] = self.word("Enabled", "Disabled", 4);
        properties["networkRuleBypassOptions"] = self.word("AzureServices", "None", 2);
        properties["networkRuleBypassAllowedForTasks"] = json!(self.one_in(2));
        properties["dataEndpointEnabled"] = json!(self.one_in(2));
        properties["networkRuleSet"] = json!({
            "defaultAction": self.word("Deny", "Allow", 3),
            "ipRules": self.ip_rules(ips),
            "virtualNetworkRules": self.subnet_rules(subnets),
        });
        if self.strange {
            self.make_strange(&mut body);
        }
        body
    }

    /// Draws one of two words; one in `rare` is the second.
    fn word(&mut self, usual: &str, other: &str, rare: usize) -> Value {
        let word = if self.one_in(rare) { other } else { usual };
        match self.chance.below(8) {
            0 if self.strange => json!(word.to_uppercase()),
            1 if self.strange => json!(word.to_lowercase()),
            _ => json!(word),
        }
    }

    fn ip_rules(&mut self, ips: &[String]) -> Vec<Value> {
        let mut rules: Vec<Value> = Vec::new();
        for text in ips {
            let twice = rules
                .iter()
                .any(|rule| range_of(&rule["value"]) == range_of(&json!(text)));
            // Azure answers with duplicates only where a client has sent them.
            if twice && !self.strange {
                continue;
            }
            let mut rule = json!({"action": "Allow", "value": text});
            if self.is_strange(6) {
                rule["note"] = json!("of a later version");
            }
            rules.push(rule);
        }
        if self.is_strange(8) && !rules.is_empty() {
            rules.push(self.chance.pick(&rules).clone());
        }
        rules
    }

    fn subnet_rules(&mut self, subnets: &[String]) -> Vec<Value> {
        let short = self.is_strange(2);
        let key = if short {
            "id"
        } else {
            "virtualNetworkSubnetResourceId"
        };
        let mut rules = Vec::new();
        for id in subnets {
            let id = self.spelled(id);
            let mut rule = json!({"action": "Allow", key: id});
            // An answer can have both keys, for clients of either version.
            if self.is_strange(6) {
                rule["id"] = json!(id);
            }
            rules.push(rule);
        }
        rules
    }

    /// Gives a registry another tier, other states and missing fields.
    fn make_strange(&mut self, body: &mut Value) {
        let properties = body["properties"].as_object_mut().expect("an object");
        for field in [
            "publicNetworkAccess",
            "networkRuleBypassOptions",
            "networkRuleBypassAllowedForTasks",
            "dataEndpointEnabled",
            "endpointProtocol",
        ] {
            if self.one_in(20) {
                properties.remove(field);
            }
        }
        if self.one_in(8) {
            properties["policies"]["exportPolicy"]["status"] = json!("disabled");
        }
        if self.one_in(8) {
            properties["privateEndpointConnections"] = json!([{"id": "connection", "properties": {}}]);
        }
        let state = ["Succeeded", "Succeeded", "Failed", "Updating"];
        properties["provisioningState"] = json!(*self.chance.pick(&state));
        let rules = properties["networkRuleSet"].as_object_mut().expect("an object");
        if self.one_in(10) {
            rules.remove("virtualNetworkRules");
        }
        // Basic and Standard have no rules.
        if self.one_in(10) {
            properties.remove("networkRuleSet");
            properties.insert("publicNetworkAccess".to_owned(), json!("Enabled"));
            properties.insert("dataEndpointEnabled".to_owned(), json!(false));
            body["sku"] = json!({"name": *self.chance.pick(&["Basic", "Standard"])});
        }
    }
}

/// A registry with the fields that planning reads, and one that it does not know: thousands are drawn.
fn small_registry() -> Value {
    json!({
        "sku": {"name": "Premium"},
        "location": "eastus",
        "properties": {
            "provisioningState": "Succeeded",
            "endpointProtocol": "IPv4",
            "policies": {"exportPolicy": {"status": "enabled"}},
            "privateEndpointConnections": [],
            "ofALaterVersion": {"kept": true}
        }
    })
}

/// Returns the subnets of a registry's pair: three of one network and one of another.
fn pool(name: &str) -> Vec<String> {
    let mut ids = Vec::new();
    for (network, subnet) in [("hub", "build"), ("hub", "aks"), ("hub", "a"), ("spoke", "build")] {
        ids.push(subnet_id(&format!("{name}-{network}"), subnet).to_string());
    }
    ids
}

/// The id of a registry that is drawn.
pub(crate) fn id_of(name: &str) -> String {
    registry_id(name)
}

fn range_of(text: &Value) -> super::addresses::Range {
    super::addresses::range(text.as_str().expect("a text"))
}
