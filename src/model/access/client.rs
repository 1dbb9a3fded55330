//! The clients that ask for access.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::{Cidr, SubnetId};

/// A client as a registry sees it: a public source address (or a whole range), a subnet whose requests arrive over a
/// service endpoint, or clients that neither kind of rule names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Client {
    Address(Cidr),
    Subnet(SubnetId),
    Other(OtherClient),
}

/// A kind of client that neither IPv4 rules nor subnet rules name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OtherClient {
    /// Trusted services of Azure (allow-access-trusted-services).
    TrustedServices,
    /// ACR Tasks with a system-assigned identity.
    Tasks,
    /// Clients that come over IPv6, which needs dual-stack endpoints.
    Ipv6,
    /// Clients of subnets with a service endpoint and without a subnet rule. Their source addresses are private, so no IP rule
    /// matches them, not even one for all addresses (container-registry-vnet).
    UnlistedSubnets,
}

impl OtherClient {
    /// Every kind, in the order of documents.
    pub const ALL: [Self; 4] = [
        Self::TrustedServices,
        Self::Tasks,
        Self::Ipv6,
        Self::UnlistedSubnets,
    ];
}

/// The answer to a client, from the least access to the most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Admitted {
    No,
    /// The answer differs inside the range, or depends on something that the registry does not show.
    Unknown,
    Yes,
}

impl fmt::Display for OtherClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TrustedServices => "trusted services",
            Self::Tasks => "ACR Tasks with a system-assigned identity",
            Self::Ipv6 => "IPv6 clients",
            Self::UnlistedSubnets => "unlisted subnets over service endpoints",
        })
    }
}

impl fmt::Display for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(cidr) => cidr.fmt(f),
            Self::Subnet(id) => write!(f, "subnet {}", id.short()),
            Self::Other(kind) => kind.fmt(f),
        }
    }
}
