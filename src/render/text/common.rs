//! Phrases that the plan, the report and the audit share.

use crate::model::{Failure, RegistryId, SubnetId};
use crate::plan::{Note, Refusal, RegistryFailure, Setting, StepAction};
use crate::render::{Paint, safe};
use crate::spec::Source;
use std::collections::BTreeMap;
use std::fmt::Display;

/// Subnets named in one line; more are counted.
const MOST_NAMED: usize = 5;
/// Registries named in one line; more are counted.
const MOST_REGISTRIES: usize = 10;

/// `4,294,967,296`
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1 rule`, `2 rules`, `4,294,967,296 addresses`
pub(super) fn count(number: usize, one: &str, many: &str) -> String {
    format!(
        "{} {}",
        grouped(number as u64),
        if number == 1 { one } else { many }
    )
}

/// `1 registry`, `2 registries`
pub(super) fn registries(number: usize) -> String {
    count(number, "registry", "registries")
}

/// The first line about a registry: a sign, its name, what about it, and where it is.
pub(super) fn header(sign: impl Display, id: &RegistryId, what: impl Display, paint: Paint) -> String {
    let place = format!(
        "(resource group {}, subscription {})",
        safe(id.resource_group()),
        safe(id.subscription())
    );
    format!(
        "{sign} {} {what}  {}",
        paint.bold(safe(id.name())),
        paint.dim(place)
    )
}

/// `networks.yaml:4`
pub(super) fn place(source: &Source) -> String {
    format!("{}:{}", safe(&source.file), source.line)
}

/// `hub/build, hub/test and 3 more`
pub(super) fn subnets(ids: &[SubnetId]) -> String {
    let mut names: Vec<String> = ids.iter().map(|id| safe(&id.short()).into_owned()).collect();
    names.sort();
    let more = names.len().saturating_sub(MOST_NAMED);
    names.truncate(MOST_NAMED);
    let rest = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    format!(
        "{} {}{rest}",
        if ids.len() == 1 { "subnet" } else { "subnets" },
        names.join(", ")
    )
}

/// A step in ARM's terms.
pub(super) fn step(action: &StepAction) -> String {
    match action {
        StepAction::RegisterProvider { subscription } => {
            format!(
                "register Microsoft.ContainerRegistry in subscription {}",
                safe(subscription)
            )
        }
        StepAction::EnableServiceEndpoint { subnet } => format!(
            "enable service endpoint Microsoft.ContainerRegistry on subnet {} (resource group {})",
            safe(&subnet.short()),
            safe(subnet.resource_group())
        ),
        StepAction::PatchRegistry { settings } => {
            let names: Vec<_> = settings.iter().map(|setting| key(*setting)).collect();
            format!("PATCH the registry: {}", names.join(", "))
        }
    }
}

/// ARM's name of a setting, without the path to it.
pub(super) fn key(setting: Setting) -> &'static str {
    let path = setting.path();
    path.rsplit_once('.').map_or(path, |(_, name)| name)
}

/// A failure: what the service said, the request to quote to its support, the next step.
pub(super) fn failure(failure: &Failure, paint: Paint) -> Vec<String> {
    let Failure {
        code,
        message,
        request_id,
        help,
        kind: _,
    } = failure;
    let mut lines = vec![format!("{}: {}", paint.bad(safe(code)), safe(message))];
    lines.extend(request_id.iter().map(|id| format!("request id {}", safe(id))));
    lines.extend(help.iter().map(|help| self::help(help, paint)));
    lines
}

/// Registries that could not be read, a block for each cause.
pub(super) fn unread(failures: &[RegistryFailure], paint: Paint) -> Vec<Vec<String>> {
    let mut groups: Vec<Vec<&RegistryFailure>> = Vec::new();
    let mut places = BTreeMap::new();
    for failure in failures {
        let place = *places.entry(cause(&failure.error)).or_insert(groups.len());
        match groups.get_mut(place) {
            Some(group) => group.push(failure),
            None => groups.push(vec![failure]),
        }
    }
    groups.iter().map(|group| unread_alike(group, paint)).collect()
}

/// What makes two failures one for a reader. Every request has an id of its own.
pub(super) fn cause(failure: &Failure) -> (&str, &str, Option<&str>) {
    (&failure.code, &failure.message, failure.help.as_deref())
}

fn unread_alike(failures: &[&RegistryFailure], paint: Paint) -> Vec<String> {
    let (sign, what) = (paint.bad("!"), paint.bad("could not be read"));
    let Some(first) = failures.first() else {
        return Vec::new();
    };
    let mut lines = if failures.len() == 1 {
        vec![header(sign, &first.id, what, paint)]
    } else {
        let number = registries(failures.len());
        let names = names(failures.iter().map(|failure| &failure.id));
        vec![
            format!("{sign} {} {what}", paint.bold(number)),
            format!("    {names}"),
        ]
    };
    let mut error = first.error.clone();
    if let (2.., Some(id)) = (failures.len(), &mut error.request_id) {
        *id += &format!(" ({})", first.id.name());
    }
    lines.extend(indent(4, failure(&error, paint)));
    lines
}

/// `contoso, fabrikam and 3 more`
pub(super) fn names<'a>(ids: impl IntoIterator<Item = &'a RegistryId>) -> String {
    let names: Vec<_> = ids.into_iter().map(|id| safe(id.name())).collect();
    let more = names.len().saturating_sub(MOST_REGISTRIES);
    let named = names[..names.len() - more].join(", ");
    if more > 0 {
        format!("{named} and {} more", grouped(more as u64))
    } else {
        named
    }
}

pub(super) fn note(note: &Note, paint: Paint) -> String {
    format!(
        "{}: {}",
        paint.warn(format_args!("note[{}]", note.code)),
        safe(&note.message)
    )
}

/// A refusal: why, how much, and the way out.
pub(super) fn refusal(refusal: &Refusal, paint: Paint) -> Vec<String> {
    let Refusal {
        code,
        message,
        measured,
        limit,
        override_flag,
        help,
    } = refusal;
    let mut lines = vec![format!(
        "{}: {}",
        paint.bad(format_args!("refused[{code}]")),
        safe(message)
    )];
    let mut facts = Vec::new();
    facts.extend(measured.iter().map(|value| format!("measured: {}", safe(value))));
    facts.extend(limit.iter().map(|value| format!("limit: {}", safe(value))));
    facts.extend(
        override_flag
            .iter()
            .map(|flag| format!("override: {}", safe(flag))),
    );
    if !facts.is_empty() {
        lines.push(format!("  {}", facts.join("; ")));
    }
    lines.extend(help.iter().map(|help| format!("  {}", self::help(help, paint))));
    lines
}

pub(super) fn help(text: &str, paint: Paint) -> String {
    format!("{}: {}", paint.help("help"), safe(text))
}

pub(super) fn indent(
    by: usize,
    lines: impl IntoIterator<Item = String>,
) -> impl Iterator<Item = String> {
    lines.into_iter().map(move |line| format!("{:by$}{line}", ""))
}

/// Blocks of lines with an empty line between them, and a newline at the end.
pub(super) fn page(blocks: impl IntoIterator<Item = Vec<String>>) -> String {
    let blocks: Vec<String> = blocks.into_iter().map(|lines| lines.join("\n")).collect();
    blocks.join("\n\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_grouped() {
        let rows = [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (1 << 32, "4,294,967,296"),
            (65_536, "65,536"),
        ];
        for (number, want) in rows {
            assert_eq!(grouped(number), want);
        }
    }

    #[test]
    fn many_subnets_are_counted_rather_than_named() {
        let id = |n: usize| {
            SubnetId::parse(&format!(
                "/subscriptions/s/resourceGroups/r/providers/Microsoft.Network/virtualNetworks/hub/subnets/s{n}"
            ))
            .unwrap()
        };
        let ids: Vec<_> = (1..=7).rev().map(id).collect();
        assert_eq!(subnets(&ids[6..]), "subnet hub/s1");
        assert_eq!(
            subnets(&ids),
            "subnets hub/s1, hub/s2, hub/s3, hub/s4, hub/s5 and 2 more"
        );
    }
}
