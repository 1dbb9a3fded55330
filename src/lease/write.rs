//! One PATCH of a lease, and what Azure's answer shows otherwise than it was sent.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::live::lease::is_lease_tag;
use crate::live::{LiveRegistry, SubnetIdKey};
use crate::model::{Rule, Setting};
use crate::plan::{
    Deviation, Lists, Problem, RegistryPlan, RowPath, deviations, patch_body, patch_body_with_rules,
};

/// One PATCH towards a goal.
#[derive(Clone, Debug)]
pub struct LeaseWrite {
    /// The changes of the settings.
    pub(super) plan: RegistryPlan,
    /// All tags of the registry: a PATCH replaces them (recorded: azure-libraries-for-net ContainerRegistryCRUD, 2019-10).
    pub(super) tags: Map<String, Value>,
}

impl LeaseWrite {
    /// Returns the body of the PATCH: tags, rules, default action and public access together. It always has the tags and the rules
    /// of one read, so that no two writers can leave a rule without its lease.
    pub fn body(&self, live: &LiveRegistry, lists: Lists) -> Value {
        let key = SubnetIdKey::of_new_rule(live);
        let changes = &self.plan.changes;
        let mut body = match live.is_premium() {
            true => patch_body_with_rules(changes, live, lists, key),
            // Registries of other SKUs take no rules.
            false => patch_body(changes, live, lists, key).unwrap_or_else(|| json!({})),
        };
        body["tags"] = Value::Object(self.tags.clone());
        body
    }

    /// Returns what is not in the answer as it was sent, and what is not as it was before: something changed the write on its
    /// way, as an Azure Policy with effect Modify does. Other writers are not the cause where the body has the whole list. The
    /// service may clear a list that the body leaves out.
    pub fn altered(&self, before: &LiveRegistry, after: &LiveRegistry, lists: Lists) -> Vec<Deviation> {
        let mut altered = deviations(&self.plan, before, after);
        altered.retain(|deviation| match deviation.path {
            RowPath::Setting(setting) => !setting.is_list(),
            RowPath::ServiceEndpoints | RowPath::Leases => false,
        });
        // An answer that leaves a setting out says nothing about it.
        altered.retain(|deviation| !deviation.lacks_value());
        for list in Setting::lists() {
            let path = RowPath::Setting(list);
            let mut problems = self.altered_rules(list, before, after);
            // Another writer may have added to a list that was not sent. A rule that it lost may be the doing of this write.
            if !self.sends(path, lists) {
                problems.retain(|problem| matches!(problem, Problem::Gone(_)));
            }
            altered.extend(Deviation::of(path, problems));
        }
        altered.extend(Deviation::of(RowPath::Leases, self.altered_tags(after)));
        altered
    }

    /// Returns false for a list that the body leaves out.
    pub fn sends(&self, path: RowPath, lists: Lists) -> bool {
        match path {
            RowPath::Setting(list) if list.is_list() && list != Setting::IpRules => {
                lists == Lists::Both || self.plan.change(list).is_some()
            }
            _ => true,
        }
    }

    /// Compares a list of the answer with the one of the body.
    fn altered_rules(&self, list: Setting, before: &LiveRegistry, after: &LiveRegistry) -> Vec<Problem> {
        let (Some(before), Some(after)) = (before.settings.rules(list), after.settings.rules(list))
        else {
            return Vec::new();
        };
        let sent = self.plan.rules_after(list);
        let sent: BTreeSet<&Rule> = sent.iter().collect();
        let before: BTreeSet<&Rule> = before.iter().collect();
        let after: BTreeSet<&Rule> = after.iter().collect();
        let mut problems = Vec::new();
        for rule in sent.difference(&after) {
            problems.push(match before.contains(rule) {
                true => Problem::Gone((*rule).clone()),
                false => Problem::Absent((*rule).clone()),
            });
        }
        for rule in after.difference(&sent) {
            problems.push(match before.contains(rule) {
                true => Problem::Present((*rule).clone()),
                false => Problem::Unsent((*rule).clone()),
            });
        }
        problems
    }

    /// Compares the tags of leases, which are this command's own.
    fn altered_tags(&self, after: &LiveRegistry) -> Vec<Problem> {
        let mut keys: BTreeSet<String> = BTreeSet::new();
        keys.extend(
            self.tags
                .keys()
                .chain(after.tags.keys())
                .map(|key| key.to_ascii_lowercase()),
        );
        keys.retain(|key| is_lease_tag(key));
        let mut problems = Vec::new();
        for tag in keys {
            let (live, sent) = (value_of(&after.tags, &tag), value_of(&self.tags, &tag));
            if live != sent {
                problems.push(Problem::Tag { tag, live, sent });
            }
        }
        problems
    }

    /// Returns true if the problem is about something that the write was to change.
    pub fn was_to_change(&self, path: RowPath, problem: &Problem, before: &LiveRegistry) -> bool {
        match problem {
            Problem::Absent(_) | Problem::Present(_) => true,
            Problem::Value { .. } => self.plan.changes.all().any(|change| change.path() == path),
            Problem::Tag { tag, sent, .. } => value_of(&before.tags, tag) != *sent,
            _ => false,
        }
    }
}

/// Returns the value of a tag. Azure compares the names of tags without case.
fn value_of(tags: &Map<String, Value>, tag: &str) -> Option<String> {
    let (_, value) = tags.iter().find(|(key, _)| key.eq_ignore_ascii_case(tag))?;
    Some(value.as_str().map_or_else(|| value.to_string(), str::to_owned))
}

/// Returns what is left of a deviation in a later state.
pub fn still_deviates(
    deviation: &Deviation,
    shown: &LiveRegistry,
    live: &LiveRegistry,
) -> Option<Deviation> {
    let mut problems = deviation.problems.clone();
    problems.retain(|problem| match (problem, deviation.path) {
        (Problem::Tag { tag, live: shown, .. }, _) => value_of(&live.tags, tag) == *shown,
        (problem, RowPath::Setting(setting)) => match problem.rule() {
            Some((rule, is_there)) => has(live, setting, rule) == is_there,
            None => shown.settings.agree(&live.settings, setting),
        },
        (_, RowPath::ServiceEndpoints | RowPath::Leases) => false,
    });
    Deviation::of(deviation.path, problems)
}

fn has(live: &LiveRegistry, list: Setting, rule: &Rule) -> bool {
    live.settings
        .rules(list)
        .is_some_and(|rules| rules.contains(rule))
}
