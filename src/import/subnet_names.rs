//! Names of subnets.

use std::collections::{BTreeMap, BTreeSet};

use super::importable::Importable;
use super::networks::SharedNetworks;
use crate::model::SubnetId;

/// The subnets of a fleet and their names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct SubnetNames {
    names: BTreeMap<SubnetId, String>,
    /// Number of registries that list a subnet.
    pub(crate) registries: BTreeMap<SubnetId, usize>,
}

impl SubnetNames {
    /// Names every subnet that a registry lists, so that a second registry with the subnet changes no line of the first.
    /// No subnet has the name of a network.
    pub(crate) fn of(registries: &[Importable], networks: &SharedNetworks) -> Self {
        let mut all = Self::default();
        for registry in registries {
            for id in registry.written_subnets().into_iter().flatten() {
                *all.registries.entry(id.clone()).or_insert(0) += 1;
            }
        }
        // Where two subnets would have the same name, that of more registries has it, so that a new one changes few lines.
        let mut taken: BTreeSet<String> = networks.by_name.keys().cloned().collect();
        let mut unnamed: Vec<&SubnetId> = all.registries.keys().collect();
        for form in [short, with_group, with_subscription] {
            let mut by_name: BTreeMap<String, Vec<&SubnetId>> = BTreeMap::new();
            for id in unnamed {
                by_name.entry(form(id)).or_default().push(id);
            }
            unnamed = Vec::new();
            for (name, ids) in by_name {
                let keeper = all.most_listed(&ids).filter(|_| taken.insert(name.clone()));
                for id in ids {
                    match keeper == Some(id) {
                        true => {
                            all.names.insert(id.clone(), name.clone());
                        }
                        false => unnamed.push(id),
                    }
                }
            }
        }
        all
    }

    /// Returns the subnet that more registries list than any other of these.
    fn most_listed<'a>(&self, ids: &[&'a SubnetId]) -> Option<&'a SubnetId> {
        let most = ids.iter().map(|id| self.registries[*id]).max()?;
        let mut listed = ids.iter().filter(|id| self.registries[**id] == most);
        match (listed.next(), listed.next()) {
            (Some(only), None) => Some(only),
            _ => None,
        }
    }

    /// Returns the subnets by their names.
    pub(crate) fn by_name(&self) -> BTreeMap<String, SubnetId> {
        let mut by_name = BTreeMap::new();
        for (id, name) in &self.names {
            by_name.insert(name.clone(), id.clone());
        }
        by_name
    }

    /// Returns the entries of a list: names, and ids where no name is unique.
    pub(crate) fn entries<'a>(&self, ids: impl IntoIterator<Item = &'a SubnetId>) -> Vec<String> {
        let mut entries = Vec::new();
        for id in ids {
            match self.names.get(id) {
                Some(name) => entries.push(name.clone()),
                None => entries.push(id.to_string()),
            }
        }
        entries.sort();
        entries
    }
}

fn short(id: &SubnetId) -> String {
    name(&id.short())
}

fn with_group(id: &SubnetId) -> String {
    name(&format!("{}-{}", id.resource_group(), id.short()))
}

fn with_subscription(id: &SubnetId) -> String {
    name(&format!(
        "{}-{}-{}",
        id.subscription(),
        id.resource_group(),
        id.short()
    ))
}

/// Makes a name that cannot be taken for an address or an id.
fn name(text: &str) -> String {
    let text = text.replace('/', "-").to_ascii_lowercase();
    if text.starts_with(|c: char| c.is_ascii_alphabetic()) {
        text
    } else {
        format!("subnet-{text}")
    }
}
