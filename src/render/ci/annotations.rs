//! Commands of GitHub Actions and Azure Pipelines that mark lines of the spec.

use super::entries::Entry;
use super::words::more_findings;
use crate::render::safe;
use crate::spec::Severity;

/// Annotations of each severity that GitHub keeps for a step.
const MOST_OF_GITHUB: usize = 10;

/// Renders workflow commands of GitHub Actions. GitHub drops what is over its limit, so the rest is counted.
pub(in crate::render) fn github(entries: &[Entry], summary: &str) -> String {
    let mut text = String::new();
    for (severity, command) in [
        (Severity::Error, "error"),
        (Severity::Warning, "warning"),
        (Severity::Note, "notice"),
    ] {
        let mut open = entries.iter().filter(|entry| is_open(entry, severity));
        for entry in open.by_ref().take(MOST_OF_GITHUB) {
            let title = format!("{} {}", entry.rule, entry.title);
            let mut properties = Vec::new();
            if let Some(source) = &entry.source {
                properties.push(format!("file={}", github_property(&source.file)));
                properties.push(format!("line={},col={}", source.line, source.column));
            }
            properties.push(format!("title={}", github_property(&title)));
            let mut message = github_message(&entry.full_message());
            if let Some(help) = &entry.help {
                // The end of a line, as a command has it.
                message += &format!("%0Ahelp: {}", github_message(help));
            }
            text += &format!("::{command} {}::{message}\n", properties.join(","));
        }
        let more = open.count();
        if more > 0 {
            let more = more_findings(more);
            text += &format!("{more} in the other outputs, of severity {command}.\n");
        }
    }
    text + summary
}

fn is_open(entry: &Entry, severity: Severity) -> bool {
    entry.severity == severity && entry.accepted.is_none()
}

/// Escapes a message (actions/toolkit, command.ts). Hazards are visible already, line ends among them.
fn github_message(text: &str) -> String {
    safe(text).replace('%', "%25")
}

fn github_property(text: &str) -> String {
    github_message(text).replace(':', "%3A").replace(',', "%2C")
}

/// Renders logging commands of Azure Pipelines. It has no notes, so these are left to the other outputs.
pub(in crate::render) fn azure_pipelines(entries: &[Entry], summary: &str) -> String {
    let mut text = String::new();
    let mut notes = 0;
    for entry in entries.iter().filter(|entry| entry.accepted.is_none()) {
        let kind = match entry.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => {
                notes += 1;
                continue;
            }
        };
        let mut properties = format!("type={kind};");
        if let Some(source) = &entry.source {
            properties += &format!(
                "sourcepath={};linenumber={};columnnumber={};",
                azure_property(&source.file),
                source.line,
                source.column
            );
        }
        properties += &format!("code={};", azure_property(&entry.rule));
        let message = safe(&entry.message_with_help()).replace('%', "%AZP25");
        text += &format!("##vso[task.logissue {properties}]{message}\n");
    }
    if notes > 0 {
        text += &format!("Notes: {notes}; they are in the other outputs.\n");
    }
    text + summary
}

fn azure_property(text: &str) -> String {
    safe(text)
        .replace('%', "%AZP25")
        .replace(';', "%3B")
        .replace(']', "%5D")
}

/// Renders the commands that set output variables and attach a page to the run. Names are ours and need no escapes.
pub(in crate::render) fn azure_summary(variables: &[(&str, String)], page: Option<&str>) -> String {
    let mut text = String::new();
    if let Some(page) = page {
        text += &format!("##vso[task.uploadsummary]{}\n", safe(page).replace('%', "%AZP25"));
    }
    for (name, value) in variables {
        let value = safe(value).replace('%', "%AZP25");
        text += &format!("##vso[task.setvariable variable={name};isOutput=true]{value}\n");
    }
    text
}
