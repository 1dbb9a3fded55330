//! Markdown of endpoints and diagnoses, for a page, a ticket or a request to those who run a firewall.

use super::safe;
use crate::doctor::{Diagnosis, RungStatus, Verdict};
use crate::endpoints::Endpoints;

/// Renders the hosts as a table. Host names and names of registries have no character that markdown reads.
pub(super) fn endpoints(endpoints: &Endpoints) -> String {
    let mut text = format!(
        "| host (TCP {}) | registry | for |\n|---|---|---|\n",
        endpoints.port
    );
    for registry in &endpoints.registries {
        for host in &registry.hosts {
            text += &format!(
                "| `{}` | {} | {} |\n",
                host.name,
                registry.id.name(),
                host.purpose.in_words()
            );
        }
    }
    for host in &endpoints.shared {
        text += &format!(
            "| `{}` | every registry | {} |\n",
            host.name,
            host.purpose.in_words()
        );
    }
    let mut notes = Vec::new();
    for registry in &endpoints.registries {
        for note in &registry.notes {
            notes.push(format!("- {}: {}\n", registry.id.name(), plain(note)));
        }
    }
    for unread in &endpoints.failures {
        let code = plain(&unread.error.code);
        notes.push(format!("- {}: could not be read ({code})\n", unread.id.name()));
    }
    if !notes.is_empty() {
        text += "\n";
        text += &notes.concat();
    }
    text
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
        "### [{}]({}): {}\n\n{}.\n\n",
        verdict.id,
        verdict.link,
        plain(&verdict.title),
        plain(&verdict.cause)
    );
    for fact in &verdict.facts {
        text += &format!("- {}: {}\n", plain(&fact.name), plain(&fact.value));
    }
    for seen in &verdict.seen {
        text += &format!("- line {}: {}\n", seen.line, plain(&seen.text));
    }
    for remedy in &verdict.remedies {
        text += &format!("- [ ] {}\n", plain(remedy));
    }
    text + "\n"
}

/// Takes away what markdown or HTML reads in a text that may come from Azure. Code spans of our own stay.
pub(super) fn plain(text: &str) -> String {
    let mut plain = String::new();
    for character in safe(text).chars() {
        if matches!(character, '|' | '<' | '>' | '[' | ']' | '&') {
            plain.push('\\');
        }
        plain.push(character);
    }
    plain
}
