//! Endpoints: the hosts that a firewall in front of a client must allow, so that the client reaches its registries.
//!
//! Every fact is in the article container-registry-firewall-access-rules, unless a comment names another source. Pure: it
//! turns answers of Azure into values.

mod data;
mod hosts;
mod names;
mod types;

pub use hosts::{Replicas, endpoints};
pub use names::CloudHosts;
pub use types::{Endpoints, FORMAT, Host, Purpose, RegistryEndpoints, ServiceTag, UnreadRegistry};
