//! What is known of the subnets that `expect` names.

use std::collections::{BTreeMap, BTreeSet};

use crate::live::{Egress, Reading};
use crate::model::{Access, AddressSet, Client, SubnetId};
use crate::plan::SwitchedSubnet;
use crate::spec::RegistrySpec;

/// The subnets that the expectations of a registry name.
#[derive(Default)]
pub(crate) struct ExpectedSubnets {
    /// Subnets of which nothing was read: their service endpoint may be on or off.
    unread: BTreeSet<SubnetId>,
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
            if !is_switched && !reading.subnets.contains_key(id) {
                expected.unread.insert(id.clone());
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
    pub(crate) fn added_to(&self, access: &Access) -> Access {
        let mut access = access.clone();
        access.endpoints_unknown.extend(self.unread.iter().cloned());
        for (id, egress) in &self.egress {
            access.egress.insert(id.clone(), egress.clone());
        }
        access
    }
}
