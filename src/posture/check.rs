//! The row of a posture rule, and what it finds.

use super::policies::AzurePolicy;
use super::subject::Subject;
use crate::model::Rule;
use crate::spec::{DiagnosticCode, PostureRule, Severity, Source};

/// A row of the table of posture rules.
pub struct PostureCheck {
    pub rule: PostureRule,
    pub severity: Severity,
    pub judges: Judges,
    /// Two sentences: what is found, and why it matters.
    pub about: &'static str,
    /// The next step. Words in braces are filled in for the registry: its `{registry}` id, its `{name}`, its `{subscription}`,
    /// the `{lists}` that can name its clients, the file of the `{spec}`, and the `{flags}` that lead a command to the same
    /// service.
    pub remedy: &'static str,
    /// The page of Azure that the rule rests on; `None` for a rule about ringfence itself.
    pub article: Option<&'static str>,
    /// The Azure Policy that finds the same.
    pub policy: Option<&'static AzurePolicy>,
    /// The diagnostic with which `validate` says the same about a spec. `validate --posture` shows the finding in its place.
    pub diagnostic: Option<DiagnosticCode>,
    pub(super) find: fn(&Subject<'_>) -> Vec<Violation>,
}

/// What a rule can judge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judges {
    /// Live state.
    Live,
    /// Entries of a spec.
    Spec,
    /// Live state, or a spec alone.
    Both,
}

impl Judges {
    /// Returns the words of the documentation.
    pub fn about(self) -> &'static str {
        match self {
            Self::Live => "live state",
            Self::Spec => "the spec",
            Self::Both => "live state, or the spec alone",
        }
    }

    /// Returns true if a rule has something to judge in this subject.
    pub(super) fn fits(self, subject: &Subject<'_>) -> bool {
        match self {
            Self::Live => subject.reading.is_some(),
            Self::Spec => subject.spec.is_some(),
            Self::Both => true,
        }
    }
}

/// One thing that a rule finds. Its severity is that of the rule.
#[derive(Debug)]
pub(super) struct Violation {
    pub(super) message: String,
    /// Rules, ids and names that it is about. They tell two findings of one rule apart.
    pub(super) objects: Vec<String>,
    /// The place in the spec; `None` for that of the registry.
    pub(super) source: Option<Source>,
    /// The next step; `None` for that of the rule.
    pub(super) remedy: Option<String>,
    /// Rules that the next step takes out of the registry.
    pub(super) goes: Vec<Rule>,
    /// True if Azure takes no list with these rules, so that they go before anything else.
    pub(super) goes_first: bool,
}

impl Violation {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            objects: Vec::new(),
            source: None,
            remedy: None,
            goes: Vec::new(),
            goes_first: false,
        }
    }

    /// Sets the place in the spec.
    pub(super) fn at(self, source: Option<Source>) -> Self {
        Self { source, ..self }
    }

    /// Names what it is about.
    pub(super) fn about(self, objects: impl IntoIterator<Item = impl ToString>) -> Self {
        let objects = objects.into_iter().map(|object| object.to_string()).collect();
        Self { objects, ..self }
    }

    /// Sets the next step, where it is not that of the rule.
    pub(super) fn remedied_by(self, remedy: impl Into<String>) -> Self {
        Self {
            remedy: Some(remedy.into()),
            ..self
        }
    }

    /// Names the rules that the next step takes out of the registry.
    pub(super) fn removing<'a>(self, rules: impl IntoIterator<Item = &'a Rule>) -> Self {
        let goes = rules.into_iter().cloned().collect();
        Self { goes, ..self }
    }

    /// Says that Azure takes no list with the rules that go.
    pub(super) fn first(self) -> Self {
        Self {
            goes_first: true,
            ..self
        }
    }
}
