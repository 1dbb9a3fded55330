//! Registries described for a spec that exists: with its names, and without what its defaults say.

use super::describe::{single_value, unmanaged};
use super::importable::ImportableValue;
use super::live_registries::importable;
use crate::live::LiveRegistry;
use crate::model::{Setting, SettingValue};
use crate::spec::{DraftRegistry, DraftSettings, DraftValue, KnownNames, ListedRule, WantedSettings};

/// Describes a live registry for a spec with these names, whose defaults ask for `given`.
pub fn describe_for(live: &LiveRegistry, names: &KnownNames, given: &WantedSettings) -> DraftRegistry {
    let registry = importable(live);
    let mut settings = DraftSettings::new();
    for (setting, value) in &registry.values {
        let given = given
            .get(*setting)
            .is_some_and(|given| is_same(&given.value, value));
        if registry.writes(*setting) && !given {
            settings.insert(*setting, draft_value(*setting, value, names));
        }
    }
    DraftRegistry {
        comment: unmanaged(&registry),
        id: registry.id,
        settings,
        ignore: registry.ignore,
    }
}

fn draft_value(setting: Setting, value: &ImportableValue, names: &KnownNames) -> DraftValue {
    match value {
        ImportableValue::Ranges(ranges) => DraftValue::List(names.entries_for(ranges)),
        ImportableValue::Subnets(subnets) => {
            let mut entries = Vec::new();
            for id in subnets {
                let name = names.subnet_name(id);
                entries.push(name.map_or_else(|| id.to_string(), str::to_owned));
            }
            DraftValue::List(entries)
        }
        ImportableValue::Word(word) => single_value(setting, word),
        ImportableValue::Flag(flag) => DraftValue::Flag(*flag),
    }
}

/// Returns true if a default asks for the value that a registry has.
fn is_same(given: &SettingValue<ListedRule>, value: &ImportableValue) -> bool {
    let rules = given.rules().unwrap_or_default();
    match value {
        ImportableValue::Word(word) => given.word() == Some(word),
        ImportableValue::Flag(flag) => given.flag() == Some(*flag),
        ImportableValue::Ranges(ranges) => {
            let mut listed = rules.iter().filter_map(|listed| listed.rule.cidr());
            rules.len() == ranges.len() && listed.all(|range| ranges.contains(&range))
        }
        ImportableValue::Subnets(subnets) => {
            let mut listed = rules.iter().filter_map(|listed| listed.rule.subnet());
            rules.len() == subnets.len() && listed.all(|id| subnets.contains(id))
        }
    }
}
