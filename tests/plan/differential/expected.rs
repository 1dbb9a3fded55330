//! What the reference model expects of a plan, beside the state that it leads to.

use std::collections::BTreeSet;

use crate::reference::addresses::{Count, Range, count, overlap};
use crate::reference::decide::{Answer, Client, Endpoint};
use crate::reference::draw::Pair;
use crate::reference::state::State;

use super::engine::{Limits, endpoint_of};

/// Returns ARM's paths of the settings that differ, in the order of a registry's own body.
pub(crate) fn changed(before: &State, after: &State) -> Vec<&'static str> {
    let rows = [
        ("publicNetworkAccess", before.public != after.public),
        ("networkRuleSet.defaultAction", before.allow != after.allow),
        ("networkRuleSet.ipRules", before.ips != after.ips),
        (
            "networkRuleSet.virtualNetworkRules",
            before.subnets != after.subnets,
        ),
        ("networkRuleBypassOptions", before.trusted != after.trusted),
        ("networkRuleBypassAllowedForTasks", before.tasks != after.tasks),
        ("dataEndpointEnabled", before.data != after.data),
    ];
    let differs = rows.into_iter().filter(|(_, differs)| *differs);
    differs.map(|(path, _)| path).collect()
}

/// Returns the wanted subnets without a rule yet, and their endpoints.
fn new_subnets(pair: &Pair, before: &State) -> Vec<(String, Endpoint)> {
    let (true, Some(listed)) = (before.premium, &before.subnets) else {
        return Vec::new();
    };
    let mut new = BTreeSet::new();
    for id in pair.wanted.subnets.iter().flatten() {
        if !listed.contains(&id.to_lowercase()) {
            new.insert(id.to_lowercase());
        }
    }
    let with_endpoint = |id: String| (id.clone(), endpoint_of(pair, &id));
    new.into_iter().map(with_endpoint).collect()
}

/// Returns the ids of subnets whose endpoint is turned on.
pub(crate) fn endpoints(pair: &Pair, before: &State) -> Vec<String> {
    if pair.wanted.assume {
        return Vec::new();
    }
    let new = new_subnets(pair, before);
    let off = new.into_iter().filter(|(_, endpoint)| *endpoint == Endpoint::Off);
    off.map(|(id, _)| id).collect()
}

/// Returns the paths of managed values that are not shown: they can neither be compared nor verified.
pub(crate) fn unseen(pair: &Pair, before: &State) -> Vec<&'static str> {
    let wanted = &pair.wanted;
    let mut paths = Vec::new();
    for (path, managed, shown) in [
        ("publicNetworkAccess", wanted.public.is_some(), before.public),
        (
            "networkRuleBypassOptions",
            wanted.trusted.is_some(),
            before.trusted,
        ),
        (
            "networkRuleBypassAllowedForTasks",
            wanted.tasks.is_some(),
            before.tasks,
        ),
        ("dataEndpointEnabled", wanted.data.is_some(), before.data),
    ] {
        if managed && shown.is_none() {
            paths.push(path);
        }
    }
    paths
}

/// Returns the codes of what Azure would refuse.
pub(crate) fn azures_refusals(pair: &Pair, before: &State, after: &State) -> BTreeSet<&'static str> {
    let wanted = &pair.wanted;
    let properties = &pair.body["properties"];
    let changed = changed(before, after);
    let mut codes = BTreeSet::new();
    if !unseen(pair, before).is_empty() {
        codes.insert("setting-not-shown");
    }
    if wanted.subnets.is_some() && before.subnets.is_none() {
        codes.insert("subnet-rules-hidden");
    }
    for (_, endpoint) in new_subnets(pair, before) {
        match (endpoint, wanted.assume) {
            (Endpoint::Unknown, false) => codes.insert("subnet-unreadable"),
            (Endpoint::Off, true) => codes.insert("endpoint-missing"),
            _ => false,
        };
    }
    let adds_subnet = added(before.subnets.as_ref(), after.subnets.as_ref()) > 0;
    let connected = properties["privateEndpointConnections"]
        .as_array()
        .is_some_and(|list| !list.is_empty());
    if adds_subnet && connected {
        codes.insert("private-endpoint");
    }
    let needs_premium = changed.iter().any(|path| !path.starts_with("networkRuleBypass"));
    if !before.premium && needs_premium {
        codes.insert("sku");
    }
    let writes = !changed.is_empty() || !endpoints(pair, before).is_empty();
    if properties["provisioningState"] == "Updating" && writes {
        codes.insert("busy");
    }
    let exports_off = properties["policies"]["exportPolicy"]["status"] == "disabled";
    if before.public == Some(false) && after.public == Some(true) && exports_off {
        codes.insert("exports-disabled");
    }
    codes
}

fn added<T: Ord>(before: Option<&BTreeSet<T>>, after: Option<&BTreeSet<T>>) -> usize {
    match (before, after) {
        (Some(before), Some(after)) => after.difference(before).count(),
        _ => 0,
    }
}

/// Returns the codes of the guards that a plan breaks, or `None` where the model cannot tell: hidden rules, a list with
/// duplicates, and a removed range that another rule still admits in part.
pub(crate) fn guards(
    pair: &Pair,
    limits: Limits,
    before: &State,
    after: &State,
) -> Option<BTreeSet<&'static str>> {
    let (Some(subnets_before), Some(subnets_after)) = (&before.subnets, &after.subnets) else {
        return None;
    };
    let gone: Vec<&Range> = before.ips.difference(&after.ips).collect();
    let still_admitted = gone
        .iter()
        .any(|gone| after.ips.iter().any(|rule| overlap(**gone, *rule)));
    if has_duplicates(pair, before) || still_admitted || !before.premium {
        return None;
    }
    let mut codes = BTreeSet::new();
    let removed = gone.len() + subnets_before.difference(subnets_after).count();
    let total = before.ips.len() + subnet_rules(before);
    let over_number = limits.max_removals.is_some_and(|most| removed > most as usize);
    // A part of a short list says little: percentages count from ten rules on.
    let over_part = limits
        .max_removal_percent
        .is_some_and(|most| total >= 10 && removed * 100 > total * most as usize);
    if over_number || over_part {
        codes.insert("removals");
    }
    if reaches_anyone(before) && !reaches_anyone(after) && after.public != Some(false) {
        codes.insert("last-rule");
    }
    Some(codes)
}

