//! One finding in the form that all formats for pipelines share.

use sha2::{Digest, Sha256};

use crate::audit::{Audit, Drift, FindingCode};
use crate::model::{LEASES_PATH, RegistryId, SERVICE_ENDPOINTS_PATH};
use crate::plan::RowPath;
use crate::posture::{POSTURE_CHECKS, PostureFinding};
use crate::render::text;
use crate::spec::{Severity, Source};

/// A finding of an audit: drift, posture, or a registry that could not be read.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The id of a posture rule, or the code of a drift.
    pub rule: String,
    /// What the rule finds, in a few words.
    pub title: String,
    /// What is found and why it matters.
    pub about: String,
    pub severity: Severity,
    pub registry: RegistryId,
    pub message: String,
    /// What tells two findings of one rule about one registry apart.
    objects: Vec<String>,
    pub source: Option<Source>,
    pub help: Option<String>,
    /// The reason for which the spec accepts it.
    pub accepted: Option<String>,
}

impl Entry {
    /// Returns a name that stays the same from run to run, also where lines of the spec move.
    pub(super) fn fingerprint(&self) -> String {
        let mut hash = Sha256::new();
        let registry = self.registry.to_string().to_ascii_lowercase();
        for part in [&self.rule, &registry].into_iter().chain(&self.objects) {
            // The length keeps the parts apart.
            hash.update(format!("{}:{part}", part.len()));
        }
        let mut text = String::new();
        for byte in &hash.finalize()[..16] {
            text += &format!("{byte:02x}");
        }
        text
    }

    /// Returns the message with the name of the registry before it.
    pub(super) fn full_message(&self) -> String {
        format!("{}: {}", self.registry.name(), self.message)
    }
}

/// Returns the entries of an audit, the worst first, then by registry.
pub(in crate::render) fn entries(audit: &Audit) -> Vec<Entry> {
    let mut entries = Vec::new();
    entries.extend(drift(audit));
    for finding in &audit.posture {
        entries.push(of_posture(finding));
    }
    for failure in audit.failures.iter().chain(&audit.uncompared) {
        entries.push(Entry {
            rule: "not-compared".to_owned(),
            title: "a registry that could not be compared".to_owned(),
            about:
                "The registry or a part of it could not be read. Whether it has drifted is not known."
                    .to_owned(),
            severity: Severity::Error,
            registry: failure.id.clone(),
            message: format!(
                "could not be compared: {}: {}",
                failure.error.code, failure.error.message
            ),
            objects: vec![failure.error.code.to_string(), failure.error.message.to_string()],
            source: failure.source.clone(),
            help: failure.error.help.clone(),
            accepted: None,
        });
    }
    entries.sort_by(|a, b| (a.severity, &a.registry, &a.rule).cmp(&(b.severity, &b.registry, &b.rule)));
    entries
}

fn drift(audit: &Audit) -> Vec<Entry> {
    let mut entries = Vec::new();
    for finding in &audit.findings {
        let rule = code(finding.code);
        let about = match audit.since.is_empty() {
            true => FindingCode::ALL[finding.code as usize].2,
            false => since_then(finding.drift),
        };
        let mut objects = Vec::new();
        for value in [&finding.live, &finding.wanted].into_iter().flatten() {
            objects.push(value.to_string());
        }
        objects.extend(finding.path.map(place));
        objects.extend(finding.name.as_ref().map(ToString::to_string));
        objects.extend(finding.case.as_ref().map(|case| case.name.to_string()));
        entries.push(Entry {
            title: about.to_owned(),
            about: match audit.since.is_empty() {
                true => format!("Live state differs from the spec: {about}."),
                false => format!("Live state differs from the state before the run: {about}."),
            },
            severity: finding.severity,
            registry: finding.registry.clone(),
            message: text::finding_words(finding, &audit.since),
            objects,
            source: finding.source.clone(),
            help: finding.help.clone().or_else(|| audit.next.clone()),
            accepted: None,
            rule,
        });
    }
    entries
}

/// Says what a finding is where live state is compared with an earlier one.
fn since_then(drift: Drift) -> &'static str {
    match drift {
        Drift::Unexpected => "a rule that is new",
        Drift::Missing => "a rule or a service endpoint that has gone",
        Drift::Different | Drift::Expectation => "a setting with another value",
    }
}

/// Returns the code as documents have it.
fn code(code: FindingCode) -> String {
    let value = serde_json::to_value(code).unwrap_or_default();
    value.as_str().unwrap_or_default().to_owned()
}

fn place(path: RowPath) -> String {
    match path {
        RowPath::Setting(setting) => setting.path().to_owned(),
        RowPath::ServiceEndpoints => SERVICE_ENDPOINTS_PATH.to_owned(),
        RowPath::Leases => LEASES_PATH.to_owned(),
    }
}

fn of_posture(finding: &PostureFinding) -> Entry {
    let rule = finding.rule;
    let check = POSTURE_CHECKS.iter().find(|check| check.rule == rule);
    Entry {
        rule: rule.id().to_owned(),
        title: rule.title().to_owned(),
        about: check.map(|check| check.about.to_owned()).unwrap_or_default(),
        severity: finding.severity,
        registry: finding.registry.clone(),
        message: finding.message.clone(),
        objects: finding.objects.clone(),
        source: finding.source.clone(),
        help: Some(finding.help.clone()),
        accepted: finding
            .accepted
            .as_ref()
            .map(|accepted| accepted.reason.to_string()),
    }
}
