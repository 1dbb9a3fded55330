//! The part of a plan that is ours, where others write the same lists.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::live::{LiveRegistry, SubnetRules};
use crate::plan::{RegistryPlan, Rule, Setting, canonical};
use crate::spec::Ownership;

/// The changes of a plan to a registry whose lists others write too. Rules that others add after the snapshot are not in
/// its state, and a restore must not remove them with ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OwnChange {
    /// The settings that it changes, lists included.
    pub settings: Vec<Setting>,
    /// Rules that it adds and that were not there.
    pub add: Vec<String>,
    /// Rules that it removes and that were there.
    pub remove: Vec<String>,
}

impl OwnChange {
    /// Returns the changes of a plan on the state right before the write, or `None` if the lists are the spec's alone.
    pub(crate) fn of(plan: &RegistryPlan, live: &LiveRegistry) -> Option<Self> {
        if plan.ownership != Ownership::Additive {
            return None;
        }
        let present = present_rules(live);
        let mut own = Self {
            settings: Vec::new(),
            add: Vec::new(),
            remove: Vec::new(),
        };
        for change in plan.patched_changes() {
            own.settings.push(change.path);
            own.add.extend(values(&change.add, &present, false));
            own.remove.extend(values(&change.remove, &present, true));
        }
        Some(own)
    }
}

/// Returns the rules that were, or were not, in the lists before.
fn values(rules: &[Rule], present: &BTreeSet<String>, was_present: bool) -> Vec<String> {
    let mut values = Vec::new();
    for rule in rules {
        if present.contains(&canonical(&rule.value)) == was_present {
            values.push(rule.value.clone());
        }
    }
    values
}

/// Returns the rules of both lists in canonical form.
fn present_rules(live: &LiveRegistry) -> BTreeSet<String> {
    let mut present = BTreeSet::new();
    for rule in &live.ip_rules {
        present.insert(canonical(&rule.value));
    }
    if let SubnetRules::Shown(rules) = &live.subnet_rules {
        for rule in rules {
            present.insert(canonical(&rule.value));
        }
    }
    present
}
