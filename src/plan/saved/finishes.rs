//! The comparison of a new plan with a reviewed one, a part of which may have been applied already.

use std::collections::BTreeSet;

use crate::model::{Rule, Setting};
use crate::plan::{Change, RegistryPlan};
use crate::spec::ListedRule;

impl RegistryPlan {
    /// Returns true if this plan makes no other change than `saved`, and if what it leaves out of that is there already.
    pub(crate) fn finishes(&self, saved: &Self) -> bool {
        for setting in Setting::ALL.iter().copied() {
            let is_finished = match (self.change(setting), saved.change(setting)) {
                (None, None) => true,
                (Some(_), None) => false,
                (new, Some(saved)) if setting.is_list() => self.finishes_list(new, saved),
                (Some(new), Some(saved)) => new.after == saved.after,
                (None, Some(saved)) => self.has_value(saved),
            };
            if !is_finished {
                return false;
            }
        }
        self.finishes_endpoints(saved)
    }

    fn finishes_list(&self, new: Option<&Change>, saved: &Change) -> bool {
        let (add, remove) = match new {
            Some(new) => (&new.add[..], &new.remove[..]),
            None => (&[][..], &[][..]),
        };
        let shown = self.basis.settings.rules(saved.path);
        let live: BTreeSet<&Rule> = shown.unwrap_or_default().iter().collect();
        shown.is_some()
            && rest(add, &saved.add).is_some_and(|done| done.is_subset(&live))
            && rest(remove, &saved.remove).is_some_and(|done| done.is_disjoint(&live))
    }

    /// Returns true if the registry has the value of this change already.
    fn has_value(&self, saved: &Change) -> bool {
        let live = self.basis.settings.value(saved.path);
        live.zip(saved.value())
            .is_some_and(|(live, wanted)| live.means(&wanted))
    }

    fn finishes_endpoints(&self, saved: &Self) -> bool {
        let (new, saved) = (endpoints(self), endpoints(saved));
        let Some(done) = rest(new, saved) else {
            return false;
        };
        done.into_iter().all(|rule| self.has_endpoint(rule))
    }

    /// Returns true if the subnet of the rule has the endpoint: it was read, or the service took the rule, which it does
    /// only while the endpoint is on (`NetworkRuleValidationError`).
    fn has_endpoint(&self, rule: &Rule) -> bool {
        if let Some(Some(is_on)) = self.basis.subnets.get(rule.as_str()) {
            return *is_on;
        }
        let rules = self.basis.settings.rules(Setting::VirtualNetworkRules);
        rules.unwrap_or_default().contains(rule)
    }
}

/// Returns the rules of `saved` that `new` does not have, or `None` if `new` has others.
fn rest<'a>(new: &'a [ListedRule], saved: &'a [ListedRule]) -> Option<BTreeSet<&'a Rule>> {
    let (new, saved) = (rules_of(new), rules_of(saved));
    let is_part = new.is_subset(&saved);
    is_part.then(|| saved.difference(&new).copied().collect())
}

pub(super) fn rules_of(listed: &[ListedRule]) -> BTreeSet<&Rule> {
    listed.iter().map(|listed| &listed.rule).collect()
}

fn endpoints(plan: &RegistryPlan) -> &[ListedRule] {
    match &plan.changes.endpoints {
        Some(endpoints) => &endpoints.add,
        None => &[],
    }
}
