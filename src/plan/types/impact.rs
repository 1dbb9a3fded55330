//! The callers of a registry beside a change, as values.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::expectation::Answer;
use crate::model::RegistryId;

/// The callers of one registry, beside its plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Impact {
    #[schemars(with = "String")]
    pub registry: RegistryId,
    /// The workspace or the file that the callers come from.
    pub from: String,
    /// The days that were asked for; absent for a file whose rows all count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<u16>,
    /// Those that lose access first, and then those with the most requests.
    pub callers: Vec<CallerImpact>,
    /// Where the events of the registry go. It is there if none of them were found, so that nothing is judged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub events: Option<String>,
}

/// A caller, and the registry's answer to it before and after the change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CallerImpact {
    pub address: String,
    pub identity: String,
    /// Requests, whatever their answer.
    pub events: u64,
    /// Requests that the registry answered 403.
    pub refused: u64,
    /// Requests with another error as answer, such as 401.
    pub failed: u64,
    /// RFC 3339; absent if the rows have no time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seen: Option<String>,
    pub before: Answer,
    pub after: Answer,
    /// What would admit the caller after the change. Absent if it gets in, or if no rule can admit it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub admit: Option<String>,
}

impl CallerImpact {
    /// Returns true if the change takes the caller's access. A caller without any request
    /// that was answered has none.
    pub fn loses(&self) -> bool {
        let had_access = self.before != Answer::Denied && self.refused + self.failed < self.events;
        had_access && self.after == Answer::Denied
    }

    /// Returns true if the settings do not tell whether the caller gets in.
    pub fn is_unknown(&self) -> bool {
        self.after == Answer::Unknown
    }
}

impl Impact {
    /// Returns the callers that the change cuts off.
    pub fn lost(&self) -> impl Iterator<Item = &CallerImpact> {
        self.callers.iter().filter(|caller| caller.loses())
    }
}
