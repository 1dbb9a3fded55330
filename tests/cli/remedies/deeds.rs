//! Deeds: edits of the spec, and commands.

use serde_json::{Value, json};

use super::client::{Client, egress, values};
use super::fleet::Fleet;
use super::situations::connections;
use super::walk::{Found, Walk};
use super::wanted::{Listed, PRESENT, Wanted};
use crate::azure_bodies::SUBSCRIPTION;

/// What a reader does.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Deed {
    Nothing,
    /// Sets a key of the spec.
    Set(String, String),
    ListClients,
    /// Lists the addresses of clients in the place of the rules of the finding.
    NarrowToClients,
    ReplaceBySubnets,
    /// Takes the first rule of the finding out of the spec.
    Remove,
    Merge,
    Own,
    ListPresentSubnets,
    ListSubnet,
    /// Lists the public addresses of subnets.
    UseAddresses,
    GoPrivate,
    RemoveEntryLater,
    Extend,
    /// Lists another address, for a reason of its own.
    ChangeList,
    TurnOff,
    /// Lets the apply take out what cannot be read.
    TakeOut,
    Az(Vec<String>),
    Ringfence(Vec<String>),
    /// Does another deed before the apply.
    First(Box<Deed>),
}

impl Deed {
    /// Returns true if it comes after the apply.
    pub(super) fn is_late(&self) -> bool {
        matches!(self, Self::Ringfence(_) | Self::RemoveEntryLater)
    }

    /// Does it.
    pub(super) fn done(&self, walk: &mut Walk, fleet: &Fleet, finding: &Found) {
        let first = finding.objects.first().cloned().unwrap_or_default();
        match self {
            Self::Nothing => {}
            Self::Set(key, value) => walk.set(key, value),
            Self::GoPrivate => go_private(walk, fleet, finding),
            Self::RemoveEntryLater => walk.wanted.drop_ip(first.trim_matches('`')),
            Self::TurnOff => fleet.turn_off(&walk.tag, &first),
            Self::TakeOut => walk.takes_out = true,
            Self::Az(words) => az(walk, fleet, words),
            Self::Ringfence(words) => walk.fault = fleet.command(words),
            Self::First(deed) => deed.done(walk, fleet, finding),
            edit => edit.edited(walk, fleet, finding),
        }
    }

    /// Edits the lists of the spec.
    fn edited(&self, walk: &mut Walk, fleet: &Fleet, finding: &Found) {
        if let Some(list) = self.list(finding) {
            manage(walk, fleet, list);
        }
        if finding.help.contains(EVERY_RANGE) {
            drop_reserved(&mut walk.wanted);
        }
        let wanted = &mut walk.wanted;
        match self {
            Self::ListClients => list_clients(walk, finding),
            Self::NarrowToClients => {
                for object in &finding.objects {
                    wanted.drop_ip(object);
                }
                list_addresses(walk);
            }
            Self::UseAddresses => list_addresses(walk),
            Self::Remove => remove(wanted, &finding.objects[0]),
            Self::Merge => merge(walk, finding),
            Self::ListPresentSubnets => {
                let listed = wanted.subnets.get_or_insert_default();
                listed.retain(|name| PRESENT.contains(&name.as_str()));
                let (_, named) = finding.objects[0].rsplit_once("/subnets/").unwrap();
                if PRESENT.contains(&named) {
                    wanted.add_subnet(named);
                }
            }
            Self::ListSubnet => {
                let mut objects = finding.objects.iter();
                let id = objects.find_map(|object| object.rsplit_once("/subnets/"));
                wanted.add_subnet(id.unwrap().1);
            }
            Self::ChangeList => wanted.add_ip("198.51.100.200"),
            Self::Own => {
                for listed in wanted.ips.iter_mut().flatten() {
                    listed.owner = listed.owner.or(Some("ann"));
                }
            }
            Self::Extend => {
                for listed in wanted.ips.iter_mut().flatten() {
                    listed.expires = listed.expires.map(|_| "2099-01-01");
                }
            }
            _ => {}
        }
    }

    /// Returns the list that the spec has to manage for the edit.
    fn list(&self, finding: &Found) -> Option<List> {
        match self {
            Self::NarrowToClients | Self::ReplaceBySubnets | Self::UseAddresses => Some(List::Ips),
            Self::ListPresentSubnets | Self::ListSubnet => Some(List::Subnets),
            Self::Remove => Some(list_of(finding)),
            _ => None,
        }
    }
}

/// A list of rules.
#[derive(Clone, Copy, PartialEq)]
enum List {
    Ips,
    Subnets,
}

fn list_of(finding: &Found) -> List {
    match finding.objects.first() {
        Some(object) if object.contains("/subnets/") => List::Subnets,
        _ => List::Ips,
    }
}

