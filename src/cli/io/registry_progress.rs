//! Progress of a run: what each registry is doing, and what the client waits for.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use crate::azure::{WaitEvent, WaitObserver};
use crate::model::{RegistryId, SubnetId};
use crate::render::{Progress, ProgressLine};

/// A line per registry; what belongs to none, such as a subnet, gets one of its own.
pub(crate) struct Board {
    progress: Progress,
    /// By id in lower case.
    lines: Mutex<BTreeMap<String, Arc<ProgressLine>>>,
}

impl Board {
    pub(crate) fn new(progress: Progress) -> Self {
        Self {
            progress,
            lines: Mutex::default(),
        }
    }

    pub(crate) fn say(&self, id: &RegistryId, what: &str) {
        self.line(id.key(), id.name()).say(what);
    }

    /// Ends every line.
    pub(crate) fn clear(&self) {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.progress.clear();
    }

    fn line(&self, key: &str, name: &str) -> Arc<ProgressLine> {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines
            .entry(key.to_owned())
            .or_insert_with(|| Arc::new(self.progress.registry(name)))
            .clone()
    }
}

impl WaitObserver for Board {
    fn notice(&self, event: &WaitEvent) {
        let (resource, state, wait) = match event {
            WaitEvent::Polling {
                resource,
                status,
                wait,
            } => (
                resource,
                format!("waiting: {}", status.as_deref().unwrap_or("in progress")),
                wait,
            ),
            WaitEvent::Retrying {
                resource,
                reason,
                wait,
                ..
            } => (resource, format!("{reason}, trying again"), wait),
        };
        let (key, name) = subject(resource);
        let line = self.line(&key, &name);
        match wait.as_secs() {
            0 => line.say(&state),
            seconds => line.say_with(&state, &format!("in {seconds} s")),
        }
    }
}

/// The key and the name of what a request is about: a registry or a subnet, a provider of a subscription, or the path
/// itself.
fn subject(path: &str) -> (String, String) {
    let (parent, last) = path.rsplit_once('/').unwrap_or_default();
    // `listUsages` of a registry belongs to the registry.
    let registry = [path, parent]
        .into_iter()
        .find_map(|id| RegistryId::parse(id).ok());
    if let Some(id) = registry {
        return (id.key().to_owned(), id.name().to_owned());
    }
    let name = match (SubnetId::parse(path), provider(path)) {
        (Ok(id), _) => id.short(),
        (_, Some((namespace, subscription))) => format!("{namespace} in subscription {subscription}"),
        _ if last == "token" => "sign-in".to_owned(),
        _ => path.to_owned(),
    };
    (path.to_ascii_lowercase(), name)
}

/// Namespace and subscription of `/subscriptions/S/providers/N` and of its `/register`.
fn provider(path: &str) -> Option<(&str, &str)> {
    let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    match parts[..] {
        [first, subscription, second, namespace, ..]
            if first.eq_ignore_ascii_case("subscriptions")
                && second.eq_ignore_ascii_case("providers") =>
        {
            Some((namespace, subscription))
        }
        _ => None,
    }
}

impl fmt::Debug for Board {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Board").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_named_after_what_it_is_about() {
        let group = "/subscriptions/s1/resourceGroups/rg/providers";
        let registry = format!("{group}/Microsoft.ContainerRegistry/registries/Contoso");
        let usages = format!("{registry}/listUsages");
        let subnet = format!("{group}/Microsoft.Network/virtualNetworks/hub/subnets/build");
        let rows = [
            (&*registry, "Contoso"),
            (&usages, "Contoso"),
            (&subnet, "hub/build"),
            (
                "/subscriptions/s1/providers/Microsoft.ContainerRegistry/register",
                "Microsoft.ContainerRegistry in subscription s1",
            ),
            ("/tenant/oauth2/v2.0/token", "sign-in"),
            ("/metadata/endpoints", "/metadata/endpoints"),
            ("", ""),
        ];
        for (path, name) in rows {
            assert_eq!(subject(path).1, name, "{path}");
        }
        assert_eq!(subject(&usages).0, subject(&registry).0);
    }

    #[test]
    fn a_wait_of_no_seconds_is_not_told() {
        let (progress, out) = Progress::recorded();
        let board = Board::new(progress);
        for (status, seconds) in [("InProgress", 0), ("Running", 3)] {
            board.notice(&WaitEvent::Polling {
                resource: "/x".to_owned(),
                status: Some(status.to_owned()),
                wait: std::time::Duration::from_secs(seconds),
            });
        }
        let text = String::from_utf8(out.lock().unwrap().clone()).unwrap();
        assert_eq!(text, "/x  waiting: InProgress\n/x  waiting: Running (in 3 s)\n");
    }
}
