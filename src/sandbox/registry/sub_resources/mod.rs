//! Resources and actions below a registry.

pub(crate) mod credentials;
pub(crate) mod private_endpoints;
pub(crate) mod private_link;
pub(crate) mod replications;
pub(crate) mod tasks;
