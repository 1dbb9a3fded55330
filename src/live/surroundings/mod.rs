//! What stands around a registry: the way out of a subnet, private endpoints and their DNS, services that pull, roles,
//! and logs. Only a diagnosis reads it.
//!
//! A read that fails is a fact of its own, because a diagnosis goes on without it.

mod caller_row;
mod callers;
mod clients;
mod exported;
mod fetch;
mod governance;
mod identities;
mod logging;
mod network;
mod private_dns;
mod roles;
mod subnet_path;
mod tables;

pub use caller_row::{CallerRow, ExportError};
pub use callers::{
    CALLER_TABLES, Caller, CallerTable, callers, callers_query, read_callers, rows_of_registry,
};
pub use clients::{Cluster, ContainerApp, ContainerGroup, PullingClient, Site, read_client};
pub use exported::read_export;
pub use governance::{Permission, ResourceLock, name_is_free, read_locks, read_permissions};
pub use identities::{PullCredential, PullIdentity};
pub use logging::{LogDestination, LoginLogging, login_events_in_words, read_login_logging};
pub use network::{VirtualNetwork, read_virtual_network};
pub use private_dns::{
    EndpointAddress, EndpointAddresses, PrivateDnsFacts, PrivateEndpoint, PrivateZone, ZoneGroup,
    ZoneLink, read_private_dns, read_private_zones,
};
pub use roles::{RoleAssignment, read_roles};
pub use subnet_path::{
    EndpointPolicy, Route, SecurityRule, ServiceEndpoint, SubnetPath, read_subnet_path,
};
