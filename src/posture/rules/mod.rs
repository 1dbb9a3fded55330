//! The rules, one file each, and their table.

mod addresses;
mod bypass;
mod entries;
mod exposure;
mod registry;
mod subnets;

use super::check::PostureCheck;

/// Every rule, in the order of the ids.
pub const POSTURE_CHECKS: &[PostureCheck] = &[
    exposure::open_by_default_action::CHECK,
    exposure::open_by_union::CHECK,
    exposure::open_by_rule::CHECK,
    exposure::open_by_sku::CHECK,
    exposure::public_access::CHECK,
    exposure::no_private_endpoint::CHECK,
    exposure::no_client::CHECK,
    exposure::dead_rules::CHECK,
    exposure::dormant_rules::CHECK,
    addresses::wide_rule::CHECK,
    addresses::special_use_range::CHECK,
    addresses::duplicate_rule::CHECK,
    addresses::contained_rule::CHECK,
    addresses::mergeable_rules::CHECK,
    addresses::rule_quota::CHECK,
    entries::expired_entry::CHECK,
    entries::expiring_entry::CHECK,
    entries::unowned_entry::CHECK,
    subnets::without_endpoint::CHECK,
    subnets::gone::CHECK,
    subnets::unregistered::CHECK,
    subnets::delegated::CHECK,
    subnets::with_private_endpoints::CHECK,
    subnets::endpoint_without_rule::CHECK,
    subnets::hidden_address::CHECK,
    subnets::unsupported::CHECK,
    bypass::trusted_services_off::CHECK,
    bypass::trusted_services_cut::CHECK,
    bypass::tasks_off::CHECK,
    bypass::tasks_bypass::CHECK,
    bypass::dual_stack_tasks::CHECK,
    bypass::cache_without_bypass::CHECK,
    registry::no_data_endpoints::CHECK,
    registry::exports_disabled::CHECK,
    registry::anonymous_pull::CHECK,
    registry::admin_user::CHECK,
    registry::lease_left_open::CHECK,
    registry::hidden_subnet_rules::CHECK,
    registry::unlisted_registry::CHECK,
    registry::unreadable_lease::CHECK,
    registry::unreadable_rule::CHECK,
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::PostureRule;

    #[test]
    fn every_rule_has_one_row_in_the_order_of_the_ids() {
        let rules: Vec<PostureRule> = POSTURE_CHECKS.iter().map(|check| check.rule).collect();
        assert_eq!(rules, PostureRule::ALL);
        for (at, rule) in rules.iter().enumerate() {
            assert_eq!(rule.id(), format!("RF{:03}", at + 1));
        }
    }

    #[test]
    fn texts_are_two_sentences_and_a_next_step() {
        for check in POSTURE_CHECKS {
            let (id, about) = (check.rule.id(), check.about);
            assert_eq!(about.matches(". ").count(), 1, "{id}: {about}");
            assert!(about.ends_with('.'), "{id}: {about}");
            assert!(!check.remedy.is_empty() && !check.remedy.ends_with('.'), "{id}");
            let title = check.rule.title();
            assert!(title.len() <= 60 && !title.ends_with('.'), "{id}: {title}");
        }
    }
}
