//! Diagnoses as values. The JSON form is `ringfence.doctor/1`.

use schemars::JsonSchema;
use serde::Serialize;

use super::steps::Step;

/// Name of the JSON format.
pub const FORMAT: &str = "ringfence.doctor/1";

/// The causes that were found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Diagnosis {
    pub format: String,
    /// The registry that was probed, by its login server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub registry: Option<String>,
    /// Number of lines of the log, if one was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lines: Option<u64>,
    /// The likeliest first, and a step that fails for an unknown reason before the causes of later steps. Empty if nothing known was
    /// found.
    pub verdicts: Vec<Verdict>,
    /// What is not the cause here, and stops other clients or other work.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Verdict>,
    /// The steps that are not judged, because something that they rest on is not known.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unjudged: Vec<String>,
    /// The steps of a client on its way to the registry, in their order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ladder: Vec<Rung>,
}

/// A cause, and what speaks for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Verdict {
    /// Row of Microsoft's troubleshooting articles (docs/doctor.md), or an error code.
    pub id: String,
    /// Other rows of the articles that are the same thing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<String>,
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
    /// The steps of the ladder that fail because of it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<String>,
    /// What the probes saw that speaks for it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<Fact>,
    /// The first places of the log that speak for it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
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
    /// What was seen has other causes too.
    Low,
    /// What was seen has one other usual cause.
    Medium,
    /// What was seen names the cause.
    High,
}

impl Confidence {
    /// Returns the word that users read.
    pub(crate) fn in_words(self) -> &'static str {
        match self {
            Self::High => "likely",
            Self::Medium => "possible",
            Self::Low => "less likely",
        }
    }
}

impl Verdict {
    /// Names the registries and the addresses, as far as a log does. What probes saw is among the facts.
    pub(crate) fn named_by_log(&self) -> Option<String> {
        let mut parts = Vec::new();
        if self.masked {
            parts.push("the registry's name is masked: it has to be filled in below".to_owned());
        }
        for (what, names) in [
            ("registry", &self.registries),
            ("address that it saw", &self.addresses),
        ] {
            if !names.is_empty() {
                parts.push(format!("{what}: {}", names.join(", ")));
            }
        }
        (!parts.is_empty() && !self.seen.is_empty()).then(|| parts.join("; "))
    }
}

/// A place of the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Seen {
    /// Line, from 1.
    pub line: u64,
    /// The words that were recognised, without secrets.
    pub text: String,
}

/// Something that a probe saw, without secrets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Fact {
    pub name: String,
    pub value: String,
}

impl Fact {
    /// Makes a fact.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            value: value.into(),
        }
    }
}

/// One step of a client on its way to the registry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Rung {
    /// True if something that it rests on is not known.
    #[serde(skip)]
    pub(crate) unjudged: bool,
    pub name: String,
    pub status: RungStatus,
    /// What was seen, in one line.
    pub result: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<Fact>,
}

/// The result of one step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RungStatus {
    Passed,
    Failed,
    /// It was not tried, or could not be judged from here.
    Skipped,
}

impl Rung {
    /// Makes a step without facts.
    pub(crate) fn new(step: Step, status: RungStatus, result: impl Into<String>) -> Self {
        Self {
            unjudged: false,
            name: step.name().to_owned(),
            status,
            result: result.into(),
            facts: Vec::new(),
        }
    }

    /// Adds facts.
    #[must_use]
    pub(crate) fn with(mut self, facts: impl IntoIterator<Item = Fact>) -> Self {
        self.facts.extend(facts);
        self
    }
}
