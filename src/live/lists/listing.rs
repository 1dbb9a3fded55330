//! What lists show of registries, as far as it counts as a read of them.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use crate::live::types::LiveRegistry;
use crate::model::{RegistryId, Setting};
use crate::spec::RegistrySpec;

/// Registries that the pages of lists have shown. Only an entry that could be read, and that no other entry contradicts,
/// counts as a read.
#[derive(Clone, Debug, Default)]
pub(in crate::live) struct Listing {
    registries: BTreeMap<RegistryId, LiveRegistry>,
    /// Registries that only a read of their own can show.
    doubtful: BTreeSet<RegistryId>,
}

impl Listing {
    /// Adds the entry of a registry; `None` for one that cannot be read.
    pub(in crate::live) fn add(&mut self, id: RegistryId, entry: Option<LiveRegistry>) {
        let Some(registry) = entry.filter(|_| !self.doubtful.contains(&id)) else {
            self.doubt(id);
            return;
        };
        match self.registries.entry(id) {
            Entry::Vacant(place) => {
                place.insert(registry);
            }
            // One of two states is out of date, and nothing tells which.
            Entry::Occupied(known) if *known.get() != registry => {
                let (id, _) = known.remove_entry();
                self.doubt(id);
            }
            Entry::Occupied(_) => {}
        }
    }

    /// Adds the registries of another list.
    pub(in crate::live) fn join(&mut self, other: Self) {
        for id in other.doubtful {
            self.doubt(id);
        }
        for (id, registry) in other.registries {
            self.add(id, Some(registry));
        }
    }

    /// Returns the number of registries that need no read of their own.
    pub(in crate::live) fn len(&self) -> usize {
        self.registries.len()
    }

    /// Takes the registry of a spec, if the list shows all that its plan rests on.
    pub(in crate::live) fn take(&mut self, spec: &RegistrySpec) -> Option<LiveRegistry> {
        let registry = self.registries.remove(&spec.id)?;
        let hides_one = spec
            .settings
            .managed()
            .any(|setting| registry.settings.value(setting).is_none());
        (!hides_one && shows_who_gets_in(&registry)).then_some(registry)
    }

    /// Returns the registries that are shown with all that decides who gets in, and the ids of those to read.
    pub(in crate::live) fn into_parts(
        self,
    ) -> (BTreeMap<RegistryId, LiveRegistry>, BTreeSet<RegistryId>) {
        let (mut shown, mut to_read) = (self.registries, self.doubtful);
        shown.retain(|id, registry| {
            let is_whole = shows_who_gets_in(registry);
            if !is_whole {
                to_read.insert(id.clone());
            }
            is_whole
        });
        (shown, to_read)
    }

    fn doubt(&mut self, id: RegistryId) {
        self.registries.remove(&id);
        self.doubtful.insert(id);
    }
}

/// Returns false if the entry hides a setting that decides who gets in. Only Premium registries have network rules.
fn shows_who_gets_in(registry: &LiveRegistry) -> bool {
    let shows_access = registry.settings.get(Setting::PublicNetworkAccess).is_some();
    !registry.is_premium() || (shows_access && !registry.hides_subnet_rules())
}
