//! What stands around a registry: the way out of a subnet, private endpoints and their DNS, services that pull, roles,
//! and logs. Only a diagnosis reads it.
//!
//! A read that fails is a fact of its own, because a diagnosis goes on without it.

mod callers;
mod clients;
mod fetch;
mod logging;
mod private_dns;
mod roles;
mod subnet_path;

pub use callers::{CALLER_TABLES, CallerRow, CallerTable, callers_query, read_callers, rows_of_tables};
pub use clients::{Cluster, ContainerApp, ContainerGroup, PullingClient, Site, read_client};
pub use logging::{LogDestination, LoginLogging, read_login_logging};
pub use private_dns::{
    EndpointAddress, PrivateDnsFacts, PrivateEndpoint, PrivateZone, read_private_dns,
};
pub use roles::{RoleAssignment, read_roles};
pub use subnet_path::{
    EndpointPolicy, Route, SecurityRule, ServiceEndpoint, SubnetPath, read_subnet_path,
};
