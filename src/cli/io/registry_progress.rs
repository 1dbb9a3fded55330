//! Progress of a run: the activity of each registry, and the waits of the client.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::azure::{WaitEvent, WaitObserver};
use crate::model::{RegistryId, SubnetId};
use crate::render::{Activity, Progress, Task};
use crate::run::ProgressEvent;

/// The progress of the current task.
pub(crate) struct RegistryProgress {
    progress: Progress,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    task: &'static str,
    registries: usize,
    ended: usize,
    /// Registries in work by their id in lower case, in the order in which they were begun.
    working: Vec<(String, Activity)>,
    /// The last wait for something else, such as a subnet or a sign-in. The next news of a registry ends it.
    wait: Option<Activity>,
}

impl RegistryProgress {
    /// Returns progress without a task.
    pub(crate) fn new(progress: Progress) -> Self {
        Self {
            progress,
            state: Mutex::default(),
        }
    }

    /// Shows news of a registry.
    pub(crate) fn show(&self, event: ProgressEvent<'_>) {
        let mut state = self.state();
        match event {
            ProgressEvent::Begun { task, registries } => {
                *state = State {
                    task,
                    registries,
                    ..State::default()
                };
                self.progress.begin(&state.task());
                return;
            }
            ProgressEvent::Doing { registry, activity } => {
                tracing::info!(registry = registry.name(), activity, "working");
                state.wait = None;
                let activity = Activity::new(registry.name(), activity);
                match state.of(registry.key()) {
                    Some(shown) => *shown = activity,
                    None => state.working.push((registry.key().to_owned(), activity)),
                }
            }
            ProgressEvent::Ended { registry } => {
                state.wait = None;
                state.working.retain(|(key, _)| key != registry.key());
                state.ended += 1;
            }
        }
        self.progress.show(&state.task());
    }

    /// Ends the task.
    pub(crate) fn clear(&self) {
        self.progress.clear();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Returns the activity of a registry in work.
    fn of(&mut self, key: &str) -> Option<&mut Activity> {
        let mut working = self.working.iter_mut();
        working
            .find(|(other, _)| other == key)
            .map(|(_, activity)| activity)
    }

    /// Returns the state as it is shown.
    fn task(&self) -> Task {
        let mut activities = Vec::new();
        activities.extend(self.wait.clone());
        activities.extend(self.working.iter().map(|(_, activity)| activity.clone()));
        Task {
            name: self.task,
            registries: self.registries,
            ended: self.ended,
            activities,
        }
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
        // A wait of less than a second is over before it is read.
        let doing = match wait.as_secs() {
            0 => state,
            seconds => format!("{state} (in {seconds} s)"),
        };
        let (key, name) = subject(resource);
        tracing::info!(resource = name, activity = doing, "waiting");
        let activity = Activity::new(&name, &doing);
        let mut state = self.state();
        match state.of(&key) {
            Some(shown) => *shown = activity,
            None => state.wait = Some(activity),
        }
        self.progress.show(&state.task());
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
    use crate::render::ProgressStyle;

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
    fn waits_of_a_registry_are_its_own_and_others_come_first() {
        let shown = RegistryProgress::new(Progress::new(ProgressStyle::Log, true, None));
        let id = RegistryId::new("s", "g", "contoso").unwrap();
        shown.show(ProgressEvent::Doing {
            registry: &id,
            activity: "reading",
        });
        for (resource, seconds) in [(id.as_str(), 0), ("/x", 3)] {
            shown.notice(&WaitEvent::Polling {
                resource: resource.to_owned(),
                status: Some("Running".to_owned()),
                wait: std::time::Duration::from_secs(seconds),
            });
        }
        let own = Activity::new("contoso", "waiting: Running");
        let other = Activity::new("/x", "waiting: Running (in 3 s)");
        assert_eq!(shown.state().task().activities, [other, own]);
        shown.show(ProgressEvent::Ended { registry: &id });
        let task = shown.state().task();
        assert_eq!((task.ended, task.activities), (1, Vec::new()));
    }
}
