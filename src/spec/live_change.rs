//! Small changes of one registry on its live state: rules go in or out, and everything else stays.
//!
//! Such a change has no spec of its own. It becomes one that wants these rules and manages nothing else, so that it is
//! planned, guarded, recorded and undone like any other. With [`Proof::Answer`] it takes one read and one PATCH.

use super::types::{ListedRule, Origin, Ownership, RegistrySpec, ServiceEndpoints, Spec};
use crate::model::{RegistryId, Rule, RuleTarget, Setting};

/// Rules that go into the lists of one registry, or out of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LiveChange {
    pub add: Vec<Rule>,
    pub remove: Vec<Rule>,
    /// The handling of the service endpoint of a subnet that is added.
    pub service_endpoints: ServiceEndpoints,
}

impl LiveChange {
    /// Returns the spec that wants this change of a registry. It manages only the lists that change, and shares them with
    /// everybody else.
    pub fn spec(&self, id: RegistryId) -> Spec {
        let mut registry = RegistrySpec::unmanaged(id);
        registry.origin = Origin::Flags;
        registry.ownership = Ownership::Additive;
        registry.service_endpoints = self.service_endpoints;
        registry.remove = self.remove.iter().cloned().collect();
        for list in Setting::lists() {
            let mut added = rules_of(list, &self.add);
            // An address may be given twice, with `/32` and without.
            added.sort();
            added.dedup();
            if !added.is_empty() || self.remove.iter().any(|rule| may_be_in(list, rule)) {
                let added: Vec<ListedRule> = added.into_iter().map(ListedRule::from).collect();
                registry.settings.want_unsourced(list, added);
            }
        }
        Spec {
            registries: vec![registry],
            ..Spec::default()
        }
    }
}

/// Returns true if the list has the rule, if any has. One that cannot be read fits none: an id begins with a slash, whatever is
/// wrong with it.
fn may_be_in(list: Setting, rule: &Rule) -> bool {
    let is_unreadable = matches!(rule.target(), RuleTarget::Unparsed(_));
    let is_id = rule.as_str().starts_with('/');
    rule.fits(list) || is_unreadable && is_id == (list == Setting::VirtualNetworkRules)
}

fn rules_of(list: Setting, rules: &[Rule]) -> Vec<Rule> {
    let mut found = Vec::new();
    for rule in rules {
        if rule.fits(list) {
            found.push(rule.clone());
        }
    }
    found
}
