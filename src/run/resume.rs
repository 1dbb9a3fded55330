//! Going on from the report of an earlier run: what it has done is left out.

use std::path::Path;

use serde_json::Value;

use super::document_file::read_document;
use super::interface::{Interface, Notice};
use crate::error::Error;
use crate::merge::EarlierReport;
use crate::spec::Spec;

/// Takes the registries out of a spec that the apply of a report has done, and returns their entries. An entry of the spec
/// that has changed since is not done.
///
/// # Errors
/// The file cannot be read, or is not the report of an apply.
pub fn leave_out_done(
    spec: &mut Spec,
    file: &Path,
    interface: &dyn Interface,
) -> Result<Vec<Value>, Error> {
    let text = read_document(file, "make it with apply: -o json=FILE")?;
    let mut report = EarlierReport::read(&text).map_err(|error| {
        Error::usage(
            format!("no run can go on from `{}`: {error}", file.display()),
            "name what apply or report merge wrote with -o json=FILE, or leave --resume out",
        )
    })?;
    let mut entries = Vec::new();
    let all = std::mem::take(&mut spec.registries);
    let count = all.len();
    for registry in all {
        match report.take(registry.id.key(), &registry.fingerprint()) {
            Some(entry) => {
                entries.push(entry);
                spec.left_out.push(registry);
            }
            None => spec.registries.push(registry),
        }
    }
    spec.left_out.sort_by(|a, b| a.id.cmp(&b.id));
    interface.notify(&Notice::Resumed {
        done: entries.len(),
        all: count,
    });
    Ok(entries)
}
