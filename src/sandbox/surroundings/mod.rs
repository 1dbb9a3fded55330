//! Resources around a registry, which a diagnosis reads: private endpoints and their DNS, security groups, routes,
//! clusters and other clients, role assignments, diagnostic settings, and logs. All come with the state.

pub(crate) mod diagnostic_settings;
pub(crate) mod log_query;
mod log_summary;
pub(crate) mod read;
pub(crate) mod role_assignments;
