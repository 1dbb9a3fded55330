//! Delay until a change of rules reaches the data plane, after ARM has answered it as done (docs: "a few minutes").

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use super::firewall::Firewall;

/// Earlier firewalls of each registry, as long as they may still apply.
pub(crate) struct Propagation {
    delay: Duration,
    /// By id in lower case, oldest first, each with the time of its change. `None` is the one before the first change.
    firewalls: BTreeMap<String, Vec<(Option<Duration>, Firewall)>>,
}

/// A registry's firewall before a write.
pub(crate) struct Before(Option<Firewall>);

impl Propagation {
    /// Makes a record without changes. A `delay` of zero makes changes apply at once.
    pub(crate) fn new(delay: Duration) -> Self {
        Self {
            delay,
            firewalls: BTreeMap::new(),
        }
    }

    /// Reads the firewall before a write, unless changes apply at once.
    pub(crate) fn before(&self, resource: Option<&Value>) -> Before {
        match resource {
            Some(resource) if !self.delay.is_zero() => Before(Some(Firewall::of(resource))),
            _ => Before(None),
        }
    }

    /// Records the change of a write at the time `now`.
    pub(crate) fn after(&mut self, now: Duration, key: &str, before: Before, resource: Option<&Value>) {
        let (Before(Some(old)), Some(resource)) = (before, resource) else {
            return;
        };
        let new = Firewall::of(resource);
        // Only a change of the firewall is delayed.
        if old == new {
            return;
        }
        let delay = self.delay;
        let firewalls = self
            .firewalls
            .entry(key.to_owned())
            .or_insert_with(|| vec![(None, old)]);
        firewalls.push((Some(now), new));
        // Drops the ones that a later one has replaced by now.
        if let Some(last) = firewalls
            .iter()
            .rposition(|(since, _)| applies(*since, delay, now))
        {
            firewalls.drain(..last);
        }
    }

    /// Returns the firewall that applies at the time `now`, `None` if it is the registry's current one.
    pub(crate) fn effective(&self, now: Duration, key: &str) -> Option<Firewall> {
        let firewalls = self.firewalls.get(key)?;
        let mut newest_first = firewalls.iter().rev();
        let (_, firewall) = newest_first.find(|(since, _)| applies(*since, self.delay, now))?;
        Some(firewall.clone())
    }
}

/// Returns true if a change at the time `since` has reached the data plane at the time `now`.
fn applies(since: Option<Duration>, delay: Duration, now: Duration) -> bool {
    match since {
        Some(since) => since + delay <= now,
        None => true,
    }
}
