//! Reads that planning needs besides that of the registry. Pure: it compares the spec with the registry.

mod expected;
mod list_growth;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use super::types::{LiveRegistry, Quota, Usages};
use crate::model::{Setting, SubnetId};
use crate::spec::{RegistrySpec, ServiceEndpoints};
use expected::expected;
use list_growth::{ListGrowth, compare};

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
    /// Subnets that an expectation names and whose endpoint decides about it. No quota stops an answer.
    pub(crate) expected: BTreeSet<SubnetId>,
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
            expected: expected(spec, live),
            subscriptions: BTreeSet::new(),
            ip_rules: ips.as_ref().and_then(ListGrowth::past_sure_quota),
            subnet_rules: subnets.as_ref().and_then(ListGrowth::past_sure_quota),
        };
        if service_endpoints_supported && let Some(subnets) = &subnets {
            needs.add_subnets(spec, subnets, options);
        }
        needs
    }

    /// Returns every subnet to read, each once.
    pub(crate) fn all_subnets(&self) -> Vec<SubnetId> {
        let mut all = self.subnets.clone();
        for id in &self.expected {
            if !all.contains(id) {
                all.push(id.clone());
            }
        }
        all
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
    /// ours to keep on, too. A restore needs all of a list that it writes: Azure checks each of them again, and refuses the
    /// whole list for one that is gone (Azure/azure-cli#14596).
    fn add_subnets(&mut self, spec: &RegistrySpec, list: &ListGrowth<'_>, options: ReadOptions) {
        // `assume` leaves the endpoint to someone else.
        let keeps_on = options.all_subnets && spec.service_endpoints == ServiceEndpoints::Ensure;
        let read_all = keeps_on || (spec.restore_hints.leaves_out_dead && list.changes());
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
