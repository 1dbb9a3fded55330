//! Who refused or did not answer: a registry, or another service that says the same words.

use regex::{Captures, Regex};

use super::block::Block;

/// The service that a text is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Speaker {
    /// A registry, with its login server in lower case.
    Registry(String),
    /// A registry whose name was made unreadable, as CI systems do with secrets.
    Masked,
    /// Azure Storage, which the layers of a registry come from, and much else.
    Layers,
    /// Another service.
    Other,
    /// A host that looks like a registry of Azure and is below another domain.
    LookAlike,
    /// The text names none.
    Unnamed,
}

/// Bytes before a text that can name the registry, as `docker push` names it once above its progress.
const BEFORE: usize = 4 * 1024;

/// Finds the hosts of a text.
pub(super) struct Speakers {
    hosts: Regex,
}

impl Speakers {
    pub(super) fn new() -> Self {
        // A host that goes on behind the domain, such as `contoso.azurecr.io.example.net`, is another one.
        let registry = r"(?:://|lookup )?(?<registry>[a-z0-9-]+(?:\.[a-z0-9-]+)*\.azurecr\.(?:io|cn|us))(?<more>(?:[.@]?[a-z0-9_-]+)*)";
        let masked = r"(?<masked>\*{2,}(?:\.[a-z0-9-]+)*\.azurecr\.(?:io|cn|us)(?<behind>(?:[.@]?[a-z0-9_-]+)*)|//\*{2,}/(?:v2|oauth2)\b|lookup \*{2,})";
        // Registries that an image name can begin with, and hosts of URLs and of failed look-ups.
        let images = r"(?:[a-z0-9.-]+\.)?(?:docker\.io|ghcr\.io|quay\.io|gcr\.io|pkg\.dev|amazonaws\.com|public\.ecr\.aws|mcr\.microsoft\.com|registry\.gitlab\.com|azurewebsites\.net|vault\.azure\.net|database\.windows\.net)\b";
        let other = format!(r"(?<other>{images}|://[a-z0-9_.-]+|lookup [a-z0-9.-]+)");
        Self {
            hosts: Regex::new(&format!("(?i){masked}|{registry}|{other}"))
                .expect("the pattern is a constant, and a test compiles it"),
        }
    }

    /// Returns the service that a span of the block is about.
    pub(super) fn of(&self, block: &Block, start: usize, end: usize) -> Speaker {
        let (lines, last) = block.whole_lines(start, end);
        // The nearest host before the end of the words, then one after them, then one above.
        let nearest = self.last_of(&lines[..ceil_boundary(lines, last + 1)]);
        if nearest != Speaker::Unnamed {
            return nearest;
        }
        if let Some(found) = self.hosts.captures_iter(lines).find_map(|found| speaker(&found)) {
            return found;
        }
        self.last_of(block.lines_before(start, BEFORE))
    }

    /// Returns the last service that a text names.
    fn last_of(&self, text: &str) -> Speaker {
        let mut last = Speaker::Unnamed;
        for found in self.hosts.captures_iter(text) {
            if let Some(speaker) = speaker(&found) {
                last = speaker;
            }
        }
        last
    }
}

/// Reads one host. Returns `None` for pages that explain, and for services that only sign in.
fn speaker(found: &Captures<'_>) -> Option<Speaker> {
    if let Some(name) = found.name("registry") {
        return Some(match is_empty(found, "more") {
            true => Speaker::Registry(login_server(name.as_str())),
            false => Speaker::LookAlike,
        });
    }
    if found.name("masked").is_some() {
        return Some(match is_empty(found, "behind") {
            true => Speaker::Masked,
            false => Speaker::LookAlike,
        });
    }
    let host = found["other"].trim_start_matches("://").to_ascii_lowercase();
    let explains = [
        "aka.ms",
        "learn.microsoft.com",
        "docs.microsoft.com",
        "go.microsoft.com",
    ];
    if host.contains(".blob.core.") {
        return Some(Speaker::Layers);
    }
    (!explains.contains(&host.as_str())).then_some(Speaker::Other)
}

fn is_empty(found: &Captures<'_>, group: &str) -> bool {
    found.name(group).is_none_or(|text| text.is_empty())
}

/// Returns the login server that a host of a registry belongs to.
fn login_server(host: &str) -> String {
    let host = host.to_ascii_lowercase();
    let parts: Vec<&str> = host.split('.').collect();
    // `contoso.westeurope.data.azurecr.io` is a data endpoint, `contoso.privatelink.azurecr.io` a private name.
    match parts.as_slice() {
        [name, .., suffix, top] => format!("{name}.{suffix}.{top}"),
        _ => host,
    }
}

/// Returns the first boundary of a character at or after this byte.
fn ceil_boundary(text: &str, mut at: usize) -> usize {
    while at < text.len() && !text.is_char_boundary(at) {
        at += 1;
    }
    at.min(text.len())
}
