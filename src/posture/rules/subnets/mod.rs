//! Rules about subnet rules and service endpoints.

pub(super) mod delegated;
pub(super) mod endpoint_without_rule;
pub(super) mod gone;
pub(super) mod hidden_address;
pub(super) mod unregistered;
pub(super) mod unsupported;
pub(super) mod with_private_endpoints;
pub(super) mod without_endpoint;
