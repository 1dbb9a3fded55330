//! The comparison of a spec with what was read: one loop over the table of settings.

use serde_json::Value;

use super::leased::spare_access;
use super::rules::{self, LeftAlone};
use super::{Action, Change, Changes, EndpointsChange, Policy, UnseenSetting};
use crate::live::{LiveRegistry, LiveSubnet, Reading};
use crate::model::{Setting, SettingValue};
use crate::spec::{ListedRule, RegistrySpec, ServiceEndpoints, WantedValue};

/// Returns the managed settings that differ, in the order of the registry's own body, and the live rules of each list
/// that stay although the spec does not list them.
pub(crate) fn changes(
    spec: &RegistrySpec,
    reading: &Reading,
    policy: &Policy,
) -> (Changes, Vec<LeftAlone>) {
    let mut settings = Vec::new();
    let mut left_alone = Vec::new();
    for setting in spec.settings.managed() {
        let Some(wanted) = spec.settings.get(setting) else {
            continue;
        };
        // Single values differ as a whole, lists rule by rule.
        let SettingValue::Rules(rules) = &wanted.value else {
            settings.extend(single(setting, wanted, &reading.registry));
            continue;
        };
        // A list that the api-version hides can be neither compared nor written.
        let Some(live) = reading.registry.settings.rules(setting) else {
            continue;
        };
        let diff = rules::diff(spec, policy, setting, rules, live);
        left_alone.push(diff.left_alone);
        let Some(action) = Action::of_list(&diff.add, &diff.remove) else {
            continue;
        };
        settings.push(Change {
            path: setting,
            action,
            add: diff.add,
            remove: diff.remove,
            before: None,
            after: None,
            source: wanted.source.clone(),
        });
    }
    spare_access(spec, &reading.registry, &mut settings);
    let changes = Changes {
        settings,
        endpoints: endpoints(spec, reading),
    };
    (changes, left_alone)
}

/// Compares a single value. A value that the api-version does not show is compared as its default, if it has one.
fn single(setting: Setting, wanted: &WantedValue, live: &LiveRegistry) -> Option<Change> {
    // The plan shows what was read, and `null` where a default stood in for it.
    let shown = live.settings.get(setting);
    let current = live.settings.value(setting)?;
    let (differs, after) = match &wanted.value {
        SettingValue::Word(word) => {
            let same = current.word().is_some_and(|live| live.eq_ignore_ascii_case(word));
            (!same, Value::from(&**word))
        }
        SettingValue::Flag(flag) => (current.flag() != Some(*flag), Value::from(*flag)),
        SettingValue::Rules(_) => return None,
    };
    differs.then(|| Change {
        path: setting,
        action: Action::Change,
        add: Vec::new(),
        remove: Vec::new(),
        before: Some(shown.map_or(Value::Null, SettingValue::to_json)),
        after: Some(after),
        source: wanted.source.clone(),
    })
}

/// Returns the managed settings that the answer does not show. Nothing is written for them, so only a later read can tell if
/// they hold.
pub(crate) fn unseen(spec: &RegistrySpec, live: &LiveRegistry) -> Vec<UnseenSetting> {
    let mut unseen = Vec::new();
    for setting in spec.settings.managed() {
        let wanted = spec.settings.get(setting).map(|wanted| &wanted.value);
        let wanted = match wanted {
            Some(SettingValue::Word(word)) => Value::from(&**word),
            Some(SettingValue::Flag(flag)) => Value::from(*flag),
            Some(SettingValue::Rules(rules)) => {
                rules.iter().map(|listed| listed.rule.as_str()).collect()
            }
            None => continue,
        };
        if live.settings.value(setting).is_none() {
            unseen.push(UnseenSetting {
                path: setting,
                wanted,
            });
        }
    }
    unseen
}

/// Returns the wanted subnets that were read and lack the endpoint.
pub(crate) fn endpoints(spec: &RegistrySpec, reading: &Reading) -> Option<EndpointsChange> {
    // A subnet may have been read for an expectation alone.
    if spec.service_endpoints == ServiceEndpoints::Assume || !reading.service_endpoints_supported {
        return None;
    }
    let wanted = spec.settings.get(Setting::VirtualNetworkRules)?;
    let mut add = Vec::new();
    for listed in wanted.value.rules()? {
        let Some(id) = listed.rule.subnet() else { continue };
        // A subnet that was not read either has its rule already, or cannot be judged.
        if let Some(LiveSubnet::Present(subnet)) = reading.subnets.get(id)
            && !subnet.has_endpoint
        {
            add.push(ListedRule {
                name: listed.name.clone(),
                ..listed.rule.clone().into()
            });
        }
    }
    add.sort_by(|a, b| a.rule.cmp(&b.rule));
    let source = wanted.source.clone();
    (!add.is_empty()).then_some(EndpointsChange { add, source })
}
