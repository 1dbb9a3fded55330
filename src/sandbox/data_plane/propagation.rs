//! A change of rules reaches the data plane later than ARM says it is done (docs: "a few minutes").

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use super::firewall::Gate;

/// What each registry's gate was, and since when, for as long as it may still count.
pub(crate) struct Propagation {
    delay: Duration,
    /// By id in lower case. Oldest first; `None` is since ever.
    gates: BTreeMap<String, Vec<(Option<Duration>, Gate)>>,
}

/// A registry's gate before a write.
pub(crate) struct Before(Option<Gate>);

impl Propagation {
    pub(crate) fn new(delay: Duration) -> Self {
        Self {
            delay,
            gates: BTreeMap::new(),
        }
    }

    /// Looks at a resource before a write; costs nothing where changes count at once.
    pub(crate) fn before(&self, resource: Option<&Value>) -> Before {
        Before(resource.filter(|_| !self.delay.is_zero()).map(Gate::of))
    }

    /// Notes what the write changed.
    pub(crate) fn after(&mut self, now: Duration, key: &str, before: Before, resource: Option<&Value>) {
        let (Before(Some(old)), Some(new)) = (before, resource.map(Gate::of)) else {
            return;
        };
        if old == new {
            return;
        }
        let gates = self
            .gates
            .entry(key.to_owned())
            .or_insert_with(|| vec![(None, old)]);
        gates.push((Some(now), new));
        let counts = |since: &Option<Duration>| since.is_none_or(|since| since + self.delay <= now);
        let last = gates.iter().rposition(|(since, _)| counts(since));
        gates.drain(..last.unwrap_or(0));
    }

    /// The gate that counts now, where it may differ from the registry's own.
    pub(crate) fn effective(&self, now: Duration, key: &str) -> Option<Gate> {
        let gates = self.gates.get(key)?.iter().rev();
        let counts = |since: Option<Duration>| since.is_none_or(|since| since + self.delay <= now);
        let mut found = gates.filter(|(since, _)| counts(*since));
        found.next().map(|(_, gate)| gate.clone())
    }
}
