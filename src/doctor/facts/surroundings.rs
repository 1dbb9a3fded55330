//! What stands around the registry, as far as a flag asked for it.

use std::collections::BTreeSet;

use super::endpoint::Lookup;
use crate::live::surroundings::{
    Caller, LoginLogging, PrivateDnsFacts, PullingClient, RoleAssignment, SubnetPath,
};
use crate::live::{Egress, LiveSubnet};
use crate::model::{Cidr, Failure, ResourceId, SubnetId};

/// What stands around the registry. A flag that is not given leaves nothing.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// The regions of the registry and its replicas.
    pub regions: Vec<String>,
    /// Its private endpoints and their zones, if it has any.
    pub dns: Option<PrivateDnsFacts>,
    /// The virtual network of `--vnet`.
    pub network: Option<AskedNetwork>,
    /// The subnet of `--from-subnet`.
    pub subnet: Option<AskedSubnet>,
    /// The service of `--aks` and its like.
    pub service: Option<AskedService>,
    /// The diagnostic settings of the registry.
    pub logging: Option<Result<Vec<LoginLogging>, Failure>>,
    /// The callers of `--workspace` and `--events`.
    pub callers: Option<AskedCallers>,
}

/// A virtual network, and the names of the registry as they should resolve there.
#[derive(Clone, Debug)]
pub struct AskedNetwork {
    pub id: ResourceId,
    /// The answers of DNS to this machine, by host.
    pub lookups: Vec<(String, Lookup)>,
}

/// A subnet, and its way out.
#[derive(Clone, Debug)]
pub struct AskedSubnet {
    pub id: SubnetId,
    pub path: Result<SubnetPath, Failure>,
    /// The public addresses of its clients.
    pub egress: Egress,
}

/// A service of Azure that uses the registry.
#[derive(Clone, Debug)]
pub struct AskedService {
    pub kind: ServiceKind,
    /// `None` for a service that is not a resource of the customer.
    pub id: Option<ResourceId>,
    pub client: Option<Result<PullingClient, Failure>>,
    /// The subnets that it is in, with the public addresses of their clients.
    pub subnets: Vec<(SubnetId, LiveSubnet)>,
    /// The public addresses that it comes from, as far as they are known.
    pub addresses: Result<BTreeSet<Cidr>, Failure>,
    /// The roles of the identity with which it pulls.
    pub roles: Option<Result<Vec<RoleAssignment>, Failure>>,
}

/// Kinds of services.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServiceKind {
    Aks,
    AppService,
    ContainerInstances,
    ContainerApps,
    DevOps,
    Defender,
    Tasks,
    MachineLearning,
}

/// Callers of the registry, from its login events.
#[derive(Clone, Debug)]
pub struct AskedCallers {
    /// The workspace or the file.
    pub from: String,
    pub days: Option<u16>,
    pub callers: Result<Vec<Caller>, Failure>,
}

impl Surroundings {
    /// Returns true if the question is about a client elsewhere, and not about this machine.
    pub(crate) fn is_about_others(&self) -> bool {
        self.subnet.is_some() || self.service.is_some()
    }

    /// Returns true if clients of a virtual network, by its id in lower case, reach the registry through a private endpoint:
    /// one is approved, and the zone of its names is linked to the network.
    pub(crate) fn has_private_path(&self, network: &str) -> bool {
        let Some(dns) = &self.dns else {
            return false;
        };
        let approved = dns
            .endpoints
            .iter()
            .any(|endpoint| endpoint.state.eq_ignore_ascii_case("Approved"));
        let mut zones = dns.zones.iter();
        approved && zones.any(|zone| zone.is_linked_to(network))
    }
}
