//! What stands around the registry, as far as a flag asked for it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::endpoint::Lookup;
use crate::live::surroundings::{
    Caller, LoginLogging, Permission, PrivateDnsFacts, PullIdentity, PullingClient, ResourceLock,
    RoleAssignment, SubnetPath, VirtualNetwork,
};
use crate::live::{Egress, LiveSubnet};
use crate::model::{Cidr, Failure, FailureKind, ResourceId, SubnetId};

/// What stands around the registry. A flag that is not given leaves nothing.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// The regions of the registry and its replicas.
    pub regions: Vec<String>,
    /// The reason why the replicas are not known.
    pub unread_replicas: Option<Failure>,
    /// Its private endpoints and their zones, if it has any.
    pub dns: Option<PrivateDnsFacts>,
    /// The networks that were read, by their ids in lower case.
    pub networks: BTreeMap<String, Result<VirtualNetwork, Failure>>,
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
    /// The locks that hold for the registry.
    pub locks: Option<Result<Vec<ResourceLock>, Failure>>,
    /// The rights of this account at the registry. They are read where a role is missing.
    pub permissions: Option<Result<Vec<Permission>, Failure>>,
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
    /// The identity with which it pulls from the registry, if the service was read.
    pub pulls_as: Option<PullIdentity>,
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

impl AskedService {
    /// Returns the reason why the service could not be read.
    fn unread(&self) -> Option<&Failure> {
        self.client.as_ref()?.as_ref().err()
    }
}

impl ServiceKind {
    /// Returns the flag that asks about this kind.
    fn flag(self) -> &'static str {
        match self {
            Self::Aks => "--aks",
            Self::AppService => "--app-service",
            Self::ContainerInstances => "--aci",
            Self::ContainerApps => "--container-app",
            Self::DevOps => "--devops",
            Self::Defender => "--defender",
            Self::Tasks => "--tasks",
            Self::MachineLearning => "--ml",
        }
    }
}

/// Callers of the registry, from its login events.
#[derive(Clone, Debug)]
pub struct AskedCallers {
    /// The workspace or the file.
    pub from: String,
    /// The flag of `plan` that reads them too.
    pub plan_flag: String,
    pub days: Option<u16>,
    pub callers: Result<Vec<Caller>, Failure>,
}

/// Days after which a refusal in an export is history.
const RECENT: i64 = 30;

impl AskedCallers {
    /// Returns the callers that were refused.
    pub(crate) fn refused(&self) -> Vec<&Caller> {
        let callers = self.callers.iter().flatten();
        callers.filter(|caller| caller.refused > 0).collect()
    }

    /// Returns true if a caller was refused in the days that were asked for, or in the last 30 days of an export.
    pub(crate) fn has_recent(&self, now: Timestamp) -> bool {
        let days = self.days.map_or(RECENT, i64::from);
        let since = now.checked_sub(SignedDuration::from_hours(24 * days));
        let since = since.unwrap_or(Timestamp::MIN);
        let refused = self.refused();
        refused.iter().any(|caller| caller.last_refused >= Some(since))
    }
}

impl Surroundings {
    /// Returns the failure to find what a flag names, and the flag.
    pub fn not_found(&self) -> Option<(&'static str, &Failure)> {
        let network = self.network.as_ref().and_then(|asked| self.unread_network(asked));
        let subnet = self.subnet.as_ref().and_then(|subnet| subnet.path.as_ref().err());
        let service = self.service.as_ref().and_then(AskedService::unread);
        let callers = self
            .callers
            .as_ref()
            .and_then(|asked| asked.callers.as_ref().err());
        for (flag, failure) in [
            ("--vnet", network),
            ("--from-subnet", subnet),
            (
                self.service.as_ref().map_or("", |service| service.kind.flag()),
                service,
            ),
            ("--workspace", callers),
        ] {
            if let Some(failure) = failure
                && failure.kind == FailureKind::NotFound
            {
                return Some((flag, failure));
            }
        }
        None
    }

    /// Returns the reason why the network of `--vnet` could not be read.
    pub(crate) fn unread_network(&self, asked: &AskedNetwork) -> Option<&Failure> {
        self.networks.get(asked.id.key())?.as_ref().err()
    }

    /// Returns true if the question is about a client elsewhere, and not about this machine.
    pub(crate) fn is_about_others(&self) -> bool {
        self.subnet.is_some() || self.service.is_some()
    }
}
