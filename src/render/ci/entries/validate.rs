//! Entries of a spec: its diagnostics, and what posture rules find in it.

use super::{ARTICLE, Entry, of_posture, sorted};
use crate::posture::PostureFinding;
use crate::spec::Diagnostic;

/// Returns the entries of a valid spec, the worst first.
pub(in crate::render) fn of_spec(warnings: &[Diagnostic], posture: &[PostureFinding]) -> Vec<Entry> {
    let mut entries = of_diagnostics(warnings);
    for finding in posture {
        entries.push(of_posture(finding));
    }
    sorted(entries)
}

/// Returns the entries of diagnostics, the worst first.
pub(in crate::render) fn of_diagnostics(diagnostics: &[Diagnostic]) -> Vec<Entry> {
    let mut entries = Vec::new();
    for found in diagnostics {
        let mut objects = vec![found.message.clone()];
        // A mistake that a file has twice is two, in whatever lines they are.
        if let Some(place) = &found.place {
            let before = entries.iter().filter(|entry| is_alike(entry, found)).count();
            objects.push(place.source.file.to_string());
            objects.push(before.to_string());
        }
        entries.push(Entry {
            rule: found.code.as_str().to_owned(),
            title: found.code.about().to_owned(),
            about: format!("{}.", found.code.about()),
            severity: found.severity,
            registry: None,
            message: found.message.clone(),
            objects,
            source: found.source().cloned(),
            article: Some(ARTICLE),
            help: found.help.clone(),
            accepted: None,
            is_failure: false,
        });
    }
    sorted(entries)
}

/// Returns true if an entry is of the same mistake in the same file.
fn is_alike(entry: &Entry, found: &Diagnostic) -> bool {
    let file = entry.source.as_ref().map(|source| &source.file);
    entry.rule == found.code.as_str()
        && entry.message == found.message
        && file == found.source().map(|source| &source.file)
}
