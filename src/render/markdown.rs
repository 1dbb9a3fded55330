//! Markdown of endpoints and diagnoses, for a page, a ticket or a request to those who run a firewall.

use super::safe;
use crate::doctor::{Diagnosis, RungStatus, Verdict};
use crate::endpoints::Endpoints;

/// Renders the hosts as a table.
pub(super) fn endpoints(endpoints: &Endpoints) -> String {
    let mut text = format!(
        "| host (TCP {}) | registry | for |\n|---|---|---|\n",
        endpoints.port
    );
    for registry in &endpoints.registries {
        for host in &registry.hosts {
            text += &format!(
                "| {} | {} | {} |\n",
                plain(&format!("`{}`", host.name)),
                plain(registry.id.name()),
                host.purpose.in_words()
            );
        }
    }
    for host in &endpoints.shared {
        text += &format!(
            "| {} | every registry | {} |\n",
            plain(&format!("`{}`", host.name)),
            host.purpose.in_words()
        );
    }
    let mut notes = vec![format!("- every registry: {}\n", plain(&endpoints.about_tags()))];
    for registry in &endpoints.registries {
        for note in &registry.notes {
            notes.push(format!("- {}: {}\n", registry.id.name(), plain(note)));
        }
        if let Some(failure) = &registry.unread_replicas {
            notes.push(format!(
                "- {}: the replicas cannot be read, so hosts of their regions may be missing ({})\n",
                registry.id.name(),
                plain(&failure.code)
            ));
        }
    }
    for unread in &endpoints.failures {
        let code = plain(&unread.error.code);
        notes.push(format!("- {}: could not be read ({code})\n", plain(&unread.name)));
    }
    text + "\n" + &notes.concat()
}

/// Renders a diagnosis for a ticket: the causes, the steps and the notes.
pub(super) fn diagnosis(diagnosis: &Diagnosis) -> String {
    let mut text = match &diagnosis.registry {
        Some(registry) => format!("## ringfence doctor: {}\n\n", plain(registry)),
        None => "## ringfence doctor\n\n".to_owned(),
    };
    if diagnosis.verdicts.is_empty() {
        text += "Nothing known was found.\n";
    }
    if !diagnosis.unjudged.is_empty() {
        text += &format!("Not judged: {}.\n", diagnosis.unjudged.join(", "));
    }
    for verdict in &diagnosis.verdicts {
        text += &cause(verdict);
    }
    if !diagnosis.ladder.is_empty() {
        text += "\n| | step | result |\n|---|---|---|\n";
    }
    for rung in &diagnosis.ladder {
        let sign = match rung.status {
            RungStatus::Passed => "✔",
            RungStatus::Failed => "✘",
            RungStatus::Skipped => "–",
        };
        text += &format!("| {sign} | {} | {} |\n", rung.name, plain(&rung.result));
    }
    for note in &diagnosis.notes {
        text += &format!("\nNot the cause here: {} ({}).\n", plain(&note.title), note.id);
    }
    text
}

fn cause(verdict: &Verdict) -> String {
    let mut text = format!(
        "### [{}]({}), {}: {}\n\n{}.\n\n",
        verdict.id,
        verdict.link,
        verdict.confidence.in_words(),
        plain(&verdict.title),
        plain(&verdict.cause)
    );
    for fact in &verdict.facts {
        text += &format!("- {}: {}\n", plain(&fact.name), plain(&fact.value));
    }
    for seen in &verdict.seen {
        text += &format!("- line {}: {}\n", seen.line, plain(&seen.text));
    }
    if let Some(whose) = verdict.named_by_log() {
        text += &format!("- {}\n", plain(&whose));
    }
    for remedy in &verdict.remedies {
        text += &format!("- [ ] {}\n", plain(remedy));
    }
    text + "\n"
}

/// Returns a text that may come from Azure or from a file, so that it shows as text. Words between two backticks stay code.
///
/// A backtick of a name can pair with one of ours. That changes what is shown as code and nothing else, because both kinds
/// of parts are safe on their own.
pub(super) fn plain(text: &str) -> String {
    let text = safe(text);
    let parts: Vec<&str> = text.split('`').collect();
    let mut plain = String::new();
    for (at, part) in parts.iter().enumerate() {
        let is_between = at % 2 == 1 && at + 1 < parts.len();
        // A table splits its cells before it reads code, and a backslash in code is one.
        if is_between && !part.is_empty() && !part.contains(['|', '\\']) {
            code(&mut plain, part);
            continue;
        }
        if at % 2 == 1 {
            plain += "\\`";
        }
        escape(&mut plain, part);
        if is_between {
            plain += "\\`";
        }
    }
    plain
}

