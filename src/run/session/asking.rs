//! Questions about registries that are live.

use std::collections::BTreeSet;

use super::Session;
use super::interruption::Stage;
use crate::error::Error;
use crate::live::find_visible_ids;
use crate::model::RegistryId;
use crate::run::interface::Question;

impl Session<'_> {
    /// Finds the ids of all registries that the account sees: a request for each 1,000.
    pub(crate) fn visible_ids(&self) -> Result<BTreeSet<RegistryId>, Error> {
        let found = find_visible_ids(&self.connected.client);
        self.runtime.block_on(found).map_err(Error::Failed)
    }

    /// Asks a question. A signal ends the process meanwhile.
    pub(crate) fn ask(&self, question: &Question<'_>) -> Result<String, Error> {
        self.interruption.set_stage(Stage::Asking);
        let answer = self.interface.ask(question);
        self.interruption.set_stage(Stage::Reading);
        answer
    }
}
