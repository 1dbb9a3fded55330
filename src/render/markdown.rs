//! Markdown of endpoints, for a page or a request to those who run a firewall.

use super::safe;
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

/// Takes away what markdown or HTML reads in a text that may come from Azure. Code spans of our own stay.
fn plain(text: &str) -> String {
    let mut plain = String::new();
    for character in safe(text).chars() {
        if matches!(character, '|' | '<' | '>' | '[' | ']' | '&') {
            plain.push('\\');
        }
        plain.push(character);
    }
    plain
}
