//! Phrases that the plan, the report and the audit share.

mod failures;
mod many;

use std::collections::BTreeMap;
use std::fmt::Display;

use crate::model::{RegistryId, SubnetId, grouped};
use crate::plan::{Note, Refusal, StepAction};
use crate::render::{Paint, fit, safe};
use crate::spec::Source;
use serde_json::Value;

pub(super) use failures::{
    UnreadPlace, cause, failure, have_one_cause, of_several, unread, unread_cause, unread_places,
};
pub(super) use many::{first_names, same_for};

/// Subnets named in one line; more are counted.
const MOST_NAMED: usize = 5;
/// Width of a list that does not go to a terminal.
const LIST_WIDTH: usize = 100;

/// Writes a value, with grouped thousands if it is a number.
fn grouped_value(value: &str) -> String {
    match value.parse() {
        Ok(number) => grouped(number),
        Err(_) => safe(value).into_owned(),
    }
}

/// Writes a number with its noun: `1 rule`, `2 rules`, `4,294,967,296 addresses`.
pub(in crate::render::text) fn count(number: usize, one: &str, many: &str) -> String {
    let noun = if number == 1 { one } else { many };
    format!("{} {noun}", grouped(number as u64))
}

/// Counts addresses: `1 address`, `4,294,967,296 addresses`.
pub(in crate::render::text) fn addresses(number: u64) -> String {
    let noun = if number == 1 { "address" } else { "addresses" };
    format!("{} {noun}", grouped(number))
}

/// Counts registries: `1 registry`, `2 registries`.
pub(in crate::render::text) fn registries(number: usize) -> String {
    count(number, "registry", "registries")
}

/// Returns the first line about a registry: a sign, its name, its group and place in the spec, and what about it.
pub(in crate::render::text) fn header(
    sign: impl Display,
    id: &RegistryId,
    source: Option<&Source>,
    what: impl Display,
    paint: Paint,
) -> String {
    let mut about = format!("group {}", safe(id.resource_group()));
    // The place says which registry it is, or else the subscription does.
    if source.is_none() || paint.shows_ids() {
        about += &format!(", subscription {}", safe(id.subscription()));
    }
    if let Some(source) = source {
        about += &format!(", {}", place(source));
    }
    let name = paint.bold(safe(id.name()));
    format!("{sign} {name} {}: {what}", paint.dim(format!("({about})")))
}

/// Writes a place of the spec: `networks.yaml:4`.
pub(in crate::render::text) fn place(source: &Source) -> String {
    format!("{}:{}", safe(&source.file), source.line)
}

/// Names subnets, the first few of many: `subnets hub/build, hub/test and 3 more`.
pub(in crate::render::text) fn subnets<'a>(ids: impl IntoIterator<Item = &'a SubnetId>) -> String {
    let mut names = Vec::new();
    for id in ids {
        names.push(safe(&id.short()).into_owned());
    }
    // By name, since a reader looks for a name.
    names.sort();
    let noun = if names.len() == 1 { "subnet" } else { "subnets" };
    format!("{noun} {}", first_of(&names, MOST_NAMED))
}

/// Joins the first names of many: `a, b and 3 more`.
pub(in crate::render::text) fn first_of(names: &[String], most: usize) -> String {
    if names.len() <= most {
        return names.join(", ");
    }
    let (named, rest) = names.split_at(most);
    format!("{} and {} more", named.join(", "), grouped(rest.len() as u64))
}

/// Describes a step in ARM's terms.
pub(in crate::render) fn step(action: &StepAction) -> String {
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
            let names: Vec<&str> = settings.iter().map(|setting| setting.spec_key()).collect();
            format!("PATCH the registry: {}", names.join(", "))
        }
    }
}

/// Writes a JSON value for people: strings without quotes, `null` as `(absent)`.
pub(in crate::render::text) fn plain(value: &Value) -> String {
    match value {
        Value::Null => ABSENT.to_owned(),
        Value::String(text) => safe(text).into_owned(),
        other => safe(&other.to_string()).into_owned(),
    }
}

/// Writes a value that may be missing, which is the same as `null`.
pub(in crate::render) fn plain_or_absent(value: Option<&Value>) -> String {
    match value {
        Some(value) => plain(value),
        None => ABSENT.to_owned(),
    }
}

const ABSENT: &str = "(absent)";

/// Breaks a line between words at the width of the terminal. Lines after the first are indented by `hanging` blanks. A
/// line that does not go to a terminal stays whole, for `grep`.
pub(in crate::render::text) fn wrap(line: &str, hanging: usize, paint: Paint) -> Vec<String> {
    match paint.width() {
        Some(width) => fit::wrap(line, width, hanging),
        None => vec![line.to_owned()],
    }
}

/// Names registries with their places, all of them: `contoso (prod.yaml:8), fabrikam (prod.yaml:18)`. A long list is
/// broken between registries, on a terminal and elsewhere.
pub(in crate::render::text) fn list<'a>(
    registries: impl IntoIterator<Item = (&'a RegistryId, Option<&'a Source>)>,
    indent: usize,
    paint: Paint,
) -> Vec<String> {
    let registries = registries.into_iter();
    entries(
        registries.map(|(id, source)| named(id, source, paint)),
        indent,
        paint,
    )
}

