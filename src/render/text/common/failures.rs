//! Failures of registries. What happens to each registry of a subscription is told once.

use super::{alike, entries, first_names, header, indent, list, named, registries, wrap};
use crate::model::{Failure, RegistryId};
use crate::plan::RegistryFailure;
use crate::render::{Paint, diagnostic};
use crate::spec::Source;

/// Describes a failure as `error[code]: message`, with its place in the spec, the request id and the next step.
pub(in crate::render::text) fn failure(
    failure: &Failure,
    source: Option<&Source>,
    paint: Paint,
) -> Vec<String> {
    let text = diagnostic::failure(failure, source, paint.look());
    text.lines().map(str::to_owned).collect()
}

/// Lists the registries that could not be read, one block for each cause.
pub(in crate::render::text) fn unread(failures: &[RegistryFailure], paint: Paint) -> Vec<Vec<String>> {
    let mut blocks = Vec::new();
    for group in alike(failures, unread_cause) {
        blocks.push(unread_alike(&group, paint));
    }
    blocks
}

/// A place that could not be read: a registry, or a subscription or a name that was to be listed.
pub(in crate::render::text) struct UnreadPlace<'a> {
    pub(in crate::render::text) id: &'a str,
    pub(in crate::render::text) error: &'a Failure,
    /// The error with the place in its message.
    pub(in crate::render::text) located: Failure,
}

/// Lists the places that could not be read, one block for each cause.
pub(in crate::render::text) fn unread_places(
    places: &[UnreadPlace<'_>],
    paint: Paint,
) -> Vec<Vec<String>> {
    let mut blocks = Vec::new();
    for group in alike(places, place_cause) {
        blocks.push(match group[..] {
            [place] => failure(&place.located, None, paint),
            _ => registries_alike(&group, paint),
        });
    }
    blocks
}

/// Returns what two places have in common that could not be read. Only registries are told together: there are many.
fn place_cause<'a>(place: &UnreadPlace<'a>) -> (Option<&'a str>, String, String, Option<String>) {
    let (alone, (code, message, help)) = match RegistryId::parse(place.id) {
        Ok(id) => (None, cause_of_several(place.error, &id)),
        Err(_) => {
            let Failure {
                code, message, help, ..
            } = place.error.clone();
            (Some(place.id), (code, message, help))
        }
    };
    (alone, code, message, help)
}

/// Names registries that could not be read for one cause.
fn registries_alike(group: &[&UnreadPlace<'_>], paint: Paint) -> Vec<String> {
    let mut ids = Vec::new();
    for place in group {
        ids.extend(RegistryId::parse(place.id));
    }
    let Some(first) = ids.first() else {
        return Vec::new();
    };
    let (sign, number) = (paint.bad("!"), paint.bold(registries(ids.len())));
    let mut lines = vec![format!("{sign} {number} {}", paint.bad("could not be read"))];
    let names = ids.iter().map(|id| named(id, None, paint)).collect();
    lines.extend(entries(first_names(names), 4, paint));
    let error = of_several(group[0].error, first);
    lines.extend(indent(4, failure(&error, None, paint.indented(4))));
    lines
}

/// Returns true if all failures are one for a reader.
pub(in crate::render::text) fn have_one_cause(failures: &[RegistryFailure]) -> bool {
    failures
        .windows(2)
        .all(|pair| unread_cause(&pair[0]) == unread_cause(&pair[1]))
}

pub(in crate::render::text) fn unread_cause(
    failure: &RegistryFailure,
) -> (String, String, Option<String>) {
    cause_of_several(&failure.error, &failure.id)
}

/// Returns what the failures of two registries have in common, each without the id of its registry.
fn cause_of_several(failure: &Failure, id: &RegistryId) -> (String, String, Option<String>) {
    let Failure {
        code, message, help, ..
    } = of_several(failure, id);
    (code, message, help)
}

/// Returns a failure of one registry as that of several, where each has its own id in it. Its request id is named with the registry
/// that it belongs to: one is enough for Azure's support.
pub(in crate::render::text) fn of_several(failure: &Failure, id: &RegistryId) -> Failure {
    Failure {
        message: without_own_id(&failure.message, id),
        help: failure.help.as_ref().map(|help| {
            let help = help.replace(&format!("`{id}`"), "each of them");
            without_own_id(&help, id)
        }),
        request_id: failure
            .request_id
            .as_ref()
            .map(|request| format!("{request} ({})", id.name())),
        ..failure.clone()
    }
}

/// Leaves out the id of the registry that a text is about, and the form in which ARM names it.
fn without_own_id(text: &str, id: &RegistryId) -> String {
    let in_words = format!("'Microsoft.ContainerRegistry/registries/{}'", id.name());
    text.replace(id.as_str(), "…").replace(&in_words, "'…'")
}

/// Returns what two failures have in common that are one for a reader. The request id differs with every request.
pub(in crate::render::text) fn cause(failure: &Failure) -> (&str, &str, Option<&str>) {
    (&failure.code, &failure.message, failure.help.as_deref())
}

fn unread_alike(failures: &[&RegistryFailure], paint: Paint) -> Vec<String> {
    let Some(first) = failures.first() else {
        return Vec::new();
    };
    let (sign, what) = (paint.bad("!"), paint.bad("could not be read"));
    let mut lines = Vec::new();
    let text = if failures.len() == 1 {
        let source = first.source.as_ref();
        let line = header(sign, &first.id, source, what, paint);
        lines.extend(wrap(&line, 4, paint));
        failure(&first.error, source, paint.indented(4))
    } else {
        let number = paint.bold(registries(failures.len()));
        lines.push(format!("{sign} {number} {what}"));
        let all = failures
            .iter()
            .map(|failure| (&failure.id, failure.source.as_ref()));
        lines.extend(list(all, 4, paint));
        // The places are in the list.
        failure(&of_several(&first.error, &first.id), None, paint.indented(4))
    };
    lines.extend(indent(4, text));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_ids_do_not_keep_failures_apart() {
        let mut causes = Vec::new();
        for name in ["contoso", "fabrikam"] {
            let id = RegistryId::new("s1", "rg", name).unwrap();
            let message =
                format!("no right over scope '{id}'; 'Microsoft.ContainerRegistry/registries/{name}'");
            let error = Failure::new("code", message).with_help(format!("ask for a role on `{id}`"));
            causes.push(unread_cause(&RegistryFailure {
                id,
                source: None,
                error,
            }));
        }
        assert_eq!(causes[0], causes[1]);
        assert_eq!(causes[0].1, "no right over scope '…'; '…'");
        assert_eq!(causes[0].2.as_deref(), Some("ask for a role on each of them"));
    }
}
