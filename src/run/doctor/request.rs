//! The question for the doctor.

use std::net::SocketAddr;

use super::around::AroundRequest;
use crate::doctor::AskedName;
use crate::run::callers::CallerSource;
use crate::run::registry::named_registry::NamedRegistry;

/// The registry to probe, and how.
#[derive(Clone, Debug)]
pub struct DoctorRequest {
    pub registry: AskedName,
    /// The flags that complete a name.
    pub flags: NamedRegistry,
    /// The repository to ask a token for.
    pub repository: Option<String>,
    /// The DNS server to ask; `None` for those of the system.
    pub dns_server: Option<SocketAddr>,
    /// The address to connect to, instead of those that names resolve to.
    pub connect_to: Option<SocketAddr>,
    /// What stands around the registry.
    pub around: AroundRequest,
    /// The place of the registry's login events.
    pub callers: Option<CallerSource>,
}