/// Lists what is live, where the spec does not manage the list.
fn manage(walk: &mut Walk, fleet: &Fleet, list: List) {
    let registry = fleet.registry(&walk.tag);
    let rules = &registry["properties"]["networkRuleSet"];
    match list {
        List::Ips if walk.wanted.ips.is_none() => {
            let live = values(&rules["ipRules"]).map(Listed::plain);
            walk.wanted.ips = Some(live.collect());
        }
        List::Subnets if walk.wanted.subnets.is_none() => {
            let live = values(&rules["virtualNetworkRules"]);
            let names = live.filter_map(|id| Some(id.rsplit_once("/subnets/")?.1.to_owned()));
            walk.wanted.subnets = Some(names.collect());
        }
        _ => {}
    }
}

fn remove(wanted: &mut Wanted, object: &str) {
    wanted.drop_ip(object);
    if let (Some((_, name)), Some(subnets)) = (object.rsplit_once("/subnets/"), &mut wanted.subnets) {
        subnets.retain(|listed| listed != name);
    }
}

/// Words about all private ranges of a list.
const EVERY_RANGE: &str = "every private or reserved range";

/// Lists every client, by its subnet where the next step allows that.
fn list_clients(walk: &mut Walk, finding: &Found) {
    let by_subnet = finding.help.contains("`subnets`");
    for client in walk.situation.clients.clone() {
        match client {
            Client::Address(address) => walk.wanted.add_ip(address),
            Client::Subnet(_) if walk.moved => {}
            Client::Subnet(name) if by_subnet => walk.wanted.add_subnet(name),
            Client::Subnet(name) => walk.wanted.add_ip(egress(name, walk.situation.shared)),
        }
    }
}

/// Lets the clients in virtual networks use private endpoints.
fn go_private(walk: &mut Walk, fleet: &Fleet, finding: &Found) {
    walk.moved = true;
    walk.wanted.expect.retain(|client| !PRESENT.contains(client));
    fleet.change(&walk.tag, |registry| {
        registry["properties"]["privateEndpointConnections"] = connections(&walk.tag);
    });
    if finding.help.contains("in place of the subnet rules") {
        walk.set("subnets", "[]");
    }
}

/// Takes out the private ranges of the situations.
fn drop_reserved(wanted: &mut Wanted) {
    for listed in wanted.ips.iter_mut() {
        listed.retain(|listed| !listed.range.starts_with("10."));
    }
}

/// Lists the public address of every client that comes from one.
fn list_addresses(walk: &mut Walk) {
    for client in walk.situation.clients.clone() {
        match client {
            Client::Address(address) => walk.wanted.add_ip(address),
            Client::Subnet("noep") if !walk.moved => {
                walk.wanted.add_ip(egress("noep", walk.situation.shared))
            }
            Client::Subnet(_) => {}
        }
    }
}

/// Lists the wider range that the message names, with what the first part says.
fn merge(walk: &mut Walk, finding: &Found) {
    let wider = finding.message.split('`').nth(1).unwrap();
    let ips = walk.wanted.ips.as_mut().unwrap();
    let first = ips
        .iter()
        .find(|listed| listed.range == finding.objects[0])
        .unwrap();
    let merged = Listed {
        range: wider.to_owned(),
        ..first.clone()
    };
    ips.retain(|listed| !finding.objects.contains(&listed.range));
    ips.push(merged);
}

/// Does what `az` would.
fn az(walk: &mut Walk, fleet: &Fleet, words: &[String]) {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        [
            "az",
            "provider",
            "register",
            "--namespace",
            "Microsoft.ContainerRegistry",
            "--subscription",
            subscription,
        ] => fleet.register(subscription),
        [
            "az",
            "acr",
            "update",
            "--name",
            name,
            "--subscription",
            SUBSCRIPTION,
            flag,
            value,
        ] => {
            assert_eq!(name, walk.tag);
            fleet.change(name, |registry| update(registry, flag, value));
        }
        ["az", "network", "private-endpoint", "create", ..] => {}
        [
            "az",
            "tag",
            "update",
            "--resource-id",
            id,
            "--operation",
            "Delete",
            "--tags",
            pair,
        ] => {
            assert!(id.ends_with(&walk.tag), "{id}");
            let (tag, value) = pair.split_once('=').unwrap();
            fleet.change(&walk.tag, |registry| {
                let removed = registry["tags"].as_object_mut().unwrap().remove(tag);
                assert_eq!(removed.unwrap(), value);
            });
        }
        _ => panic!("a command that no one can run: {words:?}"),
    }
}

fn update(registry: &mut Value, flag: &str, value: &str) {
    match (flag, value) {
        ("--sku", "Premium") => registry["sku"] = json!({"name": "Premium", "tier": "Premium"}),
        ("--anonymous-pull-enabled", "false") => {
            registry["properties"]["anonymousPullEnabled"] = false.into()
        }
        ("--admin-enabled", "false") => registry["properties"]["adminUserEnabled"] = false.into(),
        ("--allow-exports", "true") => {
            registry["properties"]["policies"]["exportPolicy"]["status"] = "enabled".into();
        }
        _ => panic!("a flag that no one knows: {flag} {value}"),
    }
}
