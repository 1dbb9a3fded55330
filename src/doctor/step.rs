//! Steps of the ladder.

/// A step of a client on its way to the registry, or of what stands around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Name,
    Registry,
    Dns,
    Proxy,
    Tcp,
    Tls,
    /// The answer to `GET /v2/`.
    Answer,
    OtherHosts,
    SignIn,
    Repository,
    Docker,
    AzCli,
    /// The virtual network of `--vnet`.
    Network,
    PrivateEndpoints,
    PrivateZone,
    PrivateDns,
    Subnet,
    Registration,
    ServiceEndpoint,
    /// The answer of the registry's settings to a subnet.
    SubnetAnswer,
    SecurityGroup,
    Routes,
    EndpointPolicies,
    Replicas,
    Service,
    ServiceAddresses,
    /// The answer of the registry's settings to a service, one for each way on which it comes.
    ComesFrom,
    PrivateZones,
    Roles,
    ServiceItself,
    LoginEvents,
    Locks,
    Callers,
    PlannedDeny,
}

impl Step {
    /// Returns the name that results show.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Registry => "registry",
            Self::Dns => "DNS",
            Self::Proxy => "proxy",
            Self::Tcp => "TCP",
            Self::Tls => "TLS",
            Self::Answer => "GET /v2/",
            Self::OtherHosts => "other hosts",
            Self::SignIn => "sign-in",
            Self::Repository => "repository",
            Self::Docker => "Docker",
            Self::AzCli => "Azure CLI",
            Self::Network => "virtual network",
            Self::PrivateEndpoints => "private endpoints",
            Self::PrivateZone => "private zone",
            Self::PrivateDns => "private DNS",
            Self::Subnet => "subnet",
            Self::Registration => "registration",
            Self::ServiceEndpoint => "service endpoint",
            Self::SubnetAnswer => "registry's answer",
            Self::SecurityGroup => "security group",
            Self::Routes => "routes",
            Self::EndpointPolicies => "endpoint policies",
            Self::Replicas => "replicas",
            Self::Service => "service",
            Self::ServiceAddresses => "public addresses",
            Self::ComesFrom => "comes from",
            Self::PrivateZones => "private zones",
            Self::Roles => "roles",
            Self::ServiceItself => "the service itself",
            Self::LoginEvents => "login events",
            Self::Locks => "locks",
            Self::Callers => "callers",
            Self::PlannedDeny => "a planned Deny",
        }
    }
}
