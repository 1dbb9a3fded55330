//! One accepted PATCH and what came of it, where others may write the same lists.

use std::collections::BTreeSet;

use super::send::AcceptedPatch;
use crate::apply::proof::Proof;
use crate::live::LiveRegistry;
use crate::model::{Rule, Setting};
use crate::plan::{RegistryPlan, gone, lacks};
use crate::spec::Ownership;

/// An accepted PATCH and the state around it.
pub(crate) struct Attempt {
    /// The state before the write, with what others have changed since.
    pub(crate) before: LiveRegistry,
    /// The state after the write.
    pub(crate) now: Box<LiveRegistry>,
    /// The source of the state after the write.
    pub(crate) proof: Proof,
    /// Rules of others that are gone although ours was the last write.
    lost: BTreeSet<Rule>,
}

impl Attempt {
    /// Compares the states before and after an accepted PATCH.
    pub(crate) fn of(plan: &RegistryPlan, before: LiveRegistry, accepted: AcceptedPatch) -> Self {
        let before = with_changes_of_others(plan, before, &accepted);
        let lost = match accepted.is_last_write() {
            Some(true) => gone(plan, &before, &accepted.now),
            _ => BTreeSet::new(),
        };
        Self {
            before,
            now: accepted.now,
            proof: accepted.proof,
            lost,
        }
    }

    /// Returns true if our rules are present and our PATCH lost no rule of others.
    pub(crate) fn is_complete(&self, plan: &RegistryPlan) -> bool {
        self.lost.is_empty() && !lacks(plan, &self.now)
    }

    /// Puts the rules that our write lost into the state that the next attempt writes.
    pub(crate) fn put_back_lost_rules(&self, live: &mut LiveRegistry) {
        for list in Setting::lists() {
            let Some(rules) = live.settings.rules_mut(list) else {
                continue;
            };
            // Others may have put a lost rule back themselves.
            let present: BTreeSet<Rule> = rules.iter().cloned().collect();
            for rule in self.before.settings.rules(list).unwrap_or_default() {
                if self.lost.contains(rule) && !present.contains(rule) {
                    rules.push(rule.clone());
                }
            }
        }
    }
}

/// Returns the state before our write with what others have changed since. If someone wrote after us, rules that are
/// missing are their doing, except those that the spec lists: these are reported.
fn with_changes_of_others(
    plan: &RegistryPlan,
    mut before: LiveRegistry,
    accepted: &AcceptedPatch,
) -> LiveRegistry {
    // Without a time of the last write nothing is taken off the others: a missing rule is then reported.
    if accepted.is_last_write() == Some(false) {
        let mut removed = gone(plan, &before, &accepted.now);
        removed.retain(|rule| plan.listed.binary_search(rule).is_err());
        for list in Setting::lists() {
            if let Some(rules) = before.settings.rules_mut(list) {
                rules.retain(|rule| !removed.contains(rule));
            }
        }
        // A writer of shared lists leaves the default action to others.
        if plan.ownership == Ownership::Additive && !plan.managed.contains(&Setting::DefaultAction) {
            let action = accepted.now.settings.get(Setting::DefaultAction).cloned();
            before.settings.set(Setting::DefaultAction, action);
        }
    }
    // A new rule in a list that the spec does not manage is ours only if no one can have written after us.
    if accepted.is_last_write() != Some(true) {
        for list in Setting::lists().filter(|list| !plan.managed.contains(list)) {
            let now = accepted.now.settings.rules(list).unwrap_or_default();
            if let Some(rules) = before.settings.rules_mut(list) {
                let present: BTreeSet<Rule> = rules.iter().cloned().collect();
                rules.extend(now.iter().filter(|rule| !present.contains(rule)).cloned());
            }
        }
    }
    before
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::live::{Reading, parse};
    use crate::plan::{Policy, deviations, plan_registry};
    use crate::spec::RegistrySpec;

    fn live(at: &str, ips: &[&str]) -> LiveRegistry {
        let rules: Vec<Value> = ips
            .iter()
            .map(|ip| json!({"action": "Allow", "value": ip}))
            .collect();
        let body = json!({
            "id": "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/contoso",
            "location": "westeurope",
            "sku": {"name": "Premium"},
            "properties": {
                "provisioningState": "Succeeded",
                "loginServer": "contoso.azurecr.io",
                "networkRuleSet": {"defaultAction": "Deny", "ipRules": rules, "virtualNetworkRules": []}
            },
            "systemData": {"lastModifiedBy": "somebody", "lastModifiedAt": at}
        });
        parse::registry("2025-11-01", body).unwrap()
    }

    /// Plans for a registry whose list others share, and adds nothing to it.
    fn sharing(live: &LiveRegistry) -> RegistryPlan {
        let mut spec = RegistrySpec::unmanaged(live.id.clone());
        spec.ownership = Ownership::Additive;
        spec.settings.want_unsourced(Setting::IpRules, Vec::new());
        let reading = Reading::of(live.clone());
        plan_registry(&spec, &reading, &Policy::default())
    }

    #[test]
    fn missing_rules_are_theirs_only_after_a_later_write() {
        let before = live("1", &["198.51.100.1", "198.51.100.2"]);
        let plan = sharing(&before);
        for (wrote, now, stays, last) in [
            (Some("2"), "3", 1, Some(false)),
            (Some("2"), "2", 2, Some(true)),
            (None, "3", 2, None),
        ] {
            let accepted = AcceptedPatch::new(wrote, live(now, &["198.51.100.2"]));
            assert_eq!(accepted.is_last_write(), last);
            let expected = with_changes_of_others(&plan, before.clone(), &accepted);
            assert_eq!(
                expected.settings.rules(Setting::IpRules).unwrap().len(),
                stays,
                "{wrote:?} {now}"
            );
        }
    }

    /// Api-versions hide settings. A setting that shows up later has not changed by that.
    #[test]
    fn settings_not_shown_before_have_not_changed() {
        let before = live("1", &[]);
        let plan = sharing(&before);
        let with_bypass = |word: Option<&'static str>| {
            let mut live = before.clone();
            live.settings
                .set(Setting::NetworkRuleBypassOptions, word.map(Into::into));
            live
        };
        let shown = with_bypass(Some("azureservices"));
        for now in [Some("None"), None] {
            let after = with_bypass(now);
            assert!(deviations(&plan, &before, &after).is_empty(), "{now:?}");
            assert!(!deviations(&plan, &shown, &after).is_empty(), "{now:?}");
        }
    }
}
