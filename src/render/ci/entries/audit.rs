//! Entries of an audit: drift, posture, and what could not be compared.

use super::{ARTICLE, Entry, EntryRule, of_posture, sorted};
use crate::audit::{Audit, Drift, FindingCode};
use crate::model::{FailureKind, LEASES_PATH, SERVICE_ENDPOINTS_PATH};
use crate::plan::RowPath;
use crate::render::text;
use crate::spec::Severity;

const NOT_READ: EntryRule = EntryRule {
    id: "not-listed",
    severity: Severity::Error,
    title: "a subscription, or a registry that was named, that could not be read",
};

const NOT_JUDGED: EntryRule = EntryRule {
    id: "not-judged",
    severity: Severity::Warning,
    title: "a part of a registry that posture rules could not judge",
};

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
            registry: Some(failure.id.clone()),
            message: format!(
                "could not be compared: {}: {}",
                failure.error.code, failure.error.message
            ),
            objects: vec![failure.error.code.to_string(), failure.error.message.to_string()],
            source: failure.source.clone(),
            article: Some(ARTICLE),
            help: failure.error.help.clone(),
            accepted: None,
            is_failure: true,
        });
    }
    for part in &audit.unjudged {
        let is_failure = part.error.kind != FailureKind::Forbidden;
        let message = format!("{}: {}", part.error.code, part.error.message);
        let entry = Entry::new(&NOT_JUDGED, &part.id, part.source.as_ref(), message);
        entries.push(Entry {
            severity: if is_failure {
                Severity::Error
            } else {
                Severity::Warning
            },
            help: part.error.help.clone(),
            is_failure,
            ..entry
        });
    }
    for place in &audit.unread {
        let located = place.located();
        entries.push(Entry {
            title: NOT_READ.title.to_owned(),
            about: format!("{}.", NOT_READ.title),
            ..Entry::of_error(
                NOT_READ.id,
                &format!("{}: {}", located.code, located.message),
                located.help,
            )
        });
    }
    sorted(entries)
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
            registry: Some(finding.registry.clone()),
            message: text::finding_words(finding, &audit.since),
            objects,
            source: finding.source.clone(),
            article: Some(ARTICLE),
            help: finding.help.clone().or_else(|| audit.next.clone()),
            accepted: None,
            is_failure: false,
            rule,
        });
    }
    entries
}

/// Says what a finding is where live state is compared with an earlier one.
fn since_then(drift: Drift) -> &'static str {
    match drift {
        Drift::Unexpected => "a rule or a service endpoint that is new",
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
