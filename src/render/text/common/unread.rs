//! Registries that could not be read, each cause once.

use super::{alike, cause, failure, header, indent, list, registries, wrap};
use crate::model::{Failure, RegistryId};
use crate::plan::RegistryFailure;
use crate::render::Paint;

/// Lists the registries that could not be read, one block for each cause.
pub(in crate::render::text) fn unread(failures: &[RegistryFailure], paint: Paint) -> Vec<Vec<String>> {
    let mut blocks = Vec::new();
    for group in alike(failures, unread_cause) {
        blocks.push(unread_alike(&group, paint));
    }
    blocks
}

/// Returns true if all failures are one for a reader.
pub(in crate::render::text) fn have_one_cause(failures: &[RegistryFailure]) -> bool {
    failures
        .windows(2)
        .all(|pair| unread_cause(&pair[0]) == unread_cause(&pair[1]))
}

/// Returns what two registries that could not be read have in common: also where the texts name the request of each.
pub(in crate::render::text) fn unread_cause(
    failure: &RegistryFailure,
) -> (&str, String, Option<String>) {
    let (code, message, help) = cause(&failure.error);
    let help = help.map(|help| without_own_id(help, &failure.id));
    (code, without_own_id(message, &failure.id), help)
}

/// Leaves out the id of the registry that a text is about.
fn without_own_id(text: &str, id: &RegistryId) -> String {
    text.replace(id.as_str(), "…")
}

/// Returns the failure of the first of several registries, as it is true for all of them.
pub(in crate::render::text) fn of_all(first: &RegistryFailure) -> Failure {
    let mut error = first.error.clone();
    error.message = without_own_id(&error.message, &first.id);
    error.help = error.help.map(|help| {
        let named = help.replace(&format!("`{}`", first.id), "each of them");
        without_own_id(&named, &first.id)
    });
    // One request id is enough for the support, but it needs the registry that it belongs to.
    if let Some(id) = &mut error.request_id {
        *id += &format!(" ({})", first.id.name());
    }
    error
}

/// Writes the registries of one cause.
fn unread_alike(failures: &[&RegistryFailure], paint: Paint) -> Vec<String> {
    let Some(first) = failures.first() else {
        return Vec::new();
    };
    let (sign, what) = (paint.bad("!"), paint.bad("could not be read"));
    let mut error = first.error.clone();
    let mut lines = Vec::new();
    let mut source = first.source.as_ref();
    if failures.len() == 1 {
        let line = header(sign, &first.id, source, what, paint);
        lines.extend(wrap(&line, 4, paint));
    } else {
        let number = paint.bold(registries(failures.len()));
        lines.push(format!("{sign} {number} {what}"));
        let all = failures
            .iter()
            .map(|failure| (&failure.id, failure.source.as_ref()));
        lines.extend(list(all, 4, paint));
        // The places are in the list.
        source = None;
        error = of_all(first);
    }
    lines.extend(indent(4, failure(&error, source, paint.indented(4))));
    lines
}
