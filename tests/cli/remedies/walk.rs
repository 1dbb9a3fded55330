//! A walk: one registry, and the findings that are done with, one after another.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::client::Client;
use super::deeds::Deed;
use super::fleet::Fleet;
use super::situations::Situation;
use super::wanted::Wanted;
use super::words;

/// A finding of an audit.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Found {
    pub(super) rule: String,
    pub(super) severity: String,
    pub(super) message: String,
    pub(super) objects: Vec<String>,
    pub(super) help: String,
}

impl Found {
    pub(super) fn of(finding: &Value) -> Self {
        let word = |key: &str| finding[key].as_str().unwrap().to_owned();
        let objects = finding["objects"].as_array().into_iter().flatten();
        Self {
            rule: word("rule"),
            severity: word("severity"),
            message: word("message"),
            objects: objects
                .map(|object| object.as_str().unwrap().to_owned())
                .collect(),
            help: word("help"),
        }
    }

    /// What stays the same in the copies of a registry.
    fn key(&self, tag: &str) -> (String, Vec<String>) {
        let network = format!("/virtualNetworks/{tag}/");
        let objects = self.objects.iter().map(|object| object.replace(&network, "/"));
        (self.rule.clone(), objects.collect())
    }
}

/// Rules that are found almost everywhere. One walk of them in each kind of registry is enough.
const COMMON: [&str; 7] = ["RF005", "RF006", "RF018", "RF027", "RF029", "RF030", "RF033"];

/// Returns true if a way changes something.
fn asks(finding: &Found, deeds: &[Deed]) -> bool {
    finding.help.starts_with("apply the spec") || deeds.iter().any(|deed| *deed != Deed::Nothing)
}

/// One registry on its way.
#[derive(Clone, Debug)]
pub(super) struct Walk {
    pub(super) tag: String,
    pub(super) situation: Situation,
    pub(super) wanted: Wanted,
    additive: bool,
    /// True if tasks and trusted services use the registry.
    pub(super) used: bool,
    /// True once clients in virtual networks use private endpoints.
    pub(super) moved: bool,
    first: Option<((String, Vec<String>), usize)>,
    current: Option<(Found, Vec<Deed>)>,
    admitted: Vec<Client>,
    steps: Vec<String>,
    seen: BTreeSet<String>,
    /// Values that steps have set, and whether clients had private endpoints then.
    set: BTreeMap<String, (String, bool)>,
    /// True if the apply of this step takes out what cannot be read.
    pub(super) takes_out: bool,
    /// What went wrong in the last step.
    pub(super) fault: Option<String>,
}

impl Walk {
    pub(super) fn new(situation: Situation, additive: bool, used: bool, number: usize) -> Self {
        let mut wanted = situation.wanted.clone();
        if additive {
            wanted.keys.insert("ownership".to_owned(), "additive".to_owned());
        }
        Self {
            tag: format!("walk{number:03}"),
            moved: situation.has_endpoint && situation.properties["publicNetworkAccess"] == "Disabled",
            situation,
            wanted,
            additive,
            used,
            first: None,
            current: None,
            admitted: Vec::new(),
            steps: Vec::new(),
            seen: BTreeSet::new(),
            set: BTreeMap::new(),
            takes_out: false,
            fault: None,
        }
    }

    /// Returns the findings to begin with, each with the number of a way that its next step offers.
    pub(super) fn first_steps(&self, found: &[Found]) -> Vec<(Found, usize)> {
        let mut steps = Vec::new();
        for finding in found {
            for (way, deeds) in words::ways(&finding.help, self).iter().enumerate() {
                if asks(finding, deeds) {
                    steps.push((finding.clone(), way));
                }
            }
        }
        steps
    }

    /// Returns true if this walk begins as another one would.
    pub(super) fn begins_like(&self, other: &Self, finding: &Found, way: usize) -> bool {
        let Some((key, number)) = &self.first else {
            return false;
        };
        let is_common = COMMON.contains(&finding.rule.as_str());
        let same = match is_common {
            true => key.0 == finding.rule && self.used == other.used,
            false => *key == finding.key(&other.tag) && self.situation.name == other.situation.name,
        };
        same && *number == way && self.additive == other.additive
    }

    /// Returns a walk that begins with this finding.
    pub(super) fn beginning_with(&self, finding: &Found, way: usize, number: usize) -> Self {
        Self {
            first: Some((finding.key(&self.tag), way)),
            ..Self::new(self.situation.clone(), self.additive, self.used, number)
        }
    }