/// Lists entries behind a label, in the columns of the end of a report.
pub(in crate::render::text) fn labelled(
    label: &str,
    entries: impl IntoIterator<Item = String>,
    paint: Paint,
) -> Vec<String> {
    let mut lines = self::entries(entries, 15, paint);
    lines[0].replace_range(..15, &format!("  {:<11}  ", paint.bad(label)));
    lines
}

/// Lists entries, broken between two of them.
pub(in crate::render::text) fn entries(
    entries: impl IntoIterator<Item = String>,
    indent: usize,
    paint: Paint,
) -> Vec<String> {
    let width = paint.width().unwrap_or(LIST_WIDTH).saturating_sub(indent);
    let (mut lines, mut line, mut filled) = (Vec::new(), String::new(), 0);
    for entry in entries {
        // Two for the blank before the entry and the comma behind it.
        let needs = fit::display_width(&entry) + 2;
        if !line.is_empty() {
            line.push(',');
            if filled + needs > width {
                lines.push(std::mem::take(&mut line));
                filled = 0;
            } else {
                line.push(' ');
            }
        }
        // An entry that is wider than the terminal is broken between its words.
        let mut parts = match paint.width() {
            Some(_) if needs > width => fit::wrap(&entry, width, 2),
            _ => vec![entry],
        };
        let last = parts.pop().unwrap_or_default();
        lines.append(&mut parts);
        filled += fit::display_width(&last) + 2;
        line += &last;
    }
    lines.push(line);
    self::indent(indent, lines)
}

/// Names a registry with its place in the spec, or with its group if no spec names it.
pub(in crate::render::text) fn named(id: &RegistryId, source: Option<&Source>, paint: Paint) -> String {
    let place = match source {
        Some(source) => place(source),
        None => format!("group {}", safe(id.resource_group())),
    };
    format!("{} {}", safe(id.name()), paint.dim(format!("({place})")))
}

/// Groups the values that have the same key. Groups keep the order of their first value, so that the text is stable.
pub(in crate::render::text) fn alike<'a, T, K: Ord>(
    values: &'a [T],
    key: impl Fn(&'a T) -> K,
) -> Vec<Vec<&'a T>> {
    let mut groups: Vec<Vec<&T>> = Vec::new();
    let mut places = BTreeMap::new();
    for value in values {
        let place = *places.entry(key(value)).or_insert(groups.len());
        match groups.get_mut(place) {
            Some(group) => group.push(value),
            None => groups.push(vec![value]),
        }
    }
    groups
}

/// Writes notes and refusals, below the registry that they belong to.
pub(in crate::render::text) fn remarks(
    notes: &[Note],
    refusals: &[Refusal],
    paint: Paint,
) -> Vec<String> {
    let mut lines = Vec::new();
    for note in notes {
        let head = format!("note[{}]", safe(&note.code));
        lines.push(format!("{}: {}", paint.warn(head), safe(&note.message)));
    }
    for refusal in refusals {
        lines.extend(self::refusal(refusal, paint));
    }
    indent(2, lines)
}

/// Describes a refusal: why, how much, and how to override it.
pub(in crate::render::text) fn refusal(refusal: &Refusal, paint: Paint) -> Vec<String> {
    let Refusal {
        code,
        message,
        measured,
        limit,
        override_flag,
        help,
    } = refusal;
    let head = format!("refused[{}]", safe(code.name()));
    let mut lines = vec![format!("{}: {}", paint.bad(head), safe(message))];
    // The facts of a guard fit on one line.
    let mut facts = Vec::new();
    for (name, value) in [
        ("found", measured),
        ("allowed", limit),
        ("to go on", override_flag),
    ] {
        if let Some(value) = value {
            facts.push(format!("{name}: {}", grouped_value(value)));
        }
    }
    if !facts.is_empty() {
        lines.push(format!("  {}", facts.join("; ")));
    }
    if let Some(text) = help {
        lines.push(format!("  {}", self::help(text, paint)));
    }
    lines
}

/// Writes the next step.
pub(in crate::render::text) fn help(text: &str, paint: Paint) -> String {
    format!("{}: {}", paint.help("help"), safe(text))
}

/// Indents lines by a number of blanks.
pub(in crate::render::text) fn indent(by: usize, mut lines: Vec<String>) -> Vec<String> {
    for line in &mut lines {
        line.insert_str(0, &" ".repeat(by));
    }
    lines
}

/// Joins blocks of lines with an empty line between them, and a newline at the end.
pub(in crate::render::text) fn page(blocks: &[Vec<String>]) -> String {
    let blocks: Vec<String> = blocks.iter().map(|lines| lines.join("\n")).collect();
    blocks.join("\n\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_wider_than_the_terminal_break_between_words() {
        let file = format!("({}.yaml:7)", "a".repeat(70));
        let names = ["fabrikam (b.yaml:1)".to_owned(), format!("contoso {file}")];
        let lines = entries(names, 4, Paint::PLAIN.with_width(Some(80)));
        let wide = format!("      {file}");
        assert_eq!(lines, ["    fabrikam (b.yaml:1),", "    contoso", &wide]);
    }

    #[test]
    fn the_first_of_many_subnets_are_named() {
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
