//! Reads of registries that no spec names.

use super::Session;
use crate::error::Error;
use crate::live::{FoundRegistries, list_registries, read_registries, read_visible_registries};
use crate::model::RegistryId;

impl Session<'_> {
    /// Reads the registries with these ids.
    pub(crate) fn registries(&self, ids: &[RegistryId]) -> FoundRegistries {
        let client = &self.connected.client;
        let say = self.progress();
        let reads = read_registries(client, ids, self.options.parallel, &say);
        let found = self.runtime.block_on(reads);
        self.interface.end_progress();
        found
    }

    /// Reads the registries below these subscriptions or groups.
    pub(crate) fn registries_below(&self, scopes: &[String]) -> FoundRegistries {
        let client = &self.connected.client;
        let say = self.progress();
        let lists = list_registries(client, scopes, self.options.parallel, &say);
        let found = self.runtime.block_on(lists);
        self.interface.end_progress();
        found
    }

    /// Reads every registry that the account sees.
    pub(crate) fn visible_registries(&self) -> Result<FoundRegistries, Error> {
        let client = &self.connected.client;
        let say = self.progress();
        let reads = read_visible_registries(client, self.options.parallel, &say);
        let found = self.runtime.block_on(reads);
        self.interface.end_progress();
        found.map_err(Error::Failed)
    }
}
