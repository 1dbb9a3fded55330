//! The state that a run leaves: kept after it, and compared with what is live before the next one.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Basis;
use crate::model::{RegistryId, Rule, Setting, SettingValue, Settings};
use crate::spec::{RegistrySpec, UnlistedRule};

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
}

/// The state that the last run left, for each registry, or the reason why it is not known.
pub type LeftStates = BTreeMap<RegistryId, Result<LeftState, String>>;

impl LeftState {
    /// Returns, in words, where the managed settings that are live differ from this state. Rules of others do not count.
    pub(crate) fn differences(&self, spec: &RegistrySpec, live: &Settings) -> Vec<String> {
        let mut found = Vec::new();
        for setting in spec.settings.managed() {
            let key = setting.spec_key();
            match (self.state.settings.value(setting), live.value(setting)) {
                (Some(left), Some(now)) => match (left.rules(), now.rules()) {
                    (Some(left), Some(now)) => found.extend(moved_rules(spec, setting, left, now)),
                    _ if left.means(&now) => {}
                    _ => {
                        let (left, now) = (shown(setting, &left), shown(setting, &now));
                        found.push(format!("`{key}` was {left} and is {now}"));
                    }
                },
                // What one side does not show may differ.
                (Some(_), None) => found.push(format!("`{key}` is not shown any more")),
                (None, Some(_)) => found.push(format!("`{key}` was not shown to that run")),
                (None, None) => {}
            }
        }
        found
    }
}

/// Returns the rules that came into a list, and those that are gone from it.
fn moved_rules(spec: &RegistrySpec, list: Setting, left: &[Rule], now: &[Rule]) -> Vec<String> {
    let listed = spec.settings.rules(list).unwrap_or_default();
    let wanted: BTreeSet<&Rule> = listed.iter().map(|listed| &listed.rule).collect();
    let (left, now): (BTreeSet<&Rule>, BTreeSet<&Rule>) = (left.iter().collect(), now.iter().collect());
    let mut found = Vec::new();
    for (verb, rules) in [("gained", now.difference(&left)), ("lost", left.difference(&now))] {
        for rule in rules {
            // Another writer may change what the spec neither lists nor owns.
            if wanted.contains(rule) || spec.unlisted(rule) == UnlistedRule::Remove {
                found.push(format!("`{}` {verb} `{}`", list.spec_key(), named(rule)));
            }
        }
    }
    found
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
