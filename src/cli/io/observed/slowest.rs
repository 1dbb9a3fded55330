//! The registries that took the longest.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::model::RegistryId;

/// Registries that are kept.
const KEPT: usize = 5;

/// Times from the first news of a registry to the last.
#[derive(Debug, Default)]
pub(super) struct SlowestRegistries {
    begun: BTreeMap<String, Instant>,
    /// The slowest first.
    kept: Vec<(Duration, String)>,
}

impl SlowestRegistries {
    /// Notes that a registry is in work.
    pub(super) fn begin(&mut self, registry: &RegistryId, now: Instant) {
        if !self.begun.contains_key(registry.key()) {
            self.begun.insert(registry.key().to_owned(), now);
        }
    }

    /// Notes that a task has ended for a registry.
    pub(super) fn end(&mut self, registry: &RegistryId, now: Instant) {
        let Some(begun) = self.begun.remove(registry.key()) else {
            return;
        };
        let took = now.saturating_duration_since(begun);
        // Most registries are not among the slowest, and need no room.
        let at = self.kept.partition_point(|(kept, _)| *kept >= took);
        if at < KEPT {
            self.kept.insert(at, (took, registry.name().to_owned()));
            self.kept.truncate(KEPT);
        }
    }

    /// Returns them, the slowest first.
    pub(super) fn kept(&self) -> &[(Duration, String)] {
        &self.kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slowest_are_kept_in_order() {
        let mut slowest = SlowestRegistries::default();
        let start = Instant::now();
        for (number, seconds) in [3, 9, 1, 7, 5, 8, 2].into_iter().enumerate() {
            let id = RegistryId::new("s", "g", &format!("registry{number}")).unwrap();
            slowest.begin(&id, start);
            // Later news of the same task does not begin it again.
            slowest.begin(&id, start + Duration::from_secs(seconds));
            slowest.end(&id, start + Duration::from_secs(seconds));
            slowest.end(&id, start + Duration::from_secs(60));
        }
        let kept: Vec<u64> = slowest.kept().iter().map(|(took, _)| took.as_secs()).collect();
        assert_eq!(kept, [9, 8, 7, 5, 3]);
        assert_eq!(slowest.kept()[0].1, "registry1");
    }
}
