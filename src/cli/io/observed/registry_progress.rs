//! Progress of a run: the activity of each registry, and the waits of the client.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::azure::WaitEvent;
use crate::model::{RegistryId, SubnetId};
use crate::render::{Activity, FEW, Progress, Task, Throttled};
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
    /// Registries in work, in the order in which they were begun. There may be thousands.
    working: BTreeMap<u64, Activity>,
    /// The place of each of them, by its id in lower case.
    places: BTreeMap<String, u64>,
    /// The waits of those that wait for something, by their places.
    waiting: BTreeMap<u64, Wait>,
    /// Number of registries that were begun.
    begun: u64,
    /// The last wait for something else, such as a subnet or a sign-in. The next news of a registry ends it.
    wait: Option<Wait>,
    /// The subscriptions that ARM throttles, each with the end of that.
    throttled: BTreeMap<String, Timestamp>,
}

/// A wait, which is over at its end whether or not there is other news.
#[derive(Clone)]
struct Wait {
    activity: Activity,
    until: Timestamp,
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
                    throttled: std::mem::take(&mut state.throttled),
                    ..State::default()
                };
                self.progress.begin(&state.task(Timestamp::now()));
                return;
            }
            ProgressEvent::Doing { registry, activity } => {
                tracing::info!(registry = registry.name(), activity, "working");
                state.wait = None;
                state.work(registry.key(), Activity::new(registry.name(), activity));
            }
            ProgressEvent::Ended { registry } => {
                state.wait = None;
                state.end(registry.key());
            }
        }
        self.progress.show(&state.task(Timestamp::now()));
    }

    /// Ends the task.
    pub(crate) fn clear(&self) {
        self.progress.clear();
    }

    /// Shows a wait.
    pub(crate) fn notice(&self, event: &WaitEvent) {
        let now = Timestamp::now();
        let mut state = self.state();
        match event {
            WaitEvent::Polling {
                resource,
                status,
                wait,
            } => {
                let status = status.as_deref().unwrap_or("in progress");
                let why = format!("waiting: {status}");
                state.wait_for(resource, &why, "looking again", *wait, now);
            }
            WaitEvent::Retrying {
                resource,
                reason,
                wait,
                ..
            } => state.wait_for(resource, reason, "trying again", *wait, now),
        }
        self.progress.show(&state.task(now));
    }

    /// Shows that requests to a subscription wait.
    pub(crate) fn throttled(&self, subscription: &str, wait: Duration) {
        let now = Timestamp::now();
        let mut state = self.state();
        state.throttle(subscription, wait, now);
        self.progress.show(&state.task(now));
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Notes what is being done for a registry.
    fn work(&mut self, key: &str, activity: Activity) {
        let place = match self.places.get(key) {
            Some(place) => *place,
            None => {
                self.begun += 1;
                self.places.insert(key.to_owned(), self.begun);
                self.begun
            }
        };
        self.waiting.remove(&place);
        self.working.insert(place, activity);
    }

    /// Notes that the task has ended for a registry.
    fn end(&mut self, key: &str) {
        if let Some(place) = self.places.remove(key) {
            self.working.remove(&place);
            self.waiting.remove(&place);
        }
        self.ended += 1;
    }

    /// Notes a wait for the resource with this path, because of `why`, and what follows.
    fn wait_for(&mut self, path: &str, why: &str, next: &str, wait: Duration, now: Timestamp) {
        let doing = format!("{why}, {next}{}", at_its_end(wait, now));
        let (key, name) = subject(path);
        tracing::info!(resource = name, activity = doing, "waiting");
        let wait = Wait {
            activity: Activity::new(&name, &doing),
            until: end_of(wait, now).unwrap_or(Timestamp::MAX),
        };
        match self.places.get(&key) {
            Some(place) => drop(self.waiting.insert(*place, wait)),
            None => self.wait = Some(wait),
        }
    }

    /// Notes that nothing is sent to a subscription until a wait from now on is over.
    fn throttle(&mut self, subscription: &str, wait: Duration, now: Timestamp) {
        if let Some(until) = end_of(wait, now) {
            tracing::info!(subscription, seconds = wait.as_secs_f64(), "throttled");
            self.throttled.insert(subscription.to_owned(), until);
        }
    }

    /// Returns the state as it is shown at this time.
    fn task(&mut self, now: Timestamp) -> Task {
        self.throttled.retain(|_, until| *until > now);
        // What was waited for is being done then.
        self.waiting.retain(|_, wait| wait.until > now);
        self.wait = self.wait.take().filter(|wait| wait.until > now);
        let last = self.throttled.values().max();
        let throttled = last.map(|until| Throttled {
            subscriptions: self.throttled.len(),
            until: clock_time(*until),
        });
        // Of many registries, only those are named that wait for something.
        let is_calm = self.registries > FEW;
        let in_hand = if is_calm {
            self.waiting.len()
        } else {
            self.working.len()
        };
        let mut activities = Vec::new();
        activities.extend(self.wait.iter().map(|wait| wait.activity.clone()));
        if is_calm {
            let shown = self.waiting.values().take(FEW);
            activities.extend(shown.map(|wait| wait.activity.clone()));
        } else {
            for (place, doing) in self.working.iter().take(FEW) {
                let wait = self.waiting.get(place).map(|wait| &wait.activity);
                activities.push(wait.unwrap_or(doing).clone());
            }
        }
        Task {
            name: self.task,
            registries: self.registries,
            ended: self.ended,
            activities,
            more: in_hand.saturating_sub(FEW),
            throttled,
        }
    }
}

