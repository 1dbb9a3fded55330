//! Checks of how many rules a registry takes.

use super::input::{CheckInput, Found};
use crate::model::{Rule, SURE_RULES, Setting};

/// IP rules that no documentation grants: 100 or 200 is disputed (container-registry-access-selected-networks
/// against the SKU page), more than 200 is claimed by no source.
const MOST_IP_RULES: u64 = 200;
/// Subnet rules of a Premium registry (container-registry-vnet, SKU page).
const MOST_SUBNET_RULES: u64 = 100;

/// Notes more IP rules than every page of the documentation grants, where the registry does not report its own limit.
pub(super) fn disputed(input: &CheckInput<'_>) -> Vec<Found> {
    let usages = input.reading.usages.as_ref();
    let reports_limit = usages.is_some_and(|usages| usages.ip_rules.is_some());
    let count = input.after.ip_rules.iter().filter_map(Rule::cidr).count();
    let changes = input.changes.get(Setting::IpRules).is_some();
    if input.opens || !changes || reports_limit || count <= SURE_RULES {
        return Vec::new();
    }
    vec![Found::note(format!(
        "{count} IP rules: documentation gives the limit as 100 on one page and 200 on another, and this registry does \
         not report its own"
    ))]
}

/// Refuses lists that grow over their limit. A list that is over the limit may always shrink.
pub(super) fn over(input: &CheckInput<'_>) -> Vec<Found> {
    // The registry's own quota counts, where it was read.
    let usages = input.reading.usages.clone().unwrap_or_default();
    let ip_limit = usages.ip_rules.map_or(MOST_IP_RULES, |quota| quota.limit);
    let subnet_limit = usages.subnet_rules.map_or(MOST_SUBNET_RULES, |quota| quota.limit);
    let (ips, subnets) = (input.after.ip_rules.len(), input.after.subnets.len());
    let mut found = Vec::new();
    for (list, count, limit, noun, help) in [
        (
            Setting::IpRules,
            ips as u64,
            ip_limit,
            "IP rules",
            "merge neighbouring ranges into wider ones, or remove rules that are no longer needed",
        ),
        (
            Setting::VirtualNetworkRules,
            subnets as u64,
            subnet_limit,
            "subnet rules",
            "list fewer subnets, or use a private endpoint instead of subnet rules",
        ),
    ] {
        let grows = input.changes.added(list).len() > input.changes.removed(list).len();
        if grows && count > limit {
            let refusal = Found::refusal(
                format!("the registry would have {count} {noun}; its limit is {limit}"),
                help,
            );
            found.push(Found {
                over: Some((count, limit)),
                ..refusal
            });
        }
    }
    found
}
