//! Registries of earlier runs that these left as they were, so that nothing holds their state.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use super::source::{LAST, is_run_id, latest_run, run_name};
use crate::model::{RegistryId, strict_json};
use crate::run::document_file::read_document;
use crate::run::records::left_records::registries_of;

/// Returns the registries that the run of a source read and did not write, as far as its report names them, or the records in
/// `folder` do. A later run that read one of them has its record. A snapshot is about no other registry.
pub(super) fn unwritten(source: &Path, folder: &Path) -> BTreeSet<RegistryId> {
    let run = match source.to_str() {
        Some(LAST) => latest_run(folder),
        Some(id) if is_run_id(id) => Some(id.to_owned()),
        _ if source.is_dir() => Some(run_name(source)),
        _ => None,
    };
    match run {
        Some(run) => registries_of(folder, &run),
        None => read_document(source, "").map_or_else(|_| BTreeSet::new(), |text| of_report(&text)),
    }
}

/// Returns the registries of a report without an earlier state. Returns none for any other document.
fn of_report(text: &[u8]) -> BTreeSet<RegistryId> {
    let mut ids = BTreeSet::new();
    let Ok(report) = strict_json::<Value>(text) else {
        return ids;
    };
    for list in ["registries", "earlier", "failures"] {
        for entry in report[list].as_array().into_iter().flatten() {
            let is_written = entry.pointer("/undo/before").is_some();
            let id = entry["id"].as_str().filter(|_| !is_written);
            ids.extend(id.and_then(|id| RegistryId::parse(id).ok()));
        }
    }
    ids
}
