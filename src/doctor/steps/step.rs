//! The steps of the ladder.

/// A step of a client on its way to the registry, or of what a flag asks about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Name,
    Registry,
    Dns,
    Proxy,
    Tcp,
    Tls,
    /// `GET /v2/`.
    Answer,
    OtherHosts,
    SignIn,
    Repository,
    Docker,
    AzureCli,
    /// The virtual network of `--vnet`.
    Network,
    PrivateEndpoints,
    PrivateZone,
    PrivateDns,
    Subnet,
    Registration,
    ServiceEndpoint,
    RegistrysAnswer,
    SecurityGroup,
    Routes,
    EndpointPolicies,
    Replicas,
    Service,
    ServiceAddresses,
    ComesFrom,
    PrivateZones,
    Roles,
    InTheService,
    LoginEvents,
    Locks,
    Callers,
    PlannedDeny,
}

impl Step {
    /// Returns the name that users read.
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
            Self::AzureCli => "Azure CLI",
            Self::Network => "virtual network",
            Self::PrivateEndpoints => "private endpoints",
            Self::PrivateZone => "private zone",
            Self::PrivateDns => "private DNS",
            Self::Subnet => "subnet",
            Self::Registration => "registration",
            Self::ServiceEndpoint => "service endpoint",
            Self::RegistrysAnswer => "registry's answer",
            Self::SecurityGroup => "security group",
            Self::Routes => "routes",
            Self::EndpointPolicies => "endpoint policies",
            Self::Replicas => "replicas",
            Self::Service => "service",
            Self::ServiceAddresses => "public addresses",
            Self::ComesFrom => "comes from",
            Self::PrivateZones => "private zones",
            Self::Roles => "roles",
            Self::InTheService => "the service itself",
            Self::LoginEvents => "login events",
            Self::Locks => "locks",
            Self::Callers => "callers",
            Self::PlannedDeny => "a planned Deny",
        }
    }
}
