//! Endpoints: the hosts that a firewall in front of a client must allow, so that the client reaches its registries.
//!
//! Every fact is in the article container-registry-firewall-access-rules, unless a comment names another source. Pure: it
//! turns answers of Azure into values.

mod hosts;
mod types;

pub use hosts::{CloudHosts, Replicas, endpoints};
pub use types::{Endpoints, FORMAT, Host, Purpose, RegistryEndpoints, ServiceTag, UnreadRegistry};
