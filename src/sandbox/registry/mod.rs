//! `Microsoft.ContainerRegistry/registries`: reads, writes, replications and private endpoint connections.

pub(crate) mod credentials;
pub(crate) mod cross_checks;
pub(crate) mod encryption;
pub(crate) mod fields;
pub(crate) mod lookup;
pub(crate) mod merge;
pub(crate) mod network_rules;
pub(crate) mod policies;
pub(crate) mod private_endpoints;
pub(crate) mod projection;
pub(crate) mod put;
pub(crate) mod read;
pub(crate) mod replications;
pub(crate) mod sku;
pub(crate) mod write;
