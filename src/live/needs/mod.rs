//! Reads that planning needs besides that of the registry. Pure: it compares the spec with the registry.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use super::types::{LiveRegistry, Quota, Usages};
use crate::model::{Rule, RuleTarget, Setting, SubnetId};
use crate::spec::{RegistrySpec, ServiceEndpoints, UnlistedRule};

/// Rules that every registry takes: quotas start at 100 (docs: container-registry-access-selected-networks). They are read
/// for lists that grow past this.
const SURE_QUOTA: usize = 100;

/// Reads besides those that a change needs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReadOptions {
    /// Reads every wanted subnet, also those whose rule is there. `audit` reports lost endpoints with it.
    pub all_subnets: bool,
}

/// Reads that the change of one registry depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Needs {
    /// Wanted subnets whose state can matter, in the order of the spec.
    pub(crate) subnets: Vec<SubnetId>,
    /// Subscriptions, in lower case, whose registration can matter.
    pub(crate) subscriptions: BTreeSet<String>,
    /// Number of rules that the change ends with, for each list that grows past what every registry takes. Its quota can
    /// stop the change.
    pub(crate) ip_rules: Option<u64>,
    pub(crate) subnet_rules: Option<u64>,
}

impl Needs {
    /// Compares both lists of `spec` with those of `live`. `service_endpoints_supported` is that of the cloud.
    pub(crate) fn of(
        spec: &RegistrySpec,
        live: &LiveRegistry,
        options: ReadOptions,
        service_endpoints_supported: bool,
    ) -> Self {
        let ips = compare(spec, live, Setting::IpRules);
        // The plan refuses subnet rules of other SKUs.
        let subnets = if live.is_premium() {
            compare(spec, live, Setting::VirtualNetworkRules)
        } else {
            None
        };
        let mut needs = Self {
            subnets: Vec::new(),
            subscriptions: BTreeSet::new(),
            ip_rules: ips.as_ref().and_then(ListGrowth::past_sure_quota),
            subnet_rules: subnets.as_ref().and_then(ListGrowth::past_sure_quota),
        };
        if service_endpoints_supported && let Some(subnets) = &subnets {
            needs.add_subnets(spec, subnets, options);
        }
        needs
    }

    /// Returns true if a quota can stop the change.
    pub(crate) fn usages(&self) -> bool {
        self.ip_rules.is_some() || self.subnet_rules.is_some()
    }

    /// Drops the reads that cannot matter because a quota stops the change. `ReadOptions::all_subnets` asks for more than
    /// the change.
    pub(crate) fn drop_if_over(&mut self, usages: &Usages, options: ReadOptions) {
        let over =
            is_over(self.ip_rules, usages.ip_rules) || is_over(self.subnet_rules, usages.subnet_rules);
        if over && !options.all_subnets {
            self.subnets.clear();
            self.subscriptions.clear();
        }
    }

    /// Adds the wanted subnets whose rule is still to be added. `ReadOptions::all_subnets` adds those whose endpoint is
    /// ours to keep on, too.
    fn add_subnets(&mut self, spec: &RegistrySpec, list: &ListGrowth<'_>, options: ReadOptions) {
        // `assume` leaves the endpoint to someone else.
        let read_all = options.all_subnets && spec.service_endpoints == ServiceEndpoints::Ensure;
        let own_subscription = spec.id.subscription().to_ascii_lowercase();
        for rule in &list.wanted {
            let Some(id) = rule.subnet() else { continue };
            let is_added = list.added.contains(rule);
            if is_added || read_all {
                self.subnets.push(id.clone());
            }
            // The registry's own subscription is registered, because the registry is there.
            let subscription = id.subscription().to_ascii_lowercase();
            if is_added && subscription != own_subscription {
                self.subscriptions.insert(subscription);
            }
        }
    }
}

fn is_over(after: Option<u64>, quota: Option<Quota>) -> bool {
    matches!((after, quota), (Some(after), Some(quota)) if after > quota.limit)
}

/// Growth of one list: the spec's rules compared with the live ones.
struct ListGrowth<'a> {
    /// Rules of the spec, in its order.
    wanted: Vec<&'a Rule>,
    /// Wanted rules that the registry lacks.
    added: BTreeSet<&'a Rule>,
    /// Number of rules before the change, and after it.
    before: usize,
    after: usize,
}

impl ListGrowth<'_> {
    /// Returns the number of rules after the change if the list grows past what every registry takes.
    fn past_sure_quota(&self) -> Option<u64> {
        (self.after > self.before.max(SURE_QUOTA)).then_some(self.after as u64)
    }
}

/// Compares a list. Returns `None` if the spec does not manage it, or if the api-version does not show it.
fn compare<'a>(spec: &'a RegistrySpec, live: &'a LiveRegistry, list: Setting) -> Option<ListGrowth<'a>> {
    let listed = spec.settings.rules(list)?;
    let wanted: Vec<&Rule> = listed.iter().map(|listed| &listed.rule).collect();
    let mut added: BTreeSet<&Rule> = wanted.iter().copied().collect();
    let mut after = added.clone();
    let shown = live.settings.rules(list)?;
    let before = shown.iter().collect::<BTreeSet<_>>().len();
    for rule in shown {
        // A rule that is there already is not added.
        added.remove(rule);
        // An unparsed rule always stays.
        let unparsed = matches!(rule.target(), RuleTarget::Unparsed(_));
        if unparsed || spec.unlisted(rule) != UnlistedRule::Remove {
            after.insert(rule);
        }
    }
    Some(ListGrowth {
        wanted,
        added,
        before,
        after: after.len(),
    })
}
