//! Describes registries as the shortest spec.

use std::collections::BTreeMap;

use super::common;
use super::importable::{Importable, ImportableValue};
use super::networks::SharedNetworks;
use super::notes::SeenNote;
use super::subnet_names::SubnetNames;
use super::types::{FORMAT, Import, ImportSummary, ImportedNetwork, ImportedRegistry, ImportedSubnet};
use crate::live::UnreadPlace;
use crate::model::{Setting, SettingKind};
use crate::spec::{DraftRegistry, DraftSettings, DraftValue, SpecDraft};

/// Writes the spec of these registries.
pub(crate) fn describe(
    mut registries: Vec<Importable>,
    failures: Vec<UnreadPlace>,
    notes: Vec<SeenNote>,
    comment: &[&str],
) -> Import {
    registries.sort_by(|a, b| a.id.cmp(&b.id));
    let networks = SharedNetworks::of(&registries);
    let subnets = SubnetNames::of(&registries, &networks);
    let common = common::common_values(&registries);
    let writer = Writer {
        networks: &networks,
        subnets: &subnets,
        common: &common,
    };
    let draft = SpecDraft {
        comment: comment.iter().map(|line| (*line).to_owned()).collect(),
        networks: networks.by_name.clone(),
        subnets: subnets.by_name(),
        defaults: writer.settings(&common),
        registries: registries
            .iter()
            .map(|registry| writer.registry(registry))
            .collect(),
    };
    let imported: Vec<ImportedRegistry> = registries
        .into_iter()
        .map(|registry| imported(registry, &common))
        .collect();
    let mut import = Import {
        format: FORMAT.to_owned(),
        spec: draft.to_yaml(),
        networks: named_networks(&networks),
        subnets: named_subnets(&subnets),
        registries: imported,
        notes,
        failures,
        summary: ImportSummary::default(),
    };
    import.summary = summary(&import);
    import
}

/// Turns values into those of a draft, with the names of the fleet.
struct Writer<'a> {
    networks: &'a SharedNetworks,
    subnets: &'a SubnetNames,
    common: &'a BTreeMap<Setting, ImportableValue>,
}

impl Writer<'_> {
    /// Returns a registry with the values that it does not share.
    fn registry(&self, registry: &Importable) -> DraftRegistry {
        let mut own = BTreeMap::new();
        for (setting, value) in &registry.values {
            if registry.writes(*setting) && self.common.get(setting) != Some(value) {
                own.insert(*setting, value.clone());
            }
        }
        DraftRegistry {
            id: registry.id.clone(),
            comment: unmanaged(registry),
            settings: self.settings(&own),
            ignore: registry.ignore.clone(),
        }
    }

    fn settings(&self, values: &BTreeMap<Setting, ImportableValue>) -> DraftSettings {
        let mut settings = DraftSettings::new();
        for (setting, value) in values {
            settings.insert(*setting, self.value(*setting, value));
        }
        settings
    }

    fn value(&self, setting: Setting, value: &ImportableValue) -> DraftValue {
        match value {
            ImportableValue::Word(word) => single_value(setting, word),
            ImportableValue::Flag(flag) => DraftValue::Flag(*flag),
            ImportableValue::Ranges(ranges) => DraftValue::List(self.networks.entries(ranges)),
            ImportableValue::Subnets(subnets) => DraftValue::List(self.subnets.entries(subnets)),
        }
    }
}

/// Returns a word as a spec writes it.
pub(crate) fn single_value(setting: Setting, word: &'static str) -> DraftValue {
    match setting.facts().kind {
        SettingKind::Word {
            words: [yes, _],
            spec_flag: true,
            ..
        } => DraftValue::Flag(word == yes),
        _ => DraftValue::Word(word),
    }
}

/// Returns the comment of a registry: what the spec does not manage, in words of ours.
pub(crate) fn unmanaged(registry: &Importable) -> Vec<String> {
    let mut parts: Vec<&str> = Vec::new();
    for note in &registry.notes {
        if let Some(what) = note.code.unmanaged()
            && !parts.contains(&what)
        {
            parts.push(what);
        }
    }
    match parts.is_empty() {
        true => Vec::new(),
        false => vec![format!("Not managed: {}", parts.join(", "))],
    }
}

fn imported(registry: Importable, common: &BTreeMap<Setting, ImportableValue>) -> ImportedRegistry {
    let mut managed = Vec::new();
    for setting in Setting::ALL.iter().copied() {
        if registry.writes(setting) || common.contains_key(&setting) {
            managed.push(setting);
        }
    }
    ImportedRegistry {
        id: registry.id,
        managed,
        notes: registry.notes,
    }
}

fn named_networks(networks: &SharedNetworks) -> Vec<ImportedNetwork> {
    let mut named = Vec::new();
    for (name, cidrs) in &networks.by_name {
        named.push(ImportedNetwork {
            name: name.clone(),
            cidrs: cidrs.clone(),
            registries: networks.registries[name],
        });
    }
    named
}

fn named_subnets(subnets: &SubnetNames) -> Vec<ImportedSubnet> {
    let mut named = Vec::new();
    for (name, id) in subnets.by_name() {
        let registries = subnets.registries[&id];
        named.push(ImportedSubnet { name, id, registries });
    }
    named
}

fn summary(import: &Import) -> ImportSummary {
    ImportSummary {
        registries: import.registries.len(),
        networks: import.networks.len(),
        subnets: import.subnets.len(),
        notes: import.notes.len()
            + import
                .registries
                .iter()
                .map(|registry| registry.notes.len())
                .sum::<usize>(),
        failures: import.failures.len(),
    }
}
