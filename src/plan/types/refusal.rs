//! Notes and refusals.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::plan::{Guard, RefusalCode};

/// Something the reader must know that changes nothing: what was not done, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Note {
    /// Stable name, such as `expired-rule`.
    pub code: Cow<'static, str>,
    pub message: String,
}

/// A reason why nothing is written for a registry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Refusal {
    /// Stable name, such as `removals`.
    #[schemars(with = "String")]
    pub code: RefusalCode,
    pub message: String,
    /// The measured value, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub measured: Option<String>,
    /// The limit that it breaks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<String>,
    /// The flag that overrides a guard; where a saved plan is applied, or the registry has changed since, how to plan
    /// again. Absent where Azure itself would refuse, and for entries that have expired.
    #[serde(rename = "override", skip_serializing_if = "Option::is_none")]
    pub override_flag: Option<String>,
    /// The next step to take.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}

impl Refusal {
    /// Returns the guard that refuses; `None` where Azure would refuse, or `--fail-on` does.
    pub fn guard(&self) -> Option<Guard> {
        match self.code {
            RefusalCode::Guard(guard) => Some(guard),
            RefusalCode::FailOn(_) | RefusalCode::Other { .. } => None,
        }
    }

    /// Returns true if a managed setting could not be compared, so that nothing is known about its drift.
    pub fn leaves_uncompared(&self) -> bool {
        matches!(self.code, RefusalCode::Other { uncompared: true, .. })
    }
}
