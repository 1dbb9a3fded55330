//! Values that most registries of a fleet have.

use std::collections::BTreeMap;

use super::importable::{Importable, ImportableValue};
use crate::model::Setting;

/// Values for `defaults`: those that at least half of the registries have, and at least two.
///
/// A default reaches every registry of the file, and none can leave a setting out again. So each registry must have a value
/// of the setting, and one that cannot name the setting must have the default itself.
pub(crate) fn common_values(registries: &[Importable]) -> BTreeMap<Setting, ImportableValue> {
    let mut common = BTreeMap::new();
    for setting in Setting::ALL.iter().copied() {
        if let Some(value) = common_value(registries, setting) {
            common.insert(setting, value.clone());
        }
    }
    common
}

fn common_value(registries: &[Importable], setting: Setting) -> Option<&ImportableValue> {
    let mut counts: BTreeMap<&ImportableValue, usize> = BTreeMap::new();
    for registry in registries {
        *counts.entry(registry.values.get(&setting)?).or_insert(0) += 1;
    }
    // The first of two that are equally frequent.
    let (value, count) = counts.into_iter().rev().max_by_key(|(_, count)| *count)?;
    let is_frequent = count > 1 && count * 2 >= registries.len();
    let mut unnamed = registries.iter().filter(|registry| !registry.writes(setting));
    let suits_all = unnamed.all(|registry| registry.values.get(&setting) == Some(value));
    (is_frequent && suits_all).then_some(value)
}
