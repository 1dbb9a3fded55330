//! The way from a snapshot to a spec that wants its state again.

use super::own_change::OwnChange;
use super::{Snapshot, SnapshotError};
use crate::model::{Rule, RuleTarget, Setting};
use crate::spec::{Guardrails, ListedRule, Origin, Ownership, RegistrySpec, ServiceEndpoints};

impl Snapshot {
    /// Turns the snapshot into a spec. Where others share the lists, the spec takes back the own change and nothing else.
    ///
    /// A setting that the snapshot does not show stays unmanaged, but for those with a default: an answer without a
    /// default action means an open registry, so `Allow` comes back. Rules that no spec can want stay where they are
    /// still live, and cannot come back where they are gone.
    ///
    /// # Errors
    /// [`SnapshotError::Unwanted`] if a value is none that a spec can want.
    pub fn wanted(&self) -> Result<RegistrySpec, SnapshotError> {
        let mut spec = RegistrySpec::unmanaged(self.id.clone());
        // A rule that comes back had its endpoint, and an apply turns none off: the subnet is left alone.
        spec.service_endpoints = ServiceEndpoints::Assume;
        spec.origin = Origin::Snapshot;
        spec.restore_hints
            .endpoints
            .extend(self.endpoints.iter().cloned());
        spec.guardrails = Guardrails {
            widest_rule: 0,
            ..Guardrails::default()
        };
        for setting in Setting::ALL.iter().copied() {
            let own = self.own.as_ref();
            if own.is_some_and(|own| !own.settings.contains(&setting)) {
                continue;
            }
            if !setting.is_list() {
                self.want_single(setting, &mut spec)?;
            } else if let Some(own) = own {
                want_rules(setting, &own.remove, &mut spec);
            } else if let Some(rules) = self.state.settings.rules(setting) {
                want_rules(setting, rules, &mut spec);
                spec.restore_hints.keep.extend(unwantable(setting, rules));
            }
        }
        match &self.own {
            Some(own) => take_back(own, &mut spec),
            None => spec.restore_hints.unshown = self.unshown(),
        }
        Ok(spec)
    }

    /// Returns the settings that decide who gets in and that the answer hid when the snapshot was taken.
    fn unshown(&self) -> Vec<Setting> {
        let mut unshown = Vec::new();
        for setting in [Setting::PublicNetworkAccess, Setting::VirtualNetworkRules] {
            // A registry without network rules is open, whatever it shows.
            if self.state.is_premium() && self.state.settings.get(setting).is_none() {
                unshown.push(setting);
            }
        }
        unshown
    }

    fn want_single(&self, setting: Setting, spec: &mut RegistrySpec) -> Result<(), SnapshotError> {
        let Some(value) = self.state.settings.value(setting) else {
            return Ok(());
        };
        let Some(word) = value.word() else {
            if let Some(flag) = value.flag() {
                spec.settings.want_unsourced(setting, flag);
            }
            return Ok(());
        };
        // ARM's answers mix the case of words.
        match setting.known_word(word) {
            Some(word) => spec.settings.want_unsourced(setting, word),
            None => {
                return Err(SnapshotError::Unwanted {
                    setting: setting.path(),
                    value: word.to_owned(),
                });
            }
        }
        Ok(())
    }
}

/// Wants the own change taken back, and leaves everything else to the others.
fn take_back(own: &OwnChange, spec: &mut RegistrySpec) {
    spec.ownership = Ownership::Additive;
    for rule in &own.add {
        if !matches!(rule.target(), RuleTarget::Unparsed(_)) {
            spec.remove.insert(rule.clone());
        }
    }
}

/// Wants the rules of a list that a spec can want, each once.
fn want_rules(list: Setting, rules: &[Rule], spec: &mut RegistrySpec) {
    let mut wanted = Vec::new();
    for rule in rules {
        match (list, rule.target()) {
            (Setting::IpRules, RuleTarget::Ip(cidr)) => wanted.push(Rule::from(*cidr)),
            (Setting::VirtualNetworkRules, RuleTarget::Subnet(id)) => {
                wanted.push(Rule::from((**id).clone()))
            }
            _ => {}
        }
    }
    wanted.sort();
    wanted.dedup();
    let wanted: Vec<ListedRule> = wanted.into_iter().map(ListedRule::from).collect();
    spec.settings.want_unsourced(list, wanted);
}

