//! `config.json` of the Docker client.

use std::path::PathBuf;

use serde_json::Value;

use super::daemon::FileProxy;
use crate::local_file::{self, LARGEST_SETTINGS};
use crate::probe::probes::Variables;

/// The parts of the client's configuration that are needed. The entries of logins hold secrets.
#[derive(Default)]
pub(super) struct Config {
    body: Value,
    pub(super) proxies: Vec<FileProxy>,
    /// Why it cannot be read; `None` also if there is none.
    pub(super) unreadable: Option<String>,
}

impl Config {
    /// Reads the file in `DOCKER_CONFIG`, or in the home folder.
    pub(super) fn read(variables: &Variables) -> Self {
        let Some(path) = path(variables) else {
            return Self::default();
        };
        let file = path.display().to_string();
        let bytes = match local_file::read(&path, LARGEST_SETTINGS) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Self::default(),
            Err(error) => return Self::unreadable(format!("{file}: {error}")),
        };
        // The text of a parser's error may quote a secret.
        let Ok(body) = serde_json::from_slice::<Value>(&bytes) else {
            return Self::unreadable(format!("{file}: it is not JSON"));
        };
        Self {
            proxies: proxies(&body, &file),
            body,
            unreadable: None,
        }
    }

    fn unreadable(why: String) -> Self {
        Self {
            unreadable: Some(why),
            ..Self::default()
        }
    }

    /// Returns the name of the program that keeps the login for a host.
    pub(super) fn store_of(&self, host: &str) -> Option<&str> {
        let helper = self.body["credHelpers"][host].as_str();
        let store = helper.or_else(|| self.body["credsStore"].as_str())?;
        (!store.is_empty()).then_some(store)
    }

    /// Returns the entry of a host among the logins.
    pub(super) fn entry(&self, host: &str) -> Option<&Value> {
        let logins = self.body["auths"].as_object()?;
        let names = [host.to_owned(), format!("https://{host}")];
        names.iter().find_map(|name| logins.get(name))
    }
}

fn path(variables: &Variables) -> Option<PathBuf> {
    if let Some(folder) = variables.get("DOCKER_CONFIG").filter(|folder| !folder.is_empty()) {
        return Some(PathBuf::from(folder).join("config.json"));
    }
    let home = variables.get("HOME").filter(|home| !home.is_empty())?;
    Some(PathBuf::from(home).join(".docker/config.json"))
}

/// Reads the proxies that the client hands to containers and builds.
fn proxies(body: &Value, file: &str) -> Vec<FileProxy> {
    let mut found = Vec::new();
    for (_, entry) in body["proxies"].as_object().into_iter().flatten() {
        if let Some(url) = entry["httpsProxy"].as_str().filter(|url| !url.is_empty()) {
            found.push(FileProxy {
                url: url.to_owned(),
                without: entry["noProxy"].as_str().unwrap_or_default().to_owned(),
                file: file.to_owned(),
            });
        }
    }
    found
}
