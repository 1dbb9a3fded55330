//! Rules about the lists of IP rules.

pub(super) mod contained_rule;
pub(super) mod duplicate_rule;
pub(super) mod mergeable_rules;
pub(super) mod rule_quota;
pub(super) mod special_use_range;
pub(super) mod wide_rule;
