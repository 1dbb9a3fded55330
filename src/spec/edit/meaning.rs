//! What a spec means, before and after an edit.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::rule_edit::{EditAction, ListEntry, RuleEdit};
use crate::model::{RegistryId, Rule, Setting, SettingValue};
use crate::spec::types::{KnownNames, ListedRule, RegistrySpec, RuleInfo, Sourced, Spec};

/// The name of a rule and the information about it.
type RuleMeaning = (Option<Arc<str>>, Option<Arc<RuleInfo>>);

/// The lists that an edit can change.
const LISTS: [Setting; 2] = [Setting::IpRules, Setting::VirtualNetworkRules];

/// Returns true if an edit of a registry's rules did what it says, and nothing else.
pub fn is_edited(before: &Spec, after: &Spec, id: &RegistryId, edit: &RuleEdit) -> bool {
    if before.names != after.names || before.registries.len() != after.registries.len() {
        return false;
    }
    // Both lists are sorted by id.
    for (old, new) in before.registries.iter().zip(&after.registries) {
        let is_right = if old.id == *id {
            is_edited_registry(old, new, edit, &before.names)
        } else {
            without_places(old) == without_places(new)
        };
        if !is_right {
            return false;
        }
    }
    true
}

/// Returns true if a spec has gained these registries, and nothing else has changed.
pub fn has_gained(before: &Spec, after: &Spec, gained: &BTreeSet<RegistryId>) -> bool {
    let mut others = Vec::new();
    for registry in &after.registries {
        if !gained.contains(&registry.id) {
            others.push(registry);
        }
    }
    let both = before.registries.iter().zip(&others);
    let count = before.registries.len();
    before.names == after.names
        && others.len() == count
        && after.registries.len() == count + gained.len()
        && both
            .into_iter()
            .all(|(old, new)| without_places(old) == without_places(new))
}

fn is_edited_registry(
    old: &RegistrySpec,
    new: &RegistrySpec,
    edit: &RuleEdit,
    names: &KnownNames,
) -> bool {
    // Everything but the two lists is as it was.
    if without_rules(old) != without_rules(new) {
        return false;
    }
    let asked = asked_rules(edit, names);
    for setting in LISTS {
        let entries = edit.entries_of(setting);
        if old.settings.manages(setting) != new.settings.manages(setting)
            && (entries.is_empty() || old.settings.manages(setting))
        {
            return false;
        }
        let (was, is) = (rules(old, setting), rules(new, setting));
        for rule in was.keys().chain(is.keys()) {
            // The rules that are not meant keep their names and information.
            if !asked.contains(rule) && was.get(rule) != is.get(rule) {
                return false;
            }
        }
        for entry in entries {
            if !is_done(&is, entry, edit, names) {
                return false;
            }
        }
    }
    true
}

/// Returns true if the new list has, or has not, what an entry asks for.
fn is_done(
    is: &BTreeMap<&Rule, RuleMeaning>,
    entry: &ListEntry,
    edit: &RuleEdit,
    names: &KnownNames,
) -> bool {
    let rules = entry.rules(names);
    match &edit.action {
        EditAction::Add(info) => rules.iter().all(|rule| match is.get(rule) {
            Some((_, has)) => has_info(has.as_deref(), info),
            None => false,
        }),
        // Another entry can still want a range of a network.
        EditAction::Remove if matches!(entry, ListEntry::Network(_)) => true,
        EditAction::Remove => !rules.iter().any(|rule| is.contains_key(rule)),
    }
}

/// Returns true if the information has everything that was asked for.
fn has_info(has: Option<&RuleInfo>, asked: &RuleInfo) -> bool {
    super::rule_edit::missing_info(has, asked).is_empty()
}

/// Returns the rules that an edit names.
fn asked_rules(edit: &RuleEdit, names: &KnownNames) -> BTreeSet<Rule> {
    let mut asked = BTreeSet::new();
    for entry in &edit.entries {
        asked.extend(entry.rules(names));
    }
    asked
}

fn rules(spec: &RegistrySpec, setting: Setting) -> BTreeMap<&Rule, RuleMeaning> {
    let mut rules = BTreeMap::new();
    for listed in spec.settings.rules(setting).unwrap_or_default() {
        rules.insert(&listed.rule, (listed.name.clone(), listed.info.clone()));
    }
    rules
}

/// Returns what a registry wants beside its rules. Rules that expired can come back or go.
fn without_rules(spec: &RegistrySpec) -> RegistrySpec {
    let mut spec = without_places(spec);
    for setting in LISTS {
        spec.settings.want_unsourced(setting, Vec::<ListedRule>::new());
    }
    spec.expired.clear();
    spec
}

/// Returns a registry without the places of its values.
fn without_places(spec: &RegistrySpec) -> RegistrySpec {
    let mut bare = spec.clone();
    bare.source = None;
    for setting in spec.settings.managed() {
        if let Some(wanted) = spec.settings.get(setting) {
            let value = match wanted.value.rules() {
                Some(rules) => SettingValue::from(bare_rules(rules)),
                None => wanted.value.clone(),
            };
            bare.settings.want(setting, Sourced::unsourced(value));
        }
    }
    bare.expired = bare_rules(&spec.expired);
    for expected in &mut bare.expect {
        expected.source = None;
    }
    for accepted in &mut bare.suppress {
        accepted.source = None;
    }
    bare
}

fn bare_rules(rules: &[ListedRule]) -> Vec<ListedRule> {
    let mut bare = Vec::new();
    for listed in rules {
        bare.push(ListedRule {
            source: None,
            ..listed.clone()
        });
    }
    bare
}
