//! Rules, and what they find.

use std::net::IpAddr;

use crate::doctor::cause::Cause;
use crate::doctor::facts::Observations;
use crate::doctor::steps::Step;
use crate::doctor::types::{Confidence, Fact};

/// A condition, and the cause that it shows.
pub(crate) struct CauseRule {
    pub(crate) cause: &'static Cause,
    /// Returns what was found, or `None` if the condition does not hold.
    pub(crate) find: fn(&Observations) -> Option<Evidence>,
    /// The steps whose failure it explains. Where none of them fails by itself, the first one does not hold.
    pub(crate) steps: &'static [Step],
}

/// What a rule found, beside its cause.
pub(crate) struct Evidence {
    pub(crate) significance: Significance,
    pub(crate) facts: Vec<Fact>,
    /// Remedies for this case, before those of the cause.
    pub(crate) remedies: Vec<String>,
    /// True if the remedies of the cause do not fit this case.
    pub(crate) only_these: bool,
    /// How it comes about in this case, where the cause speaks of several.
    pub(crate) why: Option<&'static str>,
    /// The address that the registry saw.
    pub(crate) address: Option<IpAddr>,
}

/// What a finding means for this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Significance {
    /// It stops this machine.
    Cause(Confidence),
    /// It stops others, or other work.
    Note,
}

impl Evidence {
    /// Returns a cause of trouble for this machine.
    pub(crate) fn cause(confidence: Confidence) -> Self {
        Self::with(Significance::Cause(confidence))
    }

    /// Returns a note: this machine has no trouble with it.
    pub(crate) fn note() -> Self {
        Self::with(Significance::Note)
    }

    fn with(significance: Significance) -> Self {
        Self {
            significance,
            facts: Vec::new(),
            remedies: Vec::new(),
            only_these: false,
            why: None,
            address: None,
        }
    }

    /// Adds a fact.
    #[must_use]
    pub(crate) fn fact(mut self, name: &str, value: impl ToString) -> Self {
        self.facts.push(Fact::new(name, value.to_string()));
        self
    }

    /// Adds a remedy for this case.
    #[must_use]
    pub(crate) fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedies.push(remedy.into());
        self
    }

    /// Says how it comes about in this case.
    #[must_use]
    pub(crate) fn because(mut self, why: &'static str) -> Self {
        self.why = Some(why);
        self
    }

    /// Leaves the remedies of the cause out.
    #[must_use]
    pub(crate) fn only_these(mut self) -> Self {
        self.only_these = true;
        self
    }
}
