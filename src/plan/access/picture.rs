//! Who gets in before a change and after it, for those who would rather look than read.

use std::collections::BTreeSet;

use super::types::AccessChange;
use super::{access_as_read, access_of, compare, sides};
use crate::live::{LiveRegistry, Reading};
use crate::model::{Access, SubnetId};
use crate::plan::{Basis, RegistryPlan};

/// The access to a registry before and after a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessPicture {
    pub before: Access,
    /// `None` if it is not known, or not asked for.
    pub after: Option<Access>,
    pub private_endpoints: PrivateEndpoints,
    /// Subnets that do not exist. The access has them as subnets whose service endpoint is off.
    pub gone: BTreeSet<SubnetId>,
}

/// The private endpoint connections of a registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PrivateEndpoints {
    /// In any state.
    pub connections: usize,
    /// In state `Approved`: these get in whatever the rules are, and no other one does. `None` if that is not known.
    pub approved: Option<usize>,
}

impl PrivateEndpoints {
    fn of(basis: &Basis) -> Self {
        Self {
            connections: basis.private_endpoint_connections,
            approved: basis.approved_private_endpoints,
        }
    }
}

impl AccessPicture {
    /// Returns the access that a registry shows, with nothing to compare it with.
    pub(crate) fn as_read(reading: &Reading) -> Self {
        let basis = Basis::of_reading(reading);
        Self {
            before: access_as_read(reading),
            after: None,
            private_endpoints: PrivateEndpoints::of(&basis),
            gone: gone(&basis),
        }
    }

    /// Adds what was read of subnets that the picture knows nothing of.
    pub(crate) fn add_subnets(&mut self, reading: &Reading) {
        let read = access_as_read(reading);
        self.gone.extend(gone(&Basis::of_reading(reading)));
        for id in read.endpoints_off {
            // What the change does to an endpoint is known already.
            if self.before.endpoints_off.insert(id.clone())
                && let Some(after) = &mut self.after
            {
                after.endpoints_off.insert(id);
            }
        }
        for id in read.endpoints_unknown {
            self.before.endpoints_unknown.insert(id.clone());
            if let Some(after) = &mut self.after {
                after.endpoints_unknown.insert(id);
            }
        }
    }

    /// Returns the same picture with the access that the registry shows now. The endpoints of its subnets are as planned.
    #[must_use]
    pub fn with_now(mut self, now: &LiveRegistry) -> Self {
        let shown = access_of(&now.settings, &now.sku);
        let planned = self.after.take().unwrap_or_default();
        self.after = Some(Access {
            endpoints_off: planned.endpoints_off,
            endpoints_unknown: planned.endpoints_unknown,
            egress: planned.egress,
            has_service_endpoints: planned.has_service_endpoints,
            ..shown
        });
        self
    }

    /// Returns the same picture without what comes after.
    #[must_use]
    pub fn before_only(self) -> Self {
        Self { after: None, ..self }
    }
}

impl RegistryPlan {
    /// Returns who gains and who loses access by this picture of the registry, which may know more of the subnets.
    pub(crate) fn access_in(&self, picture: &AccessPicture) -> AccessChange {
        match &picture.after {
            Some(after) => compare(&picture.before, after, &self.changes),
            None => self.access.clone(),
        }
    }

    /// Returns the access before the changes and after them.
    pub fn picture(&self) -> AccessPicture {
        let (before, after) = sides(&self.basis, &self.changes, &self.switched);
        AccessPicture {
            before,
            after: Some(after),
            private_endpoints: PrivateEndpoints::of(&self.basis),
            gone: gone(&self.basis),
        }
    }
}

/// Returns the subnets that do not exist.
fn gone(basis: &Basis) -> BTreeSet<SubnetId> {
    let ids = basis.gone.iter().filter_map(|text| SubnetId::parse(text).ok());
    ids.collect()
}
