//! The clients that ask for access.

use std::fmt;

use crate::model::{Cidr, SubnetId};

/// A client as a registry sees it: a public source address (or a whole range), or a subnet whose requests
/// arrive over a service endpoint.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Client {
    Address(Cidr),
    Subnet(SubnetId),
}

impl fmt::Display for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(cidr) => cidr.fmt(f),
            Self::Subnet(id) => write!(f, "subnet {}", id.short()),
        }
    }
}
