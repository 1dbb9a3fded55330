//! The report of one shard.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::error::MergeError;
use super::kind::ReportKind;
use super::totals::Totals;
use super::turned_on::TurnedOn;
use crate::apply::Beside;
use crate::model::strict_json;
use crate::spec::{Shard, SpecPart};

/// The format of a run that ended without a result.
const ERROR: &str = "ringfence.error/1";

/// What the reports of one run share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RunFacts {
    pub(super) kind: ReportKind,
    pub(super) specs: Vec<String>,
    /// Digest of the content of the spec; empty without a spec.
    pub(super) digest: String,
    /// The place of an apply.
    pub(super) environment: Option<String>,
    /// The name of the sandbox of an apply.
    pub(super) sandbox: Option<String>,
    /// Number of shards; `None` for a report of no shard.
    pub(super) shards: Option<u32>,
}

/// The report of one shard, as its file has it.
#[derive(Clone, Debug)]
pub struct ReportPart {
    pub file: String,
    pub(super) run: RunFacts,
    pub shard: Option<Shard>,
    pub(super) document: PartDocument,
    pub(super) summary: Totals,
    pub(super) endpoints: TurnedOn,
}

/// The fields that all kinds of reports share, and those that some have.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct PartDocument {
    pub(super) created: String,
    specs: Vec<String>,
    #[serde(default)]
    spec: SpecPart,
    #[serde(default)]
    environment: Option<String>,
    #[serde(default)]
    sandbox: Option<String>,
    pub(super) registries: Vec<Value>,
    #[serde(default)]
    earlier: Vec<Value>,
    pub(super) failures: Vec<Value>,
    #[serde(default)]
    pub(super) findings: Vec<Value>,
    #[serde(default)]
    pub(super) uncompared: Vec<Value>,
    #[serde(default)]
    pub(super) hidden: Vec<Value>,
    #[serde(default)]
    pub(super) posture: Vec<Value>,
    #[serde(default)]
    pub(super) unread: Vec<Value>,
    #[serde(default)]
    pub(super) unjudged: Vec<Value>,
    #[serde(default)]
    pub(super) impacts: Vec<Value>,
    #[serde(default)]
    pub(super) checksum: Option<String>,
    #[serde(default)]
    pub(super) plan: Option<String>,
    #[serde(default)]
    pub(super) run: Option<String>,
    #[serde(default)]
    pub(super) undo: Option<String>,
    #[serde(default)]
    pub(super) beside: Beside,
    summary: Value,
}

impl ReportPart {
    /// Reads the document that `-o json=FILE` of `plan`, `apply` or `audit` wrote.
    ///
    /// # Errors
    /// [`MergeError`] if the text is not such a document.
    pub fn read(file: &str, text: &[u8]) -> Result<Self, MergeError> {
        let value: Value = strict_json(text).map_err(|error| not_a_report(file, &error))?;
        let kind = kind_of(file, &value)?;
        let mut document =
            PartDocument::deserialize(&value).map_err(|error| not_a_report(file, &error))?;
        let endpoints =
            TurnedOn::read(kind, &document.registries).map_err(|error| not_a_report(file, &error))?;
        // What an earlier run of the shard has done is a part of the shard.
        document.registries.append(&mut document.earlier);
        let summary =
            Totals::read(kind, &document.summary).map_err(|error| not_a_report(file, &error))?;
        for entry in document.registries.iter().chain(&document.failures) {
            if id_of(entry).is_empty() {
                let file = file.to_owned();
                return Err(MergeError::WithoutId { file });
            }
        }
        Ok(Self {
            file: file.to_owned(),
            run: RunFacts {
                kind,
                specs: std::mem::take(&mut document.specs),
                digest: std::mem::take(&mut document.spec.digest),
                environment: document.environment.take(),
                sandbox: document.sandbox.take(),
                shards: document.spec.shard.map(Shard::of),
            },
            shard: document.spec.shard,
            document,
            summary,
            endpoints,
        })
    }

    /// Returns the ids of the registries of the shard, read or not, by their lower case. One that an earlier run wrote and
    /// that cannot be read now has two entries.
    pub(super) fn ids(&self) -> BTreeMap<String, &str> {
        let mut ids = BTreeMap::new();
        for entry in self.document.registries.iter().chain(&self.document.failures) {
            ids.insert(id_of(entry).to_ascii_lowercase(), id_of(entry));
        }
        ids
    }
}

fn not_a_report(file: &str, error: &serde_json::Error) -> MergeError {
    MergeError::NotAReport {
        file: file.to_owned(),
        reason: error.to_string(),
    }
}

fn kind_of(file: &str, value: &Value) -> Result<ReportKind, MergeError> {
    let file = file.to_owned();
    match value["format"].as_str() {
        Some(ERROR) => Err(MergeError::Failed { file }),
        Some(format) => ReportKind::of(format).ok_or_else(|| MergeError::OtherFormat {
            file,
            found: format.to_owned(),
        }),
        None => Err(MergeError::NotAReport {
            file,
            reason: "it lacks `format`".to_owned(),
        }),
    }
}

/// Returns the id of an entry; empty for an entry without one.
pub(super) fn id_of(entry: &Value) -> &str {
    entry["id"].as_str().unwrap_or_default()
}
