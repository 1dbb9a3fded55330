//! Rules about who gets in at all.

pub(super) mod dead_rules;
pub(super) mod dormant_rules;
pub(super) mod no_client;
pub(super) mod no_private_endpoint;
pub(super) mod open_by_default_action;
pub(super) mod open_by_rule;
pub(super) mod open_by_sku;
pub(super) mod open_by_union;
pub(super) mod public_access;