    /// Checks the last step, and chooses the next one. Returns false at the end.
    pub(super) fn step(&mut self, fleet: &Fleet, found: &[Found]) -> Result<bool, String> {
        self.without_fault()?;
        self.check_clients(fleet)?;
        if let Some((done, deeds)) = self.current.take() {
            let acts = asks(&done, &deeds);
            let stays = found.iter().find(|finding| finding.key("") == done.key(""));
            if acts && stays.is_some() {
                return Err(format!("the finding stays: {stays:?}\n{}", self.story()));
            }
        }
        let state = format!("{:?} {}", self.wanted, fleet.access_settings(&self.tag));
        let Some((finding, deeds)) = self.choose(found) else {
            return Ok(false);
        };
        if !self.seen.insert(format!("{state} {}", finding.rule)) {
            return Err(format!("a circle\n{}", self.story()));
        }
        self.steps
            .push(format!("{} {}: {}", finding.rule, finding.message, finding.help));
        for deed in deeds.iter().filter(|deed| !deed.is_late()) {
            deed.done(self, fleet, &finding);
        }
        self.current = Some((finding, deeds));
        self.without_fault()
    }

    fn without_fault(&self) -> Result<bool, String> {
        match &self.fault {
            Some(fault) => Err(format!("{fault}\n{}", self.story())),
            None => Ok(true),
        }
    }

    /// Does what comes after the apply.
    pub(super) fn finish_step(&mut self, fleet: &Fleet) {
        let Some((finding, deeds)) = self.current.clone() else {
            return;
        };
        self.takes_out = false;
        for deed in deeds.iter().filter(|deed| deed.is_late()) {
            deed.done(self, fleet, &finding);
        }
    }

    /// Returns the gravest finding that asks for something, with what it asks for.
    fn choose(&mut self, found: &[Found]) -> Option<(Found, Vec<Deed>)> {
        if let (Some((key, way)), true) = (&self.first, self.steps.is_empty()) {
            let finding = found.iter().find(|finding| finding.key(&self.tag) == *key);
            let finding = finding.expect("the finding of the scout").clone();
            let deeds = words::ways(&finding.help, self).swap_remove(*way);
            return Some((finding, deeds));
        }
        for severity in ["error", "warning", "note"] {
            for finding in found.iter().filter(|finding| finding.severity == severity) {
                let ways = words::ways(&finding.help, self);
                let Some(deeds) = ways.into_iter().next() else {
                    continue;
                };
                if asks(finding, &deeds) {
                    return Some((finding.clone(), deeds));
                }
            }
        }
        None
    }

    /// Checks that every client that got in before still does.
    fn check_clients(&mut self, fleet: &Fleet) -> Result<(), String> {
        let (registry, network) = (fleet.registry(&self.tag), fleet.network(&self.tag));
        for client in self.situation.clients.clone() {
            let by_endpoint = self.moved && matches!(client, Client::Subnet(_));
            let gets_in = by_endpoint || client.gets_in(&registry, &network, self.situation.shared);
            let before = self.admitted.contains(&client);
            match (before, gets_in) {
                (true, false) => return Err(format!("{client:?} lost access\n{}", self.story())),
                (false, true) => self.admitted.push(client),
                _ => {}
            }
        }
        Ok(())
    }

    /// Sets a key of the spec. No step may set it back.
    pub(super) fn set(&mut self, key: &str, value: &str) {
        let set = (value.to_owned(), self.moved);
        let before = self.set.insert(key.to_owned(), set.clone());
        // A private endpoint opens another way in, so that the public one may close.
        if before.is_some_and(|before| before.0 != set.0 && before.1 == set.1) {
            self.fault = Some(format!("`{key}` is set back"));
        }
        match key {
            "ipRules" => self.wanted.ips = Some(Vec::new()),
            "subnets" => self.wanted.subnets = Some(Vec::new()),
            _ => drop(self.wanted.keys.insert(key.to_owned(), value.to_owned())),
        }
    }

    /// Tells the way so far.
    pub(super) fn story(&self) -> String {
        let (name, additive, used) = (self.situation.name, self.additive, self.used);
        let steps = self.steps.join("\n  then ");
        format!(
            "{} {name}, additive {additive}, used {used}:\n  {steps}\n  spec {:?}",
            self.tag, self.wanted
        )
    }
}
