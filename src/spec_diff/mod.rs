//! Compares two specs: who gets in by the one and by the other.
//!
//! The old spec is taken for the live state, and the new one is planned on it. So the answer is that of a plan, and the two
//! cannot disagree.

mod types;

use std::collections::{BTreeMap, BTreeSet};

pub use types::{DiffSummary, FORMAT, Presence, RegistryDiff, SpecDiff};

use crate::live::{Live, LiveRegistry, Reading};
use crate::model::{
    DefaultAction, JsonText, PublicNetworkAccess, RegistryId, Rule, Setting, SettingValue, Settings,
};
use crate::plan::{Policy, RegistryPlan, diff};
use crate::spec::{ListedRule, RegistrySpec, Spec};

/// The registry in the old spec and in the new one. At least one of them has it.
type Sides<'a> = (Option<&'a RegistrySpec>, Option<&'a RegistrySpec>);

/// Compares two specs.
pub fn compare(old: &Spec, new: &Spec) -> SpecDiff {
    let mut sides: BTreeMap<&RegistryId, Sides<'_>> = BTreeMap::new();
    for registry in &old.registries {
        sides.entry(&registry.id).or_default().0 = Some(registry);
    }
    for registry in &new.registries {
        sides.entry(&registry.id).or_default().1 = Some(registry);
    }
    let mut summary = DiffSummary {
        registries: sides.len(),
        ..DiffSummary::default()
    };
    let mut registries = Vec::new();
    for plan in plans(&sides, new) {
        let found = described(plan, &sides);
        match found.presence {
            Presence::Added => summary.added += 1,
            Presence::Removed => summary.removed += 1,
            Presence::Both if is_same(&found) => continue,
            Presence::Both => summary.changed += 1,
        }
        registries.push(found);
    }
    SpecDiff {
        format: FORMAT,
        old: old.files.clone(),
        new: new.files.clone(),
        registries,
        summary,
    }
}

/// Plans every registry: the new spec on the old one. A registry that only one spec has does not change.
fn plans(sides: &BTreeMap<&RegistryId, Sides<'_>>, new: &Spec) -> Vec<RegistryPlan> {
    let mut spec = Spec {
        names: new.names.clone(),
        ..Spec::default()
    };
    let mut live = Live::default();
    for (id, (old, new)) in sides {
        if let Some(wanted) = new.or(*old) {
            spec.registries.push((*wanted).clone());
            let registry = state(id, old.unwrap_or(wanted), wanted);
            live.registries.insert((*id).clone(), Ok(Reading::of(registry)));
        }
    }
    diff(&spec, &live, &Policy::default()).registries
}

/// Returns the state that the old spec asks for. What only the new one manages is taken as it wants it: what it is today
/// is not known.
fn state(id: &RegistryId, old: &RegistrySpec, new: &RegistrySpec) -> LiveRegistry {
    let mut settings = Settings::default();
    for setting in Setting::ALL.iter().copied() {
        let wanted = old.settings.get(setting).or(new.settings.get(setting));
        let value = match wanted {
            Some(wanted) => Some(wanted.value.with_rules(|listed| listed.rule.clone())),
            None => in_force(setting),
        };
        settings.set(setting, value);
    }
    LiveRegistry {
        id: id.clone(),
        api_version: String::new(),
        location: String::new(),
        sku: "Premium".to_owned(),
        provisioning_state: "Succeeded".to_owned(),
        login_server: String::new(),
        settings,
        private_endpoint_connections: 0,
        export_policy: None,
        last_modified: None,
        tags: serde_json::Map::new(),
        approved_private_endpoints: 0,
        pending_private_endpoints: Vec::new(),
        admin_user: false,
        anonymous_pull: false,
        body: JsonText::from(&serde_json::Value::Null),
    }
}

/// Returns the value of a setting that neither spec manages: the one under which rules have an effect, and no rules. Other
/// settings stay unknown.
fn in_force(setting: Setting) -> Option<SettingValue> {
    match setting {
        Setting::PublicNetworkAccess => Some(PublicNetworkAccess::Enabled.into()),
        Setting::DefaultAction => Some(DefaultAction::Deny.into()),
        list if list.is_list() => Some(Vec::<Rule>::new().into()),
        _ => None,
    }
}

fn is_same(found: &RegistryDiff) -> bool {
    found.changes.is_empty() && found.now_managed.is_empty() && found.no_longer_managed.is_empty()
}

/// Describes one registry from its plan and the two specs.
fn described(mut plan: RegistryPlan, sides: &BTreeMap<&RegistryId, Sides<'_>>) -> RegistryDiff {
    let (old, new) = sides.get(&plan.id).copied().unwrap_or_default();
    // Nothing is applied, so there are no steps, and nothing refuses.
    plan.steps.clear();
    plan.notes.clear();
    plan.refusals.clear();
    if let Some(old) = old {
        name_removed(&mut plan, old);
    }
    let (managed_before, managed_after) = (managed(old), managed(new));
    let presence = match (old, new) {
        (Some(_), Some(_)) => Presence::Both,
        (None, _) => Presence::Added,
        (_, None) => Presence::Removed,
    };
    let (mut now_managed, mut no_longer_managed) = (Vec::new(), Vec::new());
    if presence == Presence::Both {
        now_managed.extend(managed_after.difference(&managed_before));
        no_longer_managed.extend(managed_before.difference(&managed_after));
    }
    let mut assumed = Vec::new();
    for setting in [Setting::PublicNetworkAccess, Setting::DefaultAction] {
        if !managed_before.contains(&setting) && !managed_after.contains(&setting) {
            assumed.push(setting);
        }
    }
    RegistryDiff {
        id: plan.id.clone(),
        source: plan.source.clone(),
        presence,
        mode: plan.mode.clone(),
        access: plan.access.clone(),
        changes: plan.changes.clone(),
        now_managed,
        no_longer_managed,
        assumed,
        plan,
    }
}

fn managed(spec: Option<&RegistrySpec>) -> BTreeSet<Setting> {
    let mut settings = BTreeSet::new();
    if let Some(spec) = spec {
        settings.extend(spec.settings.managed());
    }
    settings
}

/// Gives the rules that go the name, reason and line that the old spec has for them.
fn name_removed(plan: &mut RegistryPlan, old: &RegistrySpec) {
    for change in &mut plan.changes.settings {
        let listed = old.settings.rules(change.path).unwrap_or_default();
        let known: BTreeMap<&Rule, &ListedRule> =
            listed.iter().map(|listed| (&listed.rule, listed)).collect();
        for removed in &mut change.remove {
            if let Some(known) = known.get(&removed.rule) {
                *removed = (*known).clone();
            }
        }
    }
}
