//! Earlier reports that a run goes on from.

use serde::Deserialize;
use serde_json::Value;

use super::kind::ReportKind;
use super::types::FORMAT;
use crate::apply::{Beside, Earlier, EarlierEntry, Snapshot, SnapshotError};
use crate::model::{RegistryId, strict_json};
use crate::plan::RegistryFailure;

/// The format of a run that ended without a result.
const ERROR: &str = "ringfence.error/1";

/// The reason why no run can go on from a report.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EarlierReportError {
    #[error("it is not a report: {0}")]
    NotAReport(String),
    #[error("it is `{found}`, and only an apply does something that a later run can leave out")]
    OtherFormat { found: String },
    #[error("its run ended without a result, so nothing is known to be done")]
    NoResult,
    #[error("the state before its write to `{id}` cannot be used: {reason}")]
    Undo { id: RegistryId, reason: SnapshotError },
}

/// The report of an earlier apply.
#[derive(Clone, Debug)]
pub struct EarlierReport {
    /// The host of Azure Resource Manager, or `sandbox`.
    pub environment: String,
    /// The name of the sandbox; `None` elsewhere.
    pub sandbox: Option<String>,
    pub earlier: Earlier,
}

/// The fields of `ringfence.apply/1`, and of `ringfence.report/1` of several of them.
#[derive(Deserialize)]
struct EarlierDocument {
    environment: Option<String>,
    sandbox: Option<String>,
    registries: Vec<Value>,
    /// Those that runs before that one have done.
    #[serde(default)]
    earlier: Vec<Value>,
    #[serde(default)]
    failures: Vec<RegistryFailure>,
    #[serde(default)]
    beside: Beside,
    summary: WrittenSummary,
}

#[derive(Deserialize)]
struct WrittenSummary {
    written: bool,
}

impl EarlierReport {
    /// Reads the document that `apply -o json=FILE` or `report merge -o json=FILE` wrote.
    ///
    /// # Errors
    /// [`EarlierReportError`] if the text is not such a document.
    pub fn read(text: &[u8]) -> Result<Self, EarlierReportError> {
        let value: Value = strict_json(text).map_err(|error| not_a_report(&error))?;
        let format = value["format"].as_str().unwrap_or_default();
        if format == ERROR {
            return Err(EarlierReportError::NoResult);
        }
        if value.is_object() && format.is_empty() {
            return Err(EarlierReportError::NotAReport("it lacks `format`".to_owned()));
        }
        // The kind comes first: a document of another kind lacks most of the fields.
        let of = match format {
            FORMAT => value["of"].as_str().unwrap_or_default(),
            _ => format,
        };
        if value.is_object() && ReportKind::of(of) != Some(ReportKind::Apply) {
            let found = of.to_owned();
            return Err(EarlierReportError::OtherFormat { found });
        }
        let document = EarlierDocument::deserialize(&value).map_err(|error| not_a_report(&error))?;
        let Some(environment) = document.environment else {
            let reason = "it lacks `environment`".to_owned();
            return Err(EarlierReportError::NotAReport(reason));
        };
        let mut earlier = Earlier {
            failures: document.failures,
            beside: document.beside,
            written: document.summary.written,
            ..Earlier::default()
        };
        for entry in document.registries.into_iter().chain(document.earlier) {
            let entry = EarlierEntry::read(entry).map_err(|error| not_a_report(&error))?;
            check_undo(&entry)?;
            earlier.others.entry(entry.id.clone()).or_insert(entry);
        }
        Ok(Self {
            environment,
            sandbox: document.sandbox,
            earlier,
        })
    }
}

/// Refuses an entry whose earlier state was edited.
fn check_undo(entry: &EarlierEntry) -> Result<(), EarlierReportError> {
    let Some(undo) = &entry.undo else {
        return Ok(());
    };
    let text = serde_json::to_vec(&undo.before).map_err(|error| not_a_report(&error))?;
    match Snapshot::from_json(text) {
        Ok(_) => Ok(()),
        Err(reason) => Err(EarlierReportError::Undo {
            id: entry.id.clone(),
            reason,
        }),
    }
}

fn not_a_report(error: &serde_json::Error) -> EarlierReportError {
    EarlierReportError::NotAReport(error.to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn id(name: &str) -> RegistryId {
        RegistryId::new("s1", "rg", name).unwrap()
    }

    fn entry(name: &str, outcome: &str) -> Value {
        json!({"id": id(name), "outcome": outcome, "fingerprint": "0a"})
    }

    fn read(document: &Value) -> Result<EarlierReport, EarlierReportError> {
        EarlierReport::read(document.to_string().as_bytes())
    }

    fn apply(registries: &[Value], earlier: &[Value]) -> Value {
        json!({
            "format": "ringfence.apply/1", "environment": "sandbox", "registries": registries, "earlier": earlier,
            "failures": [], "summary": {"written": true}
        })
    }

    #[test]
    fn only_what_is_as_wanted_is_done() {
        let mut pending = entry("pending", "changed");
        pending["effective"] = json!({"state": "pending"});
        let registries = [
            entry("changed", "changed"),
            entry("same", "unchanged"),
            entry("skipped", "skipped"),
            entry("partial", "partial"),
            entry("unknown", "unknown"),
            pending,
        ];
        let report = apply(&registries, &[entry("before", "changed")]);
        let mut merged = report.clone();
        merged["format"] = json!(FORMAT);
        merged["of"] = json!("ringfence.apply/1");
        for document in [report, merged] {
            let mut earlier = read(&document).unwrap().earlier;
            for (name, done) in [
                ("Changed", true),
                ("same", true),
                ("before", true),
                ("skipped", false),
                ("partial", false),
                ("unknown", false),
                ("pending", false),
            ] {
                let id = id(name);
                assert!(!earlier.leave_out(&id, "0b"), "{name}: another wanted state");
                assert_eq!(earlier.leave_out(&id, "0a"), done, "{name}");
            }
            assert_eq!((earlier.done.len(), earlier.others.len()), (3, 4));
        }
    }

    #[test]
    fn documents_of_other_kinds_are_refused() {
        let mut nowhere = apply(&[], &[]);
        nowhere["environment"] = json!(null);
        for (document, told) in [
            (json!({"format": "ringfence.error/1"}), "ended without a result"),
            (
                json!({"format": "ringfence.plan/1", "registries": []}),
                "it is `ringfence.plan/1`",
            ),
            (
                json!({"format": FORMAT, "of": "ringfence.audit/1", "registries": []}),
                "it is `ringfence.audit/1`",
            ),
            (
                json!({"format": "ringfence.apply/1"}),
                "missing field `registries`",
            ),
            (nowhere, "it lacks `environment`"),
            (
                apply(&[json!({"id": "contoso", "outcome": "changed"})], &[]),
                "it is not a report",
            ),
            (json!([]), "it is not a report"),
            (json!({"resources": []}), "it lacks `format`"),
        ] {
            let error = read(&document).unwrap_err().to_string();
            assert!(error.contains(told), "{error}");
        }
        assert!(EarlierReport::read(b"{").is_err());
    }
}
