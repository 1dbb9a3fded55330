//! `--only-change`: plans only the changes of some rules, and counts what that leaves out.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::{ChangeCount, Changes, Policy, RegistryPlan, diff};
use crate::live::Reading;
use crate::model::{Rule, Setting, SettingValue};
use crate::spec::{ListedRule, RegistrySpec, Spec, WantedSettings, WantedValue};

impl Policy {
    /// Returns true if changes of this rule are planned: it is named, or inside a range that is.
    pub(crate) fn plans(&self, rule: &Rule) -> bool {
        self.only_change.is_empty() || is_named(&self.only_change, rule)
    }

    /// Returns the policy of a plan that leaves nothing out, to count what this one does.
    pub(crate) fn without_only_change(&self) -> Self {
        Self {
            only_change: BTreeSet::new(),
            ..self.clone()
        }
    }

    /// Returns the part of a spec that is planned. Everything after this looks at that part alone, so that guards and
    /// checks judge what is done.
    pub(crate) fn narrowed<'a>(&self, spec: &'a Spec) -> Cow<'a, Spec> {
        if self.only_change.is_empty() {
            return Cow::Borrowed(spec);
        }
        let mut narrowed = spec.clone();
        for registry in &mut narrowed.registries {
            self.narrow(registry);
        }
        Cow::Owned(narrowed)
    }

    /// Keeps the lists of a registry with the rules that are planned. A single value is not the change of a rule.
    fn narrow(&self, registry: &mut RegistrySpec) {
        let mut settings = WantedSettings::default();
        for list in Setting::lists() {
            let Some(wanted) = registry.settings.get(list) else {
                continue;
            };
            let rules = self.planned(wanted.value.rules().unwrap_or_default());
            let value = SettingValue::from(rules);
            let source = wanted.source.clone();
            settings.want(list, WantedValue { value, source });
        }
        registry.settings = settings;
        registry.expired = self.planned(&registry.expired);
    }

    fn planned(&self, listed: &[ListedRule]) -> Vec<ListedRule> {
        let mut planned = Vec::new();
        for one in listed {
            if self.plans(&one.rule) {
                planned.push(one.clone());
            }
        }
        planned
    }
}

/// Counts the changes that `whole`, the spec with everything in it, asks for and that are not `planned`.
pub(crate) fn left_out(
    whole: &RegistrySpec,
    reading: &Reading,
    everything: &Policy,
    planned: &Changes,
) -> ChangeCount {
    let all = diff::changes(whole, reading, everything).0.count();
    let planned = planned.count();
    ChangeCount {
        add: all.add.saturating_sub(planned.add),
        change: all.change.saturating_sub(planned.change),
        remove: all.remove.saturating_sub(planned.remove),
    }
}

impl RegistryPlan {
    /// Returns true if every change is that of a rule that `--only-change` names, and nothing else was left out.
    pub(crate) fn keeps_to(&self, only_change: &BTreeSet<Rule>) -> bool {
        if only_change.is_empty() {
            return self.left_out == ChangeCount::default();
        }
        for change in &self.changes.settings {
            let mut rules = change.add.iter().chain(&change.remove);
            if !change.path.is_list() || !rules.all(|listed| is_named(only_change, &listed.rule)) {
                return false;
            }
        }
        let endpoints = self.changes.endpoints.iter().flat_map(|change| &change.add);
        endpoints
            .into_iter()
            .all(|listed| is_named(only_change, &listed.rule))
    }
}

fn is_named(only_change: &BTreeSet<Rule>, rule: &Rule) -> bool {
    only_change.iter().any(|named| named.covers(rule))
}
