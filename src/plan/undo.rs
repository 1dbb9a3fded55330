//! What taking a change back would need.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Change, Guard, Policy, Rule, Setting, canonical, plan_registry};
use crate::live::{LiveIpRule, LiveRegistry, LiveSubnetRule, Reading, SubnetIdKey, SubnetRules};
use crate::model::SubnetId;
use crate::spec::RegistrySpec;

/// The guards that stand in the way from the state after these changes back to `wanted`, by planning just that. What
/// others change in between is none of it: that is for the guards to find when the time comes.
pub fn undo_guards(wanted: &RegistrySpec, live: &LiveRegistry, changes: &[Change]) -> Vec<Guard> {
    let reading = Reading::of(after(live, changes));
    let back = plan_registry(wanted, &reading, &Policy::default());
    let broken = |guard: &Guard| back.refusals.iter().any(|refusal| refusal.code == guard.name());
    Guard::ALL.into_iter().filter(broken).collect()
}

/// The registry as it is once these changes are made.
fn after(live: &LiveRegistry, changes: &[Change]) -> LiveRegistry {
    let mut after = live.clone();
    for change in changes {
        let text = || change.after.as_ref().and_then(Value::as_str).map(str::to_owned);
        let flag = || change.after.as_ref().and_then(Value::as_bool);
        match change.path {
            Setting::PublicNetworkAccess => after.public_network_access = text(),
            Setting::DefaultAction => after.default_action = text(),
            Setting::IpRules => ip_rules(&mut after.ip_rules, change),
            Setting::VirtualNetworkRules => subnet_rules(&mut after.subnet_rules, change),
            Setting::NetworkRuleBypassOptions => after.network_rule_bypass_options = text(),
            Setting::NetworkRuleBypassAllowedForTasks => {
                after.network_rule_bypass_allowed_for_tasks = flag();
            }
            Setting::DataEndpointEnabled => after.data_endpoint_enabled = flag(),
            Setting::ServiceEndpoints => {}
        }
    }
    after
}

fn forms(rules: &[Rule]) -> BTreeSet<String> {
    rules.iter().map(|rule| canonical(&rule.value)).collect()
}

fn ip_rules(list: &mut Vec<LiveIpRule>, change: &Change) {
    let gone = forms(&change.remove);
    list.retain(|rule| !gone.contains(&canonical(&rule.value)));
    list.extend(change.add.iter().map(|rule| LiveIpRule {
        value: rule.value.clone(),
        cidr: rule.value.parse().ok(),
        body: Value::Null,
    }));
}

fn subnet_rules(list: &mut SubnetRules, change: &Change) {
    let SubnetRules::Shown(list) = list else { return };
    let gone = forms(&change.remove);
    list.retain(|rule| !gone.contains(&canonical(&rule.value)));
    list.extend(change.add.iter().map(|rule| LiveSubnetRule {
        value: rule.value.clone(),
        id: SubnetId::parse(&rule.value).ok(),
        key: SubnetIdKey::Id,
        body: Value::Null,
    }));
}
