//! Rules about the registry beside its network rules.

pub(super) mod admin_user;
pub(super) mod anonymous_pull;
pub(super) mod exports_disabled;
pub(super) mod hidden_subnet_rules;
pub(super) mod lease_left_open;
pub(super) mod no_data_endpoints;
pub(super) mod unlisted_registry;
pub(super) mod unreadable_lease;
pub(super) mod unreadable_rule;
