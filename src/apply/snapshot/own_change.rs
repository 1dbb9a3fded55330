//! The part of a plan that is ours, where others write the same lists.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::live::LiveRegistry;
use crate::model::{Rule, Setting};
use crate::plan::RegistryPlan;
use crate::spec::{ListedRule, Ownership};

/// The changes of a plan to a registry whose lists others write too. Rules that others add after the snapshot are not in
/// its state, and a restore must not remove them with ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OwnChange {
    /// The settings that it changes, lists included.
    pub settings: Vec<Setting>,
    /// Rules that it adds and that were not there.
    #[schemars(with = "Vec<String>")]
    pub add: Vec<Rule>,
    /// Rules that it removes and that were there.
    #[schemars(with = "Vec<String>")]
    pub remove: Vec<Rule>,
}

impl OwnChange {
    /// Returns the change of two runs. `self` is that of the first one, and what it added was not there before it.
    pub(super) fn and(mut self, later: &Self) -> Self {
        for setting in &later.settings {
            if !self.settings.contains(setting) {
                self.settings.push(*setting);
            }
        }
        for rule in &later.remove {
            if !self.add.contains(rule) && !self.remove.contains(rule) {
                self.remove.push(rule.clone());
            }
        }
        for rule in &later.add {
            if !self.remove.contains(rule) && !self.add.contains(rule) {
                self.add.push(rule.clone());
            }
        }
        self
    }

    /// Returns the changes of a plan on the state right before the write, or `None` if the lists are the spec's alone.
    pub(crate) fn of(plan: &RegistryPlan, live: &LiveRegistry) -> Option<Self> {
        if plan.ownership != Ownership::Additive {
            return None;
        }
        // A rule that was there before is not ours, even if the plan adds it.
        let present: BTreeSet<&Rule> = live.settings.all_rules().collect();
        let mut own = Self {
            settings: Vec::new(),
            add: Vec::new(),
            remove: Vec::new(),
        };
        for change in &plan.changes.settings {
            own.settings.push(change.path);
            own.add.extend(rules(&change.add, &present, false));
            own.remove.extend(rules(&change.remove, &present, true));
        }
        Some(own)
    }
}

/// Returns the rules that were, or were not, in the lists before.
fn rules(listed: &[ListedRule], present: &BTreeSet<&Rule>, was_present: bool) -> Vec<Rule> {
    let mut rules = Vec::new();
    for ListedRule { rule, .. } in listed {
        if present.contains(rule) == was_present {
            rules.push(rule.clone());
        }
    }
    rules
}
