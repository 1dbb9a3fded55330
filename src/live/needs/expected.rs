//! Subnets whose service endpoint an expectation depends on.

use std::collections::BTreeSet;

use super::list_growth::compare;
use crate::live::types::LiveRegistry;
use crate::model::{Access, Client, Rule, SettingValue, Settings, SubnetId, decide};
use crate::spec::RegistrySpec;

/// Returns the subnets of `expect` that get another answer with their endpoint than without it, as the registry is or as the
/// spec wants it.
pub(crate) fn expected(spec: &RegistrySpec, live: &LiveRegistry) -> BTreeSet<SubnetId> {
    let mut named = BTreeSet::new();
    for expectation in &spec.expect {
        if let Client::Subnet(id) = &expectation.client {
            named.insert(id.clone());
        }
    }
    // Most specs expect nothing of a subnet.
    if named.is_empty() {
        return named;
    }
    let states = states(spec, live);
    named.retain(|id| states.iter().any(|access| depends(access, spec, id)));
    named
}

/// Returns the access in each state that a plan judges expectations by.
fn states(spec: &RegistrySpec, live: &LiveRegistry) -> Vec<Access> {
    let mut states = vec![live.settings.clone(), wanted_settings(spec, live)];
    // A plan that breaks an expectation is also judged as if no entry had expired.
    if !spec.expired.is_empty() {
        states.push(wanted_settings(&spec.before_expiry(), live));
    }
    let mut accesses = Vec::new();
    for settings in states {
        accesses.push(Access {
            restricts: live.is_premium(),
            ..Access::of(&settings)
        });
    }
    accesses
}

/// Returns the settings as the spec wants them. What is not shown stays unknown, because it is not written.
fn wanted_settings(spec: &RegistrySpec, live: &LiveRegistry) -> Settings {
    let mut settings = live.settings.clone();
    for setting in spec.settings.managed() {
        let Some(wanted) = spec.settings.get(setting) else {
            continue;
        };
        if live.settings.value(setting).is_none() {
            continue;
        }
        let value = match compare(spec, live, setting) {
            Some(list) => {
                let rules: Vec<Rule> = list.after.into_iter().cloned().collect();
                SettingValue::from(rules)
            }
            None => wanted.value.with_rules(|listed| listed.rule.clone()),
        };
        settings.set(setting, value);
    }
    settings
}

/// Returns true if the answer to a subnet depends on its endpoint.
fn depends(access: &Access, spec: &RegistrySpec, id: &SubnetId) -> bool {
    let client = Client::Subnet(id.clone());
    let mut off = access.with_endpoint(id, false);
    if let Some(egress) = spec.egress.get(id) {
        off.egress.insert(id.clone(), egress.iter().copied().collect());
    }
    decide(access, &client).admitted != decide(&off, &client).admitted
}
