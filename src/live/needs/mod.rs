//! Reads that planning needs besides that of the registry. Pure: it compares the spec with the registry.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use super::types::{LiveRegistry, SubnetRules};
use crate::model::{Cidr, SubnetId};
use crate::spec::{RegistrySpec, ServiceEndpoints, UnlistedRule, WantedSubnet};

/// Quotas start at 100 (docs: container-registry-access-selected-networks). They are read for lists that grow past this.
const QUOTA_MATTERS_OVER: usize = 90;

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
    /// True if a list grows past the point at which a quota can stop it.
    pub(crate) usages: bool,
}

impl Needs {
    /// Compares both lists of `spec` with those of `live`. `service_endpoints_supported` is that of the cloud.
    pub(crate) fn of(
        spec: &RegistrySpec,
        live: &LiveRegistry,
        options: ReadOptions,
        service_endpoints_supported: bool,
    ) -> Self {
        let (ips, subnets) = (compare_ips(spec, live), compare_subnets(spec, live));
        let mut needs = Self {
            subnets: Vec::new(),
            subscriptions: BTreeSet::new(),
            usages: ips.nears_quota() || subnets.nears_quota(),
        };
        if service_endpoints_supported && can_have_subnet_rules(live) {
            needs.add_subnets(spec, &subnets.added, options);
        }
        needs
    }

    /// Adds the wanted subnets whose rule is still to be added. `ReadOptions::all_subnets` adds those whose endpoint is
    /// ours to keep on, too.
    fn add_subnets(&mut self, spec: &RegistrySpec, added: &BTreeSet<SubnetId>, options: ReadOptions) {
        let Some(wanted) = &spec.subnets else { return };
        // `assume` leaves the endpoint to somebody else.
        let read_all = options.all_subnets && spec.service_endpoints == ServiceEndpoints::Ensure;
        let own_subscription = spec.id.subscription().to_ascii_lowercase();
        for WantedSubnet { id, .. } in &wanted.value {
            let is_added = added.contains(id);
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

/// Returns false if the plan refuses subnets anyway: another SKU than Premium, or rules that this api-version hides.
fn can_have_subnet_rules(live: &LiveRegistry) -> bool {
    let shown = matches!(live.subnet_rules, SubnetRules::Shown(_));
    shown && live.sku.eq_ignore_ascii_case("Premium")
}

/// A list of rules in the spec, compared with the live one.
struct ListComparison<T> {
    /// Wanted rules that the registry lacks.
    added: BTreeSet<T>,
    /// Number of rules after the change.
    after: usize,
}

impl<T> ListComparison<T> {
    /// Comparison of a list that is not managed, or not shown.
    const NONE: Self = Self {
        added: BTreeSet::new(),
        after: 0,
    };

    fn nears_quota(&self) -> bool {
        !self.added.is_empty() && self.after > QUOTA_MATTERS_OVER
    }
}

impl<T: Ord + Clone> ListComparison<T> {
    /// Compares `wanted` with `live`, in which `None` is a rule that cannot be parsed. Such a rule always stays.
    /// `stays` tells if a live rule that is not wanted stays.
    fn of(
        wanted: BTreeSet<T>,
        live: impl Iterator<Item = Option<T>>,
        stays: impl Fn(&T) -> bool,
    ) -> Self {
        let mut added = wanted.clone();
        let (mut after, mut unparsed) = (wanted, 0);
        for rule in live {
            let Some(rule) = rule else {
                unparsed += 1;
                continue;
            };
            // A rule that is there already is not added.
            added.remove(&rule);
            if stays(&rule) {
                after.insert(rule);
            }
        }
        Self {
            added,
            after: after.len() + unparsed,
        }
    }
}

fn compare_ips(spec: &RegistrySpec, live: &LiveRegistry) -> ListComparison<Cidr> {
    let Some(wanted) = &spec.ip_rules else {
        return ListComparison::NONE;
    };
    let wanted = wanted.value.iter().map(|rule| rule.cidr).collect();
    let rules = live.ip_rules.iter().map(|rule| rule.cidr);
    ListComparison::of(wanted, rules, |cidr| {
        spec.unlisted_ip(*cidr) != UnlistedRule::Remove
    })
}

fn compare_subnets(spec: &RegistrySpec, live: &LiveRegistry) -> ListComparison<SubnetId> {
    let (Some(wanted), SubnetRules::Shown(rules)) = (&spec.subnets, &live.subnet_rules) else {
        return ListComparison::NONE;
    };
    let wanted = wanted.value.iter().map(|rule| rule.id.clone()).collect();
    let rules = rules.iter().map(|rule| rule.id.clone());
    ListComparison::of(wanted, rules, |id| {
        spec.unlisted_subnet(id) != UnlistedRule::Remove
    })
}