/// Adds a code span. Two that touch are one, because their backticks would be a fence of two.
fn code(plain: &mut String, text: &str) {
    if plain.ends_with('`') && !plain.ends_with("\\`") {
        plain.pop();
    } else {
        plain.push('`');
    }
    plain.push_str(text);
    plain.push('`');
}

/// Adds a text without a backtick.
fn escape(plain: &mut String, text: &str) {
    for (at, character) in text.char_indices() {
        let (before, rest) = text.split_at(at);
        let opens_link = match character {
            ':' => rest.starts_with("://"),
            '.' => before.to_ascii_lowercase().ends_with("www"),
            _ => false,
        };
        match character {
            // GitHub and GitLab find mentions and numbers of issues in the page that Markdown has become, but not in code.
            '@' | '#' => code(plain, &character.to_string()),
            '\\' | '|' | '<' | '>' | '[' | ']' | '&' | '*' | '_' | '~' | '!' | '$' | '^' => {
                plain.push('\\');
                plain.push(character);
            }
            // A leading sign begins an item of a list.
            '-' | '+' | '=' if plain.is_empty() => {
                plain.push('\\');
                plain.push(character);
            }
            _ if opens_link => {
                plain.push('\\');
                plain.push(character);
            }
            _ => plain.push(character),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use pulldown_cmark::{Event, Options, Parser, TagEnd};

    use super::*;

    /// Pieces of markup, and of what a code host reads beside it.
    const PIECES: [&str; 30] = [
        "\\",
        "|",
        "`",
        "``",
        "@team",
        "*a*",
        "__a__",
        "<b>",
        "</td>",
        "<!--",
        "[x](http://e)",
        "![i](u)",
        "&lt;",
        "#1",
        " ",
        "https://e.example",
        "www.e.example",
        "\n",
        "$x$",
        "~~s~~",
        "::",
        "a",
        "^[n]",
        "[^1]",
        "- x",
        "+ x",
        "&#124;",
        "![",
        "](",
        "---",
    ];

    /// Returns a text as a reader sees it in a cell of a table, without blanks and backticks. Nothing but text and code may
    /// come of it.
    fn shown(text: &str) -> Result<String, TestCaseError> {
        let page = format!("| a | b |\n|---|---|\n| {} | end |\n", plain(text));
        let (mut shown, mut cells, mut outside) = (Vec::new(), 0, String::new());
        for event in Parser::new_ext(&page, Options::all() - Options::ENABLE_SMART_PUNCTUATION) {
            match event {
                Event::Text(part) => {
                    outside += &part;
                    shown.push(part.to_string());
                }
                Event::Code(part) => shown.push(part.to_string()),
                Event::End(TagEnd::TableCell) => {
                    cells += 1;
                    shown.push("\n".to_owned());
                }
                Event::Start(pulldown_cmark::Tag::Table(_) | pulldown_cmark::Tag::TableHead)
                | Event::Start(pulldown_cmark::Tag::TableRow | pulldown_cmark::Tag::TableCell)
                | Event::End(TagEnd::Table | TagEnd::TableHead | TagEnd::TableRow) => {}
                other => prop_assert!(false, "{other:?} in {page}"),
            }
        }
        prop_assert_eq!(cells, 4, "{}", page);
        prop_assert!(!outside.contains(['@', '#']), "{}", page);
        let all = shown.concat();
        Ok(bare(all.split('\n').nth(2).unwrap_or_default()))
    }

    fn bare(text: &str) -> String {
        text.replace([' ', '`'], "")
    }

    proptest! {
        #[test]
        fn hostile_text_survives_as_text(pieces in prop::collection::vec(prop::sample::select(&PIECES[..]), 0..12)) {
            let text = pieces.concat();
            prop_assert_eq!(shown(&text)?, bare(&safe(&text)));
        }
    }

    #[test]
    fn names_of_our_messages_stay_code() {
        assert_eq!(plain("`10.0.0.0/8` is private"), "`10.0.0.0/8` is private");
        assert_eq!(plain("a\\|b"), "a\\\\\\|b");
        assert_eq!(plain("ask @team, see #1"), "ask `@`team, see `#`1");
        assert_eq!(plain("`a`@b`"), "`a@`b\\`");
        assert_eq!(plain("at https://e.example"), "at https\\://e.example");
    }
}
