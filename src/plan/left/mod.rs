//! The state that a run leaves: kept after it, and compared with what is live before the next one.

pub(crate) mod undo;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Basis, Change, Changes};
use crate::model::{RegistryId, Rule, Setting, SettingValue, SubnetId};
use crate::spec::{RegistrySpec, ServiceEndpoints, UnlistedRule};

/// Name and version of the JSON form.
pub const LEFT_FORMAT: &str = "ringfence.left/1";

/// The state in which a run left one registry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LeftState {
    /// Always `ringfence.left/1`.
    pub format: String,
    /// When the run began to write; RFC 3339, UTC.
    pub created: String,
    /// Id of the run.
    pub run: String,
    /// The host of Azure Resource Manager, or `sandbox`. The same id can be in the sandbox and in Azure.
    pub environment: String,
    pub id: RegistryId,
    pub state: Basis,
    /// Changes that the run began to write and did not end: each of them may be there. Absent in the record of a run that
    /// came to its end, and then `state` has them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub begun: Option<Changes>,
}

/// The state that the last run left, for each registry, or the reason why it is not known.
pub type LeftStates = BTreeMap<RegistryId, Result<LeftState, String>>;

/// Differences between what a run left and what is live, in words.
#[derive(Default)]
pub(crate) struct Differences {
    pub(crate) changed: Vec<String>,
    /// What one side does not show, so that it may have changed or not.
    pub(crate) unknown: Vec<String>,
}

impl LeftState {
    /// Returns where what the spec manages differs from this state. Rules and endpoints of others do not count.
    pub(crate) fn differences(&self, spec: &RegistrySpec, live: &Basis) -> Differences {
        let mut found = Differences::default();
        for setting in spec.settings.managed() {
            let key = setting.spec_key();
            match (self.state.settings.value(setting), live.settings.value(setting)) {
                (Some(left), Some(now)) => match (left.rules(), now.rules()) {
                    (Some(left), Some(now)) => {
                        found.changed.extend(self.moved_rules(spec, setting, left, now));
                    }
                    _ if left.means(&now) || self.has_begun(setting, &now) => {}
                    _ => {
                        let (left, now) = (shown(setting, &left), shown(setting, &now));
                        found.changed.push(format!("`{key}` was {left} and is {now}"));
                    }
                },
                (Some(_), None) => found.unknown.push(format!("`{key}` is not shown any more")),
                (None, Some(_)) => {
                    let run = &self.created;
                    found
                        .unknown
                        .push(format!("`{key}` was not shown to the run of {run}"));
                }
                (None, None) => {}
            }
        }
        self.compare_endpoints(spec, live, &mut found);
        found
    }

    /// Returns true if the run began to give the setting this value.
    fn has_begun(&self, setting: Setting, now: &SettingValue) -> bool {
        let Some(begun) = &self.begun else { return false };
        let value = begun.get(setting).and_then(Change::value);
        value.is_some_and(|value| value.means(now))
    }

    /// Returns the rules that came into a list, and those that are gone from it.
    fn moved_rules(
        &self,
        spec: &RegistrySpec,
        list: Setting,
        left: &[Rule],
        now: &[Rule],
    ) -> Vec<String> {
        let listed = spec.settings.rules(list).unwrap_or_default();
        let wanted: BTreeSet<&Rule> = listed.iter().map(|listed| &listed.rule).collect();
        let (left, now): (BTreeSet<&Rule>, BTreeSet<&Rule>) =
            (left.iter().collect(), now.iter().collect());
        let (added, removed) = match &self.begun {
            Some(begun) => (begun.added(list), begun.removed(list)),
            None => (&[][..], &[][..]),
        };
        let mut found = Vec::new();
        for (verb, rules, own) in [
            ("gained", now.difference(&left), added),
            ("lost", left.difference(&now), removed),
        ] {
            for rule in rules {
                // Another writer may change what the spec neither lists nor owns.
                let counts = wanted.contains(rule) || spec.unlisted(rule) == UnlistedRule::Remove;
                let is_own = own.iter().any(|listed| listed.rule == **rule);
                if counts && !is_own {
                    found.push(format!("`{}` {verb} `{}`", list.spec_key(), named(rule)));
                }
            }
        }
        found
    }

    /// Finds the endpoints that are off, or not known, although this state has the rule of their subnet. The service took
    /// the rule while the endpoint was on.
    fn compare_endpoints(&self, spec: &RegistrySpec, live: &Basis, found: &mut Differences) {
        let list = Setting::VirtualNetworkRules;
        // Nothing is ours where others turn the endpoints on.
        let (ServiceEndpoints::Ensure, Some(left)) =
            (spec.service_endpoints, self.state.settings.rules(list))
        else {
            return;
        };
        let left: BTreeSet<&Rule> = left.iter().collect();
        let still = live.settings.rules(list).unwrap_or_default();
        let (before, now) = (by_subnet(&self.state), by_subnet(live));
        for listed in spec.settings.rules(list).unwrap_or_default() {
            let Some(id) = listed.rule.subnet() else { continue };
            // A rule that is new, or gone, tells nothing of the endpoint.
            let has_rule = left.contains(&listed.rule) && still.contains(&listed.rule);
            let begun = self.begun.as_ref().is_some_and(|begun| begun.turns_on(id));
            if !has_rule || begun {
                continue;
            }
            let name = id.short();
            match (before.get(id), now.get(id)) {
                (_, Some(Some(true))) => {}
                (Some(Some(true)), Some(Some(false))) => found
                    .changed
                    .push(format!("the service endpoint of `{name}` was on and is off")),
                (_, Some(Some(false))) => found.unknown.push(format!(
                    "the service endpoint of `{name}` is off, and the run of {} did not look at it",
                    self.created
                )),
                (_, None | Some(None)) => found
                    .unknown
                    .push(format!("the service endpoint of `{name}` is not known")),
            }
        }
    }
}

/// Returns the service endpoints that a state shows, by subnet.
fn by_subnet(state: &Basis) -> BTreeMap<SubnetId, Option<bool>> {
    let mut endpoints = BTreeMap::new();
    for (id, endpoint) in &state.subnets {
        if let Ok(id) = SubnetId::parse(id) {
            endpoints.insert(id, *endpoint);
        }
    }
    endpoints
}

/// Returns the short name of a subnet, and the text of any other rule.
fn named(rule: &Rule) -> String {
    match rule.subnet() {
        Some(id) => id.short(),
        None => rule.to_string(),
    }
}

/// Returns a single value in the words of the spec.
fn shown(setting: Setting, value: &SettingValue) -> String {
    match setting.spec_value(&value.to_json()) {
        Value::String(word) => format!("`{word}`"),
        other => format!("`{other}`"),
    }
}
