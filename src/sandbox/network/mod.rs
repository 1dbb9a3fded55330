//! `Microsoft.Network/virtualNetworks` and their subnets.

pub(crate) mod errors;
pub(crate) mod free_address;
pub(crate) mod lookup;
pub(crate) mod names;
pub(crate) mod prefixes;
pub(crate) mod read;
pub(crate) mod subnet;
pub(crate) mod subnet_body;
pub(crate) mod virtual_network;
