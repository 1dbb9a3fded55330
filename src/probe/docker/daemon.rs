//! The proxies of the Docker daemon: `daemon.json`, and the drop-ins of its service, as far as they can be read.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::local_file::{self, LARGEST_SETTINGS};
use crate::probe::probes::Variables;

/// A proxy that a file sets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FileProxy {
    /// May hold credentials.
    pub(super) url: String,
    /// Hosts without a proxy.
    pub(super) without: String,
    pub(super) file: String,
}

/// Returns the proxies of the daemon of the system and of that of the user.
pub(super) fn proxies(variables: &Variables) -> Vec<FileProxy> {
    let mut settings = vec![PathBuf::from("/etc/docker/daemon.json")];
    let mut folders = vec![PathBuf::from("/etc/systemd/system/docker.service.d")];
    if let Some(home) = variables.get("HOME").filter(|home| !home.is_empty()) {
        let config = Path::new(home).join(".config");
        settings.push(config.join("docker/daemon.json"));
        folders.push(config.join("systemd/user/docker.service.d"));
    }
    let mut found = Vec::new();
    for file in &settings {
        found.extend(read(file).and_then(|text| of_settings(&text, file)));
    }
    for folder in &folders {
        for file in drop_ins(folder) {
            found.extend(read(&file).and_then(|text| of_service(&text, &file)));
        }
    }
    found
}

fn read(file: &Path) -> Option<String> {
    let bytes = local_file::read(file, LARGEST_SETTINGS).ok()?;
    String::from_utf8(bytes).ok()
}

/// Lists the drop-ins of a folder in the order in which systemd reads them.
fn drop_ins(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.extension().is_some_and(|extension| extension == "conf") {
            files.push(path);
        }
    }
    files.sort();
    files
}

fn of_settings(text: &str, file: &Path) -> Option<FileProxy> {
    let body: Value = serde_json::from_str(text).ok()?;
    let proxies = &body["proxies"];
    Some(FileProxy {
        url: proxies["https-proxy"].as_str()?.to_owned(),
        without: proxies["no-proxy"].as_str().unwrap_or_default().to_owned(),
        file: file.display().to_string(),
    })
}

/// Reads `Environment="HTTPS_PROXY=…" "NO_PROXY=…"` of a service (systemd.exec).
fn of_service(text: &str, file: &Path) -> Option<FileProxy> {
    let (mut url, mut without) = (None, None);
    for line in text.lines() {
        let Some(assignments) = line.trim().strip_prefix("Environment=") else {
            continue;
        };
        for assignment in words(assignments) {
            match assignment.split_once('=') {
                Some(("HTTPS_PROXY" | "https_proxy", value)) => url = Some(value.to_owned()),
                Some(("NO_PROXY" | "no_proxy", value)) => without = Some(value.to_owned()),
                _ => {}
            }
        }
    }
    Some(FileProxy {
        url: url.filter(|url| !url.is_empty())?,
        without: without.unwrap_or_default(),
        file: file.display().to_string(),
    })
}

/// Splits at blanks, but not inside quotes.
fn words(text: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), String::new(), None);
    for character in text.chars() {
        match (character, quote) {
            ('"' | '\'', None) => quote = Some(character),
            (_, Some(open)) if character == open => quote = None,
            (' ' | '\t', None) => words.push(std::mem::take(&mut word)),
            _ => word.push(character),
        }
    }
    words.push(word);
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proxies_of_a_service_are_read_from_its_drop_in() {
        let rows = [
            (
                "[Service]\nEnvironment=\"HTTPS_PROXY=http://p:3128\" \"NO_PROXY=localhost,.example\"\n",
                Some(("http://p:3128", "localhost,.example")),
            ),
            (
                "Environment=HTTP_PROXY=http://p:1 https_proxy=http://q:2",
                Some(("http://q:2", "")),
            ),
            ("Environment=\"HTTPS_PROXY=\"", None),
            ("[Service]\n", None),
        ];
        for (text, want) in rows {
            let found = of_service(text, Path::new("x.conf"));
            let found = found
                .as_ref()
                .map(|proxy| (proxy.url.as_str(), proxy.without.as_str()));
            assert_eq!(found, want, "{text}");
        }
    }
}
