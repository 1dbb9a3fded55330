//! Earlier reports that a run goes on from.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::kind::ReportKind;
use super::part::id_of;
use super::types::FORMAT;
use crate::model::strict_json;

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
}

/// The registries that the apply of a report has done.
#[derive(Clone, Debug, Default)]
pub struct EarlierReport {
    /// The entry of each registry, by its id in lower case.
    done: BTreeMap<String, Value>,
}

/// The fields of `ringfence.apply/1`, and of `ringfence.report/1` of several of them.
#[derive(Deserialize)]
struct EarlierDocument {
    of: Option<String>,
    registries: Vec<Value>,
    /// Those that runs before that one have done.
    #[serde(default)]
    earlier: Vec<Value>,
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
        let document = EarlierDocument::deserialize(&value).map_err(|error| not_a_report(&error))?;
        let of = match format {
            FORMAT => document.of.as_deref().unwrap_or_default(),
            _ => format,
        };
        if ReportKind::of(of) != Some(ReportKind::Apply) {
            let found = of.to_owned();
            return Err(EarlierReportError::OtherFormat { found });
        }
        let mut done = BTreeMap::new();
        for entry in document.registries.into_iter().chain(document.earlier) {
            if is_done(&entry) {
                done.insert(id_of(&entry).to_ascii_lowercase(), entry);
            }
        }
        Ok(Self { done })
    }

    /// Takes the entry of a registry that was done for the same wanted state. `fingerprint` is that of its spec now.
    pub fn take(&mut self, key: &str, fingerprint: &str) -> Option<Value> {
        let is_same = self.done.get(key)?["fingerprint"].as_str() == Some(fingerprint);
        if is_same { self.done.remove(key) } else { None }
    }
}

/// Returns true if the registry is as wanted, and effective if the run waited for that.
fn is_done(entry: &Value) -> bool {
    let outcome = entry["outcome"].as_str().unwrap_or_default();
    let is_pending = entry["effective"]["state"] == "pending";
    matches!(outcome, "changed" | "unchanged") && !is_pending
}

fn not_a_report(error: &serde_json::Error) -> EarlierReportError {
    EarlierReportError::NotAReport(error.to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn entry(name: &str, outcome: &str) -> Value {
        json!({"id": format!("/registries/{name}"), "outcome": outcome, "fingerprint": "0a"})
    }

    fn read(document: &Value) -> Result<EarlierReport, EarlierReportError> {
        EarlierReport::read(document.to_string().as_bytes())
    }

    #[test]
    fn only_what_is_as_wanted_is_done() {
        let mut pending = entry("pending", "changed");
        pending["effective"] = json!({"state": "pending"});
        let registries = [
            entry("Changed", "changed"),
            entry("same", "unchanged"),
            entry("skipped", "skipped"),
            entry("partial", "partial"),
            entry("unknown", "unknown"),
            pending,
        ];
        let report = json!({
            "format": "ringfence.apply/1", "registries": registries, "earlier": [entry("before", "changed")]
        });
        let mut merged = report.clone();
        merged["format"] = json!(FORMAT);
        merged["of"] = json!("ringfence.apply/1");
        for document in [report, merged] {
            let mut earlier = read(&document).unwrap();
            for (name, done) in [
                ("changed", true),
                ("same", true),
                ("before", true),
                ("skipped", false),
                ("partial", false),
                ("unknown", false),
                ("pending", false),
            ] {
                let key = format!("/registries/{name}");
                assert!(earlier.take(&key, "0b").is_none(), "{name}: another wanted state");
                assert_eq!(earlier.take(&key, "0a").is_some(), done, "{name}");
            }
        }
    }

    #[test]
    fn documents_of_other_kinds_are_refused() {
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
            (json!([]), "it is not a report"),
        ] {
            let error = read(&document).unwrap_err().to_string();
            assert!(error.contains(told), "{error}");
        }
        assert!(EarlierReport::read(b"{").is_err());
    }
}
