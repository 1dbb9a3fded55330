//! `Microsoft.ContainerRegistry/registries`: reads, writes, replications and private endpoint connections.

pub(crate) mod cross_checks;
pub(crate) mod encryption;
pub(crate) mod fields;
pub(crate) mod lookup;
pub(crate) mod merge;
pub(crate) mod network_rules;
pub(crate) mod policies;
pub(crate) mod projection;
pub(crate) mod put;
pub(crate) mod read;
pub(crate) mod sku;
pub(crate) mod sub_resources;
pub(crate) mod write;
