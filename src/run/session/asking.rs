//! Questions to the user, with and without a connection.

use std::collections::BTreeSet;

use super::Session;
use super::interruption::{Interruption, Stage};
use crate::error::Error;
use crate::live::find_visible_ids;
use crate::model::RegistryId;
use crate::run::interface::{Interface, Question};
use crate::run::options::RunOptions;
use crate::spec::Spec;

/// Asks questions before there is a connection. A signal ends the process meanwhile, and says that nothing was written.
pub(crate) struct Asker<'a> {
    pub(crate) interface: &'a dyn Interface,
    interruption: Interruption,
}

impl<'a> Asker<'a> {
    pub(crate) fn new(interface: &'a dyn Interface) -> Self {
        let interruption = Interruption::watch(interface.interruption_notice());
        Self {
            interface,
            interruption,
        }
    }

    /// Asks a question.
    pub(crate) fn ask(&self, question: &Question<'_>) -> Result<String, Error> {
        self.interruption.ask(self.interface, question)
    }

    /// Connects, as [`Session::open`] does. The session goes on to watch for signals.
    pub(crate) fn open(&self, options: &'a RunOptions, spec: &Spec) -> Result<Session<'a>, Error> {
        Session::open_watched(options, self.interface, spec, self.interruption.clone())
    }
}

impl Interruption {
    /// Asks a question. A signal ends the process meanwhile.
    fn ask(&self, interface: &dyn Interface, question: &Question<'_>) -> Result<String, Error> {
        self.set_stage(Stage::Asking);
        let answer = interface.ask(question);
        self.set_stage(Stage::Reading);
        answer
    }
}

impl Session<'_> {
    /// Finds the ids of all registries that the account sees: a request for each 1,000.
    pub(crate) fn visible_ids(&self) -> Result<BTreeSet<RegistryId>, Error> {
        let found = find_visible_ids(&self.connected.client);
        self.runtime.block_on(found).map_err(Error::Failed)
    }

    /// Asks a question.
    pub(crate) fn ask(&self, question: &Question<'_>) -> Result<String, Error> {
        self.interruption.ask(self.interface, question)
    }
}
