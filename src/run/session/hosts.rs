//! Reads of the hosts that clients connect to.

use super::Session;
use crate::endpoints::{CloudHosts, Endpoints, endpoints};
use crate::live::read_replicated;
use crate::model::RegistryId;

impl Session<'_> {
    /// Reads these registries and returns the hosts that their clients connect to.
    pub(crate) fn endpoints(&self, ids: &[RegistryId]) -> Endpoints {
        let client = &self.connected.client;
        let say = self.progress();
        let reads = read_replicated(client, ids, self.options.parallel, &say);
        let read = self.runtime.block_on(reads);
        self.interface.end_progress();
        let cloud = client.cloud();
        let hosts = CloudHosts {
            sign_in: cloud.sign_in_hosts(),
            storage: cloud.storage.clone(),
        };
        endpoints(read, &hosts)
    }
}
