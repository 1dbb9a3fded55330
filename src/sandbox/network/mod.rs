//! `Microsoft.Network`: virtual networks, their subnets, and the addresses of their NAT gateways.

mod delegations;
pub(crate) mod egress;
pub(crate) mod errors;
pub(crate) mod free_address;
pub(crate) mod lookup;
pub(crate) mod names;
pub(crate) mod prefixes;
pub(crate) mod read;
pub(crate) mod subnet;
pub(crate) mod subnet_body;
pub(crate) mod versions;
pub(crate) mod virtual_network;
