//! The end of a step or a change.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::Failure;

/// The end of a step or change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "outcome", rename_all = "lowercase")]
pub enum Outcome {
    /// Written, and shown as wanted by a read after it, or by the answer of the write (`proof`).
    Done,
    /// Nothing is known to be written: what is wanted was there already when its turn came.
    Unchanged {
        /// The reason why it may be this run that wrote it.
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// Not tried.
    Skipped { reason: String },
    /// Tried without success.
    Failed { error: Failure },
    /// Begun, and given up or not read back: whether the service made the change is not known.
    Unknown { error: Failure },
}

impl Outcome {
    /// The outcome of something that was there already.
    pub(crate) const UNCHANGED: Self = Self::Unchanged { reason: None };

    /// Returns the outcome of a write that ended with an error. An `open` one may still be made.
    pub(crate) fn of_write(error: Failure, open: bool) -> Self {
        if open {
            Self::Unknown { error }
        } else {
            Self::Failed { error }
        }
    }

    /// Returns the outcome of something that was not tried.
    pub(crate) fn skipped(reason: &str) -> Self {
        Self::Skipped {
            reason: reason.to_owned(),
        }
    }

    /// Returns true if the wanted state holds.
    pub fn is_as_wanted(&self) -> bool {
        matches!(self, Self::Done | Self::Unchanged { .. })
    }

    /// Ranks outcomes: the highest is that of the whole.
    pub(crate) fn severity(&self) -> u8 {
        match self {
            Self::Unchanged { .. } => 0,
            Self::Done => 1,
            Self::Skipped { .. } => 2,
            Self::Unknown { .. } => 3,
            Self::Failed { .. } => 4,
        }
    }

    /// Returns true if the step or change failed.
    pub fn is_failed(&self) -> bool {
        matches!(self, Self::Failed { .. })
    }
}
