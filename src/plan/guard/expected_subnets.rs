//! What is known of the subnets that `expect` names.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use crate::live::{Egress, LiveSubnet, Reading};
use crate::model::{Access, AddressSet, Client, DecidedBy, FailureKind, SubnetId, decide};
use crate::plan::SwitchedSubnet;
use crate::spec::RegistrySpec;

/// The subnets that the expectations of a registry name.
#[derive(Default)]
pub(crate) struct ExpectedSubnets {
    /// Subnets of which nothing was read: their service endpoint may be on or off.
    unread: BTreeSet<SubnetId>,
    /// Subnets that do not exist: no client comes from there.
    gone: BTreeSet<SubnetId>,
    /// Public addresses of their clients, as far as they are known.
    egress: BTreeMap<SubnetId, AddressSet>,
}

impl ExpectedSubnets {
    /// Collects what is known. The endpoints of `switched` subnets are known: the run turns them on.
    pub(crate) fn of(wanted: &RegistrySpec, reading: &Reading, switched: &[SwitchedSubnet]) -> Self {
        let mut expected = Self::default();
        for expectation in &wanted.expect {
            let Client::Subnet(id) = &expectation.client else {
                continue;
            };
            let is_switched = switched.iter().any(|switched| switched.subnet == *id);
            match reading.subnets.get(id) {
                None if !is_switched => drop(expected.unread.insert(id.clone())),
                Some(LiveSubnet::Unreadable(failure)) if failure.kind == FailureKind::NotFound => {
                    expected.gone.insert(id.clone());
                }
                _ => {}
            }
            let egress = match (wanted.egress.get(id), reading.egress.get(id)) {
                (Some(said), _) => said,
                (None, Some(Egress::Known(read))) => read,
                (None, _) => continue,
            };
            let egress = egress.iter().copied().collect();
            expected.egress.insert(id.clone(), egress);
        }
        expected
    }

    /// Returns the access in which expectations are judged.
    pub(crate) fn added_to<'a>(&self, access: &'a Access) -> Cow<'a, Access> {
        // Most specs expect nothing of a subnet.
        if self.unread.is_empty() && self.gone.is_empty() && self.egress.is_empty() {
            return Cow::Borrowed(access);
        }
        let mut access = access.clone();
        access.endpoints_unknown.extend(self.unread.iter().cloned());
        for (id, egress) in &self.egress {
            access.egress.insert(id.clone(), egress.clone());
        }
        for id in &self.gone {
            access = access.with_endpoint(id, false);
            access.egress.insert(id.clone(), AddressSet::default());
        }
        Cow::Owned(access)
    }

    /// Says how the service endpoint of a client decides, if it does.
    pub(crate) fn reason(&self, access: &Access, client: &Client) -> Option<&'static str> {
        let Client::Subnet(id) = client else {
            return None;
        };
        let egress = access.egress.get(id);
        match decide(access, client).by {
            DecidedBy::Endpoint => {}
            // Its addresses are listed, and that is not enough.
            DecidedBy::NoRule if egress.is_some_and(|egress| is_listed(egress, access)) => {
                return Some(
                    "its service endpoint is on, so IP rules for its public addresses do not match, and no subnet rule lists it",
                );
            }
            _ => return None,
        }
        Some(if self.gone.contains(id) {
            "the subnet does not exist"
        } else if access.endpoints_unknown.contains(id) {
            "the answer depends on its service endpoint, and the subnet could not be read"
        } else if egress.is_some() {
            "its service endpoint is off, so IP rules decide about its public addresses"
        } else {
            "its service endpoint is off, and its public addresses are not known: name them with `egress`"
        })
    }
}

/// Returns true if IP rules admit some of these addresses.
fn is_listed(egress: &AddressSet, access: &Access) -> bool {
    egress.difference(&access.addresses()) != *egress
}
