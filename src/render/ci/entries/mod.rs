//! Findings in the form that all formats for pipelines share.

mod apply;
mod audit;
mod plan;
mod validate;

use sha2::{Digest, Sha256};

use crate::model::RegistryId;
use crate::plan::RegistryFailure;
use crate::posture::{POSTURE_CHECKS, PostureFinding};
use crate::spec::{Severity, Source};

pub(in crate::render) use apply::entries as of_report;
pub(in crate::render) use audit::entries as of_audit;
pub(in crate::render) use plan::entries as of_plan;
pub(in crate::render) use validate::{of_diagnostics, of_spec};

/// The page of Azure about the settings that entries without a page of their own are about.
const ARTICLE: &str =
    "https://learn.microsoft.com/azure/container-registry/container-registry-access-selected-networks";

/// A finding of any kind: drift, posture, a refusal or a note of a plan, a step that failed, a mistake in a spec.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The id of a posture rule, or the code of what was found.
    pub rule: String,
    /// What the rule finds, in a few words.
    pub title: String,
    /// What is found and why it matters.
    pub about: String,
    pub severity: Severity,
    /// `None` for a finding about a spec or a subscription.
    pub registry: Option<RegistryId>,
    pub message: String,
    /// What tells two findings of one rule about one registry apart.
    objects: Vec<String>,
    pub source: Option<Source>,
    /// The page of Azure that the rule rests on.
    pub article: Option<&'static str>,
    pub help: Option<String>,
    /// The reason for which the spec accepts it.
    pub accepted: Option<String>,
    /// True if something could not be read, compared or written: the fault of a service, not of a registry.
    pub is_failure: bool,
}

/// A rule of entries that has no table elsewhere.
struct EntryRule {
    id: &'static str,
    severity: Severity,
    /// What it finds, in a few words.
    title: &'static str,
}

impl Entry {
    /// Returns an entry of a rule. Its message tells it apart from others.
    fn new(rule: &EntryRule, registry: &RegistryId, source: Option<&Source>, message: String) -> Self {
        Self {
            rule: rule.id.to_owned(),
            title: rule.title.to_owned(),
            about: format!("{}.", rule.title),
            severity: rule.severity,
            registry: Some(registry.clone()),
            objects: vec![message.clone()],
            message,
            source: source.cloned(),
            article: Some(ARTICLE),
            help: None,
            accepted: None,
            is_failure: false,
        }
    }

    /// Returns the entry of an error that leaves a run without a result.
    pub(in crate::render) fn of_error(code: &str, message: &str, help: Option<String>) -> Self {
        Self {
            rule: code.to_owned(),
            title: "the run ended without a result".to_owned(),
            about: "The run ended without a result.".to_owned(),
            severity: Severity::Error,
            registry: None,
            message: message.to_owned(),
            objects: vec![message.to_owned()],
            source: None,
            article: Some(ARTICLE),
            help,
            accepted: None,
            is_failure: true,
        }
    }

    /// Returns a name that stays the same from run to run, also where lines of the spec move.
    pub(super) fn fingerprint(&self) -> String {
        let mut hash = Sha256::new();
        let registry = self.registry.as_ref().map(|id| id.key()).unwrap_or_default();
        for part in [&*self.rule, registry]
            .into_iter()
            .chain(self.objects.iter().map(String::as_str))
        {
            // The length keeps the parts apart.
            hash.update(format!("{}:{part}", part.len()));
        }
        let mut text = String::new();
        for byte in &hash.finalize()[..16] {
            text += &format!("{byte:02x}");
        }
        text
    }

    /// Returns the id of the registry. A finding without one is about the spec.
    pub(super) fn subject(&self) -> String {
        match &self.registry {
            Some(registry) => registry.to_string(),
            None => "spec".to_owned(),
        }
    }

    /// Returns the full message with the next step behind it, in one line.
    pub(super) fn message_with_help(&self) -> String {
        match &self.help {
            Some(help) => format!("{}; help: {help}", self.full_message()),
            None => self.full_message(),
        }
    }

    /// Returns the message with the name of the registry before it.
    pub(super) fn full_message(&self) -> String {
        match &self.registry {
            Some(registry) => format!("{}: {}", registry.name(), self.message),
            None => self.message.clone(),
        }
    }
}

/// Sorts entries: the worst first, then by registry and rule.
fn sorted(mut entries: Vec<Entry>) -> Vec<Entry> {
    entries.sort_by(|a, b| (a.severity, &a.registry, &a.rule).cmp(&(b.severity, &b.registry, &b.rule)));
    entries
}

/// A registry that could not be read.
const NOT_READ: EntryRule = EntryRule {
    id: "not-read",
    severity: Severity::Error,
    title: "a registry that could not be read",
};

/// Returns the entry of a registry that could not be read.
fn unread(failure: &RegistryFailure) -> Entry {
    let error = &failure.error;
    let message = format!("could not be read: {}: {}", error.code, error.message);
    Entry {
        help: error.help.clone(),
        is_failure: true,
        ..Entry::new(&NOT_READ, &failure.id, failure.source.as_ref(), message)
    }
}

/// Returns the entry of a posture finding.
fn of_posture(finding: &PostureFinding) -> Entry {
    let rule = finding.rule;
    let check = POSTURE_CHECKS.iter().find(|check| check.rule == rule);
    Entry {
        rule: rule.id().to_owned(),
        title: rule.title().to_owned(),
        about: check.map(|check| check.about.to_owned()).unwrap_or_default(),
        severity: finding.severity,
        registry: Some(finding.registry.clone()),
        message: finding.message.clone(),
        objects: finding.objects.clone(),
        source: finding.source.clone(),
        article: check.and_then(|check| check.article),
        help: Some(finding.help.clone()),
        accepted: finding
            .accepted
            .as_ref()
            .map(|accepted| accepted.reason.to_string()),
        is_failure: false,
    }
}
