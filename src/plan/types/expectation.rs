//! Expectations that do not hold, and the answers to their clients.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::spec::{ExpectCase, Source};

/// The answer to the client of an expectation, which may be many addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// All of it gets in.
    Allowed,
    /// None of it gets in.
    Denied,
    /// Some addresses get in, and others do not.
    InPart,
    /// It depends on something that the registry does not show.
    Unknown,
}

/// An expectation of the spec that does not hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BrokenExpectation {
    /// As the spec names the client.
    pub client: String,
    /// `true`: it must get in.
    pub allowed: bool,
    pub answer: Answer,
    /// The part that the service endpoint of a subnet has in the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The named case that it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case: Option<Arc<ExpectCase>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
}