/// Returns the rules of a list that no spec can want.
fn unwantable(list: Setting, rules: &[Rule]) -> Vec<Rule> {
    let mut odd = Vec::new();
    for rule in rules {
        let wantable = match list {
            Setting::IpRules => rule.cidr().is_some(),
            _ => rule.subnet().is_some(),
        };
        if !wantable {
            odd.push(rule.clone());
        }
    }
    odd
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::live::{LiveRegistry, Reading, parse};
    use crate::model::DefaultAction;
    use crate::plan::{Policy, RegistryPlan, plan_registry};

    /// A registry with this `networkRuleSet`.
    fn live(rules: &Value) -> LiveRegistry {
        let body = json!({
            "id": "/subscriptions/s/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/contoso",
            "location": "westeurope",
            "sku": {"name": "Premium"},
            "properties": {"provisioningState": "Succeeded", "loginServer": "l", "publicNetworkAccess": "Enabled",
                "networkRuleSet": rules},
        });
        parse::registry("v", body).unwrap()
    }

    /// The plan from `live` to these IP rules.
    fn plan(live: &LiveRegistry, ips: &[&str], ownership: Ownership) -> RegistryPlan {
        let mut spec = RegistrySpec::unmanaged(live.id.clone());
        spec.ownership = ownership;
        spec.settings
            .want_unsourced(Setting::DefaultAction, DefaultAction::Deny);
        let rules: Vec<ListedRule> = ips.iter().map(|ip| Rule::parse(ip).into()).collect();
        spec.settings.want_unsourced(Setting::IpRules, rules);
        planned(&spec, live)
    }

    fn planned(spec: &RegistrySpec, live: &LiveRegistry) -> RegistryPlan {
        let reading = Reading::of(live.clone());
        plan_registry(spec, &reading, &Policy::default())
    }

    fn kept(live: &LiveRegistry, plan: &RegistryPlan) -> RegistrySpec {
        let kept = Snapshot::of(
            live,
            plan,
            "sandbox".to_owned(),
            "sha256:00",
            "2026-11-21T03:00:00Z",
        );
        let text = serde_json::to_vec(&kept).unwrap();
        Snapshot::from_json(text).unwrap().wanted().unwrap()
    }

    fn with_ips(action: &str, ips: &[&str]) -> LiveRegistry {
        let ips: Vec<Value> = ips.iter().map(|ip| json!({ "value": ip })).collect();
        live(&json!({"defaultAction": action, "ipRules": ips, "virtualNetworkRules": []}))
    }

    fn rules(plan: &RegistryPlan, goes: bool) -> Vec<&str> {
        let changes = &plan.changes;
        let rules = if goes {
            changes.removed(Setting::IpRules)
        } else {
            changes.added(Setting::IpRules)
        };
        rules.iter().map(|listed| listed.rule.as_str()).collect()
    }

    #[test]
    fn shared_lists_only_take_back_the_own_change() {
        let before = with_ips("Allow", &["203.0.113.1", "203.0.113.2"]);
        let apply = plan(&before, &["203.0.113.2", "203.0.113.3"], Ownership::Additive);
        let wanted = kept(&before, &apply);
        // A rival has added one rule since and taken out another one.
        let now = with_ips("Deny", &["203.0.113.2", "203.0.113.3", "198.51.100.77"]);
        let back = planned(&wanted, &now);
        assert_eq!(
            (rules(&back, true), rules(&back, false)),
            (vec!["203.0.113.3"], vec![])
        );
        assert_eq!(back.mode.after, "open (2 dormant rules)");
        assert_eq!(back.managed, [Setting::DefaultAction, Setting::IpRules]);
        let exact = kept(&before, &plan(&before, &["203.0.113.3"], Ownership::Exact));
        let back = planned(&exact, &now);
        assert_eq!(rules(&back, true), ["198.51.100.77", "203.0.113.3"]);
        assert_eq!(rules(&back, false), ["203.0.113.1"]);
    }

    #[test]
    fn restore_keeps_unparsable_rules_and_names_missing_ones() {
        let odd = ["203.0.113.7/24", "2001:db8::/32"];
        let before = with_ips("Deny", &[odd[0], odd[1], "203.0.113.1"]);
        let wanted = kept(&before, &plan(&before, &["203.0.113.1"], Ownership::Exact));
        let now = with_ips("Deny", &[odd[1], "203.0.113.2"]);
        let back = planned(&wanted, &now);
        assert_eq!(
            (rules(&back, true), rules(&back, false)),
            (vec!["203.0.113.2"], vec!["203.0.113.1"])
        );
        let named: Vec<_> = back
            .notes
            .iter()
            .filter(|note| note.code == "not-restored")
            .collect();
        assert_eq!(named.len(), 1);
        assert!(named[0].message.contains(odd[0]) && !named[0].message.contains(odd[1]));
    }

    #[test]
    fn default_action_is_restored_as_it_was() {
        for (shown, back) in [
            (json!("Allow"), DefaultAction::Allow),
            (json!("Deny"), DefaultAction::Deny),
        ] {
            let live = live(&json!({"defaultAction": shown, "ipRules": [], "virtualNetworkRules": []}));
            let wanted = kept(&live, &plan(&live, &["203.0.113.1"], Ownership::Exact));
            assert_eq!(
                wanted.settings.word(Setting::DefaultAction),
                Some(back.as_str()),
                "{shown}"
            );
        }
    }
}
