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

/// Words right before the host that failed, where it has no scheme. Any name can follow.
const BEFORE_A_NAME: &str = r"(?:lookup|could not resolve host(?:name)?|resolve host address|translate host name|ENOTFOUND|EAI_AGAIN|UnknownHostException|could not be resolved|pull access denied for)";
/// The same, where other words can follow too: only a name with a dot is a host.
const BEFORE_A_HOST: &str =
    r"(?:can't find|failed to resolve|host|connect(?:ing|ion)? to(?: server at)?)";
/// Characters between these words and the host.
const UP_TO_THE_HOST: &str = r#"(?:[\s:]{1,4}|=)[\\'"‘“(]{0,4}"#;

/// Finds the hosts of a text.
pub(super) struct Speakers {
    hosts: Regex,
}

impl Speakers {
    pub(super) fn new() -> Self {
        let name = format!("{BEFORE_A_NAME}{UP_TO_THE_HOST}");
        let host = format!("{BEFORE_A_HOST}{UP_TO_THE_HOST}");
        // A host that goes on behind the domain, such as `contoso.azurecr.io.example.net`, is another one.
        let registry = format!(
            r#"(?:://|{name}|{host}|['"‘“(])?(?<registry>[a-z0-9-]+(?:\.[a-z0-9-]+)*\.azurecr\.(?:io|cn|us))(?<more>(?:[.@]?[a-z0-9_-]+)*)"#
        );
        let masked = r"(?<masked>\*{2,}(?:\.[a-z0-9-]+)*\.azurecr\.(?:io|cn|us)(?<behind>(?:[.@]?[a-z0-9_-]+)*)|//\*{2,}/(?:v2|oauth2)\b|lookup \*{2,})";
        // Registries that an image name can begin with, and hosts of URLs and of failed look-ups.
        let images = r"(?:[a-z0-9.-]+\.)?(?:docker\.io|ghcr\.io|quay\.io|gcr\.io|pkg\.dev|amazonaws\.com|public\.ecr\.aws|mcr\.microsoft\.com|registry\.gitlab\.com|azurewebsites\.net|vault\.azure\.net|database\.windows\.net)\b";
        let dotted = r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)+";
        let other = format!(r"(?<other>{images}|://[a-z0-9_.-]+|{name}[a-z0-9_.-]+|{host}{dotted})");
        // Where Docker's daemon listens is not what it was asked for.
        let daemon = r"(?<daemon>(?:tcp|unix|npipe)://\S*)";
        let bare = format!(
            r#"(?<bare>['"‘“(]{dotted}[a-z](?::\d+)?['"’”)]|dial tcp [0-9a-f.:\[\]]+:(?<port>\d+))"#
        );
        Self {
            hosts: Regex::new(&format!("(?i){daemon}|{masked}|{registry}|{other}|{bare}"))
                .expect("the pattern is a constant, and a test compiles it"),
        }
    }

    /// Returns the service that a span of the block is about. A line above counts after the last work that went well, which ends at
    /// `done`.
    pub(super) fn of(&self, block: &Block, start: usize, end: usize, done: Option<usize>) -> Speaker {
        let (lines, last) = block.whole_lines(start, end);
        // The nearest host that begins before the end of the words, then one after them, then one above.
        let (mut nearest, mut behind) = (None, None);
        for found in self.hosts.captures_iter(lines) {
            let begins = found.get_match().start();
            let Some(speaker) = speaker(&found, true) else {
                continue;
            };
            if begins <= last {
                nearest = Some(speaker);
            } else if behind.is_none() {
                behind = Some(speaker);
            }
        }
        match nearest.or(behind) {
            Some(speaker) => speaker,
            None => self.last_above(block.lines_before(start, BEFORE, done)),
        }
    }

    /// Returns the last service that the lines above name.
    fn last_above(&self, text: &str) -> Speaker {
        let mut last = Speaker::Unnamed;
        for found in self.hosts.captures_iter(text) {
            if let Some(speaker) = speaker(&found, false) {
                last = speaker;
            }
        }
        last
    }
}

/// Reads one host. Returns `None` for pages that explain, and for what can be the address of a registry. A name without a scheme can be
/// one of a file: it counts in the words' `own` lines alone.
fn speaker(found: &Captures<'_>, own: bool) -> Option<Speaker> {
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
    if found.name("bare").is_some() {
        // The port of every registry.
        let of_registries = found.name("port").is_some_and(|port| port.as_str() == "443");
        return (own && !of_registries).then_some(Speaker::Other);
    }
    let other = found.name("other")?;
    let host = other.as_str().trim_start_matches("://").to_ascii_lowercase();
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