/// Returns the end of a wait from now on.
fn end_of(wait: Duration, now: Timestamp) -> Option<Timestamp> {
    let wait = SignedDuration::try_from(wait).ok()?;
    now.checked_add(wait).ok()
}

/// Says when a wait ends: as a time, because a number of seconds would stand still on the screen. A wait of less than a second is
/// over before it is read.
fn at_its_end(wait: Duration, now: Timestamp) -> String {
    match end_of(wait, now) {
        Some(end) if wait.as_secs() > 0 => format!(" at {}", clock_time(end)),
        _ => String::new(),
    }
}

fn clock_time(time: Timestamp) -> String {
    time.strftime("%H:%M:%S UTC").to_string()
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
        for resource in [id.as_str(), "/x"] {
            shown.notice(&WaitEvent::Polling {
                resource: resource.to_owned(),
                status: Some("Running".to_owned()),
                wait: Duration::MAX,
            });
        }
        let [own, other] =
            ["contoso", "/x"].map(|name| Activity::new(name, "waiting: Running, looking again"));
        assert_eq!(shown.state().task(Timestamp::UNIX_EPOCH).activities, [other, own]);
        shown.show(ProgressEvent::Ended { registry: &id });
        let task = shown.state().task(Timestamp::UNIX_EPOCH);
        assert_eq!((task.ended, task.activities), (1, Vec::new()));
    }

    #[test]
    fn of_many_registries_only_those_that_wait_are_named() {
        let shown = RegistryProgress::new(Progress::new(ProgressStyle::Log, true, None));
        shown.show(ProgressEvent::Begun {
            task: "reading",
            registries: 1000,
        });
        for number in 0..900 {
            let registry = &RegistryId::new("s", "g", &format!("registry{number}")).unwrap();
            let activity = "reading";
            shown.show(ProgressEvent::Doing { registry, activity });
            if number % 100 == 99 {
                let (path, now) = (registry.as_str(), Timestamp::now());
                shown
                    .state()
                    .wait_for(path, "503", "trying again", Duration::MAX, now);
            }
        }
        let task = shown.state().task(Timestamp::UNIX_EPOCH);
        assert_eq!(task.activities.len(), FEW);
        assert_eq!(
            task.activities[0],
            Activity::new("registry99", "503, trying again")
        );
        assert_eq!(task.more, 9 - FEW);
    }

    #[test]
    fn wait_is_told_until_its_end() {
        let mut state = State::default();
        let start: Timestamp = "2026-11-21T08:31:00Z".parse().unwrap();
        let id = RegistryId::new("s", "g", "contoso").unwrap();
        state.work(id.key(), Activity::new("contoso", "reading"));
        for path in [id.as_str(), "/tenant/oauth2/v2.0/token"] {
            state.wait_for(path, "429", "trying again", Duration::from_secs(10), start);
        }
        let again = "429, trying again at 08:31:10 UTC";
        let waits = [Activity::new("sign-in", again), Activity::new("contoso", again)];
        assert_eq!(state.task(start + SignedDuration::from_secs(9)).activities, waits);
        let after = state.task(start + SignedDuration::from_secs(10));
        assert_eq!(after.activities, [Activity::new("contoso", "reading")]);
    }

    #[test]
    fn end_of_a_wait_is_told_as_a_time() {
        let start: Timestamp = "2026-11-21T23:59:50Z".parse().unwrap();
        for (millis, told) in [(0, ""), (999, ""), (13_500, " at 00:00:03 UTC")] {
            assert_eq!(at_its_end(Duration::from_millis(millis), start), told);
        }
        assert_eq!(at_its_end(Duration::MAX, start), "");
    }

    #[test]
    fn throttled_subscriptions_are_told_until_their_time() {
        let mut state = State::default();
        let start: Timestamp = "2026-11-21T08:31:00Z".parse().unwrap();
        for (subscription, seconds) in [("a", 17), ("b", 5)] {
            state.throttle(subscription, Duration::from_secs(seconds), start);
        }
        let until = "08:31:17 UTC".to_owned();
        for (seconds, subscriptions) in [(0, 2), (4, 2), (5, 1), (16, 1), (17, 0)] {
            let task = state.task(start + SignedDuration::from_secs(seconds));
            let told = task.throttled.map(|told| (told.subscriptions, told.until));
            let expected = (subscriptions > 0).then(|| (subscriptions, until.clone()));
            assert_eq!(told, expected, "{seconds}");
        }
    }
}
