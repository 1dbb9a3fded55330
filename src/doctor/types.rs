//! Diagnoses as values. The JSON form is `ringfence.doctor/1`.

use schemars::JsonSchema;
use serde::Serialize;

/// Name of the JSON format.
pub const FORMAT: &str = "ringfence.doctor/1";

/// The causes that were found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Diagnosis {
    pub format: String,
    /// Number of lines of the log.
    pub lines: u64,
    /// The likeliest first. Empty if nothing known was found.
    pub verdicts: Vec<Verdict>,
}

/// A cause, and what speaks for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Verdict {
    /// Row of Microsoft's troubleshooting articles (docs/doctor.md), or an error code.
    pub id: String,
    pub confidence: Confidence,
    /// The problem, in one sentence.
    pub title: String,
    /// How that comes about.
    pub cause: String,
    /// The registries that the log names, by host.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub registries: Vec<String>,
    /// True if the log names a registry, but its name was made unreadable.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub masked: bool,
    /// The client addresses that the registry saw.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<String>,
    /// The first places of the log that speak for it.
    pub seen: Vec<Seen>,
    /// Number of all these places.
    pub times: u64,
    /// Ways to mend it.
    pub remedies: Vec<String>,
    /// Page that says more.
    pub link: String,
}

/// How sure a verdict is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// The text has other causes too.
    Low,
    /// The text has one other usual cause.
    Medium,
    /// The text names the cause.
    High,
}

/// A place of the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Seen {
    /// Line, from 1.
    pub line: u64,
    /// The words that were recognised, without secrets.
    pub text: String,
}
