//! The entry of a spec for one registry, as its author edits it.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::client::egress;
use crate::azure_bodies::{SUBSCRIPTION, registry_id, subnet_id};

/// An entry of `ipRules`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Listed {
    pub(super) range: String,
    pub(super) owner: Option<&'static str>,
    pub(super) expires: Option<&'static str>,
}

impl Listed {
    pub(super) fn plain(range: &str) -> Self {
        Self {
            range: range.to_owned(),
            owner: None,
            expires: None,
        }
    }

    pub(super) fn until(range: &str, day: &'static str) -> Self {
        Self {
            owner: Some("ann"),
            expires: Some(day),
            ..Self::plain(range)
        }
    }

    pub(super) fn owned(range: &str, owner: &'static str) -> Self {
        Self {
            owner: Some(owner),
            ..Self::plain(range)
        }
    }
}

/// What a spec wants of a registry. `None` for a list that it does not manage.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Wanted {
    pub(super) ips: Option<Vec<Listed>>,
    /// Names of subnets.
    pub(super) subnets: Option<Vec<String>>,
    pub(super) keys: BTreeMap<String, String>,
    pub(super) expect: Vec<&'static str>,
}

/// Subnets that exist in the network of each walk.
pub(super) const PRESENT: [&str; 4] = ["ep", "noep", "del", "deloff"];

/// A subscription that is not registered for our provider, and the name of the subnet there.
pub(super) const ELSEWHERE: &str = "00000000-0000-0000-0000-00000000000e";
pub(super) const FAR: &str = "far";

/// Returns the id of a subnet of a walk by its name.
pub(super) fn subnet_of(tag: &str, name: &str) -> String {
    let id = subnet_id(tag, name).to_string();
    match name {
        FAR => id.replace(SUBSCRIPTION, ELSEWHERE),
        _ => id,
    }
}

impl Wanted {
    /// Writes the registry of a walk.
    pub(super) fn registry(&self, tag: &str) -> String {
        let mut text = format!("  - id: {}\n", registry_id(tag));
        for (key, value) in &self.keys {
            writeln!(text, "    {key}: {value}").unwrap();
        }
        if let Some(ips) = &self.ips {
            let entries: Vec<String> = ips.iter().map(entry).collect();
            writeln!(text, "    ipRules: [{}]", entries.join(", ")).unwrap();
        }
        if let Some(subnets) = &self.subnets {
            let names: Vec<String> = subnets.iter().map(|name| format!("{tag}{name}")).collect();
            writeln!(text, "    subnets: [{}]", names.join(", ")).unwrap();
        }
        if !self.expect.is_empty() {
            let mut names = Vec::new();
            for client in &self.expect {
                names.push(if PRESENT.contains(client) {
                    format!("{tag}{client}")
                } else {
                    (*client).to_owned()
                });
            }
            writeln!(text, "    expect: {{allow: [{}]}}", names.join(", ")).unwrap();
        }
        text
    }

    /// Takes a range out of the list.
    pub(super) fn drop_ip(&mut self, range: &str) {
        if let Some(ips) = &mut self.ips {
            ips.retain(|listed| listed.range != range);
        }
    }

    /// Lists a range.
    pub(super) fn add_ip(&mut self, range: &str) {
        let ips = self.ips.get_or_insert_default();
        if !ips.iter().any(|listed| listed.range == range) {
            ips.push(Listed::plain(range));
        }
    }

    /// Lists a subnet.
    pub(super) fn add_subnet(&mut self, name: &str) {
        let subnets = self.subnets.get_or_insert_default();
        if !subnets.iter().any(|listed| listed == name) {
            subnets.push(name.to_owned());
        }
    }
}

fn entry(listed: &Listed) -> String {
    let mut text = format!("{{cidr: {}", listed.range);
    if let Some(owner) = listed.owner {
        write!(text, ", owner: {owner}, reason: lab").unwrap();
    }
    if let Some(day) = listed.expires {
        write!(text, ", expires: {day}").unwrap();
    }
    text + "}"
}

/// Writes the subnets of a walk, each with its name and its public address.
pub(super) fn named_subnets(tag: &str, shared: bool) -> String {
    let mut text = String::new();
    for name in PRESENT {
        let (id, egress) = (subnet_of(tag, name), egress(name, shared));
        writeln!(text, "  {tag}{name}: {{id: {id}, egress: [{egress}]}}").unwrap();
    }
    for name in ["gone", FAR] {
        writeln!(text, "  {tag}{name}: {}", subnet_of(tag, name)).unwrap();
    }
    text
}
