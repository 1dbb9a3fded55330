//! Progress of a run: the activity of each registry, and the waits of the client.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use crate::azure::{WaitEvent, WaitObserver};
use crate::model::{RegistryId, SubnetId};
use crate::render::{Progress, ProgressLine};

/// A line of progress per registry. Other resources, such as subnets, get lines of their own.
pub(crate) struct RegistryProgress {
    progress: Progress,
    /// By id in lower case.
    lines: Mutex<BTreeMap<String, Arc<ProgressLine>>>,
}

impl RegistryProgress {
    /// Returns progress without lines.
    pub(crate) fn new(progress: Progress) -> Self {
        Self {
            progress,
            lines: Mutex::default(),
        }
    }

    /// Shows the activity of a registry, such as `reading`.
    pub(crate) fn show(&self, id: &RegistryId, activity: &str) {
        self.line(id.key(), id.name()).say(activity);
    }

    /// Ends every line.
    pub(crate) fn clear(&self) {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.progress.clear();
    }

    /// Returns the line of a resource, and starts it if it is new.
    fn line(&self, key: &str, name: &str) -> Arc<ProgressLine> {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let line = lines
            .entry(key.to_owned())
            .or_insert_with(|| Arc::new(self.progress.registry(name)));
        line.clone()
    }
}

impl WaitObserver for RegistryProgress {
    fn notice(&self, event: &WaitEvent) {
        let (resource, state, wait) = match event {
            WaitEvent::Polling {
                resource,
                status,
                wait,
            } => {
                let status = status.as_deref().unwrap_or("in progress");
                (resource, format!("waiting: {status}"), wait)
            }
            WaitEvent::Retrying {
                resource,
                reason,
                wait,
                ..
            } => (resource, format!("{reason}, trying again"), wait),
        };
        let (key, name) = subject(resource);
        let line = self.line(&key, &name);
        // A wait of less than a second is over before it is read.
        match wait.as_secs() {
            0 => line.say(&state),
            seconds => line.say_with(&state, &format!("in {seconds} s")),
        }
    }
}

/// Returns the key and the name of the resource that a request is about: a registry, a subnet, a provider of a
/// subscription, or the path itself.
fn subject(path: &str) -> (String, String) {
    let (parent, last) = path.rsplit_once('/').unwrap_or_default();
    // `listUsages` of a registry belongs to the registry.
    for id in [path, parent] {
        if let Ok(id) = RegistryId::parse(id) {
            return (id.key().to_owned(), id.name().to_owned());
        }
    }
    // Other paths are named by their kind, as far as it is known.
    let name = if let Ok(subnet) = SubnetId::parse(path) {
        subnet.short()
    } else if let Some((namespace, subscription)) = provider(path) {
        format!("{namespace} in subscription {subscription}")
    } else if last == "token" {
        "sign-in".to_owned()
    } else {
        path.to_owned()
    };
    (path.to_ascii_lowercase(), name)
}

/// Returns namespace and subscription of `/subscriptions/S/providers/N` and of its `/register`.
fn provider(path: &str) -> Option<(&str, &str)> {
    let mut parts = path.trim_start_matches('/').split('/');
    let (first, subscription) = (parts.next()?, parts.next()?);
    let (second, namespace) = (parts.next()?, parts.next()?);
    let is_provider =
        first.eq_ignore_ascii_case("subscriptions") && second.eq_ignore_ascii_case("providers");
    is_provider.then_some((namespace, subscription))
}

impl fmt::Debug for RegistryProgress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RegistryProgress").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_is_named_after_its_resource() {
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
    fn wait_of_zero_seconds_is_not_shown() {
        let (progress, out) = Progress::recorded();
        let shown = RegistryProgress::new(progress);
        for (status, seconds) in [("InProgress", 0), ("Running", 3)] {
            shown.notice(&WaitEvent::Polling {
                resource: "/x".to_owned(),
                status: Some(status.to_owned()),
                wait: std::time::Duration::from_secs(seconds),
            });
        }
        let text = String::from_utf8(out.lock().unwrap().clone()).unwrap();
        assert_eq!(text, "/x  waiting: InProgress\n/x  waiting: Running (in 3 s)\n");
    }
}
