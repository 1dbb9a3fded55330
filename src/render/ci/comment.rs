//! A result as Markdown, for a comment on a pull request and for the summary of a job.

use super::entries::Entry;
use super::words::more_findings;
use crate::model::grouped;
use crate::render::markdown::plain;
use crate::render::safe;
use crate::spec::Severity;

/// Part of the page that the table may take, so that the text has a place too.
const TENTHS_OF_TABLE: usize = 6;
/// Room for the lines that say what is left out.
const ENDING: usize = 300;

/// The parts of a comment.
pub(in crate::render) struct Comment<'a> {
    /// Most bytes of the page.
    pub(in crate::render) largest: usize,
    /// Name of the command. It is also the hidden marker by which a pipeline finds its comment again. An error has none.
    pub(in crate::render) command: Option<&'a str>,
    /// The result in a few words.
    pub(in crate::render) words: &'a str,
    pub(in crate::render) summary: &'a str,
    /// The command to run next, with what it is for.
    pub(in crate::render) next: Option<(&'a str, &'a str)>,
    pub(in crate::render) entries: &'a [Entry],
    /// The result as text, which stays code. Empty where the table says all of it.
    pub(in crate::render) text: &'a str,
}

/// Renders a comment: marker, heading, summary, next command, the findings that are not accepted as a table, and the text. What does not
/// fit is counted.
pub(in crate::render) fn comment(parts: &Comment<'_>) -> String {
    let name = parts
        .command
        .map(|command| format!(" {command}"))
        .unwrap_or_default();
    let marker = parts.command.unwrap_or("error");
    let mut page = format!(
        "<!-- ringfence: {marker} -->\n### ringfence{name}: {}\n",
        parts.words
    );
    if !parts.summary.trim().is_empty() {
        page += &format!("\n{}\n", plain(parts.summary.trim()));
    }
    if let Some((command, what)) = parts.next {
        page += &format!("\nNext: {} ({what})\n", plain(&format!("`{command}`")));
    }
    table(&mut page, parts);
    if !parts.text.is_empty() {
        page += "\n<details open><summary>The whole result</summary>\n\n";
        code(&mut page, parts.text, parts.largest);
        page += "\n</details>\n";
    }
    page
}

fn table(page: &mut String, parts: &Comment<'_>) {
    let mut rows = Vec::new();
    for entry in parts.entries {
        // The text has the notes where they belong.
        let is_in_text = entry.severity == Severity::Note && !parts.text.is_empty();
        if entry.accepted.is_none() && !is_in_text {
            rows.push(row(entry, help(entry, parts)));
        }
    }
    if rows.is_empty() {
        return;
    }
    let most = parts.largest / 10 * TENTHS_OF_TABLE;
    *page += "\n| | rule | registry | finding | where |\n|---|---|---|---|---|\n";
    for (at, row) in rows.iter().enumerate() {
        if page.len() + row.len() > most {
            let rest = more_findings(rows.len() - at);
            *page += &format!("\n{rest} not shown here. The other outputs have all of them.\n");
            return;
        }
        *page += row;
    }
}

/// Returns the next step of an entry, where neither the text nor the line about the next command has it.
fn help<'a>(entry: &'a Entry, parts: &Comment<'_>) -> Option<&'a str> {
    let known = parts.next.map(|(command, _)| command);
    let help = entry.help.as_deref();
    help.filter(|help| parts.text.is_empty() && known != Some(*help))
}

fn row(entry: &Entry, help: Option<&str>) -> String {
    let sign = match entry.severity {
        Severity::Error => "❌ error",
        Severity::Warning => "⚠️ warning",
        Severity::Note => "ℹ️ note",
    };
    let place = match &entry.source {
        Some(source) => format!("{}:{}", source.file, source.line),
        None => String::new(),
    };
    let mut finding = plain(&entry.message);
    if let Some(help) = help {
        finding += &format!("<br>help: {}", plain(help));
    }
    let registry = entry.registry.as_ref().map(|id| id.name()).unwrap_or_default();
    format!(
        "| {sign} | {} | {} | {} | {} |\n",
        plain(&entry.rule),
        plain(registry),
        finding,
        plain(&place)
    )
}

/// Adds a text as code: in indented lines nothing is Markdown, HTML or a mention.
fn code(page: &mut String, text: &str, largest: usize) {
    let lines: Vec<&str> = text.lines().collect();
    for (at, line) in lines.iter().enumerate() {
        let line = safe(line);
        if page.len() + line.len() + ENDING > largest {
            let rest = grouped((lines.len() - at) as u64);
            *page += &format!(
                "\n{rest} more lines are not shown here. The other outputs have all of them.\n"
            );
            return;
        }
        match line.is_empty() {
            true => *page += "\n",
            false => *page += &format!("    {line}\n"),
        }
    }
}