/// Returns the number of subnet rules that are shown.
fn subnet_rules(state: &State) -> usize {
    state.subnets.as_ref().map_or(0, BTreeSet::len)
}

/// Returns true if a client can get in from a public address or a subnet, where public access is not known to be disabled.
fn reaches_anyone(state: &State) -> bool {
    state.public != Some(false) && (state.allow || !state.ips.is_empty() || subnet_rules(state) > 0)
}

/// Returns true if the live list of IP rules has two spellings of one range.
pub(crate) fn has_duplicates(pair: &Pair, before: &State) -> bool {
    let rules = &pair.body["properties"]["networkRuleSet"]["ipRules"];
    rules.as_array().map_or(0, Vec::len) != before.ips.len()
}

/// The clients that gain access from one state to another.
#[derive(Debug, PartialEq)]
pub(crate) struct Gains {
    pub(crate) addresses: Count,
    /// Ids of the subnets of either state that gain access over their endpoint.
    pub(crate) subnets: BTreeSet<String>,
    pub(crate) trusted_services: bool,
    pub(crate) tasks: bool,
    pub(crate) unlisted_subnets: bool,
}

/// One side of a change: the state, and the subnets whose endpoint is off then.
#[derive(Clone, Copy)]
pub(crate) struct Side<'a> {
    pub(crate) state: &'a State,
    pub(crate) off: &'a BTreeSet<String>,
}

impl Gains {
    /// Decides for every kind of client on both sides.
    pub(crate) fn between(from: Side<'_>, to: Side<'_>) -> Self {
        let states = State::possible_pairs(from.state, to.state);
        let gains = |clients: [Client<'_>; 2]| {
            states
                .iter()
                .any(|[from, to]| is_gain(from.decide_shown(clients[0]), to.decide_shown(clients[1])))
        };
        let ranges = from.state.ips.iter().chain(&to.state.ips);
        let mut subnets = BTreeSet::new();
        for id in from.state.subnets.iter().chain(&to.state.subnets).flatten() {
            // With the endpoint off on both sides, the clients have public addresses, which are counted.
            let public = from.off.contains(id) && to.off.contains(id);
            if !public && gains([from, to].map(|side| side.subnet(id))) {
                subnets.insert(id.clone());
            }
        }
        Self {
            addresses: count(ranges.copied(), |address| gains([Client::Address(address); 2])),
            subnets,
            trusted_services: gains([Client::TrustedService; 2]),
            tasks: gains([Client::Task; 2]),
            unlisted_subnets: gains([Client::UnlistedSubnet; 2]),
        }
    }

    /// Returns true if any client gains access.
    pub(crate) fn any(&self) -> bool {
        let others = self.trusted_services || self.tasks || self.unlisted_subnets;
        self.addresses.public > 0 || !self.subnets.is_empty() || others
    }
}

impl<'a> Side<'a> {
    fn subnet(self, id: &'a str) -> Client<'a> {
        let endpoint = if self.off.contains(id) {
            Endpoint::Off
        } else {
            Endpoint::On
        };
        Client::Subnet {
            id,
            endpoint,
            egress: None,
        }
    }
}

/// Returns true if a client has more access afterwards. Access that is not known is more than none.
fn is_gain(before: Answer, after: Answer) -> bool {
    rank(after) > rank(before)
}

fn rank(answer: Answer) -> u8 {
    match answer {
        Some(false) => 0,
        None => 1,
        Some(true) => 2,
    }
}

/// Returns the subnets that were read and whose endpoint is off, before the change and after it.
pub(crate) fn endpoints_off(pair: &Pair, before: &State) -> [BTreeSet<String>; 2] {
    let new = new_subnets(pair, before);
    let off = new.into_iter().filter(|(_, endpoint)| *endpoint == Endpoint::Off);
    let before_change: BTreeSet<String> = off.map(|(id, _)| id).collect();
    let mut after = before_change.clone();
    for id in endpoints(pair, before) {
        after.remove(&id);
    }
    [before_change, after]
}

/// Returns the access mode in words.
pub(crate) fn mode(state: &State) -> String {
    let unknown = if state.premium && state.public.is_none() {
        ", public access unknown"
    } else {
        ""
    };
    mode_of_rules(state) + unknown
}

fn mode_of_rules(state: &State) -> String {
    let rules = state.ips.len() + subnet_rules(state);
    if state.public == Some(false) {
        dormant("private only", rules, "dead")
    } else if state.allow {
        dormant("open", rules, "dormant")
    } else if state.subnets.is_none() {
        format!("selected networks ({} IP, subnets unknown)", state.ips.len())
    } else if rules == 0 {
        "closed".to_owned()
    } else {
        let plural = if subnet_rules(state) == 1 { "" } else { "s" };
        format!(
            "selected networks ({} IP, {} subnet{plural})",
            state.ips.len(),
            subnet_rules(state)
        )
    }
}

fn dormant(mode: &str, rules: usize, word: &str) -> String {
    match rules {
        0 => mode.to_owned(),
        1 => format!("{mode} (1 {word} rule)"),
        _ => format!("{mode} ({rules} {word} rules)"),
    }
}
