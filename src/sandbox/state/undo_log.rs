//! Resources whose changes can be undone.

use std::collections::BTreeMap;
use std::ops::Deref;

use serde_json::Value;

/// Resources by id in lower case. While it records, it keeps the old value of each one that changes.
#[derive(Default)]
pub(crate) struct Resources {
    now: BTreeMap<String, Value>,
    /// Old value of each changed resource, `None` for a new one. Absent while nothing is recorded.
    before: Option<BTreeMap<String, Option<Value>>>,
}

impl Deref for Resources {
    type Target = BTreeMap<String, Value>;

    fn deref(&self) -> &Self::Target {
        &self.now
    }
}

impl FromIterator<(String, Value)> for Resources {
    fn from_iter<I: IntoIterator<Item = (String, Value)>>(resources: I) -> Self {
        Self {
            now: resources.into_iter().collect(),
            before: None,
        }
    }
}

impl Resources {
    /// Adds a resource or replaces it, and returns the old one.
    pub(crate) fn insert(&mut self, key: String, resource: Value) -> Option<Value> {
        self.remember(&key);
        self.now.insert(key, resource)
    }

    /// Removes a resource and returns it.
    pub(crate) fn remove(&mut self, key: &str) -> Option<Value> {
        self.remember(key);
        self.now.remove(key)
    }

    /// Returns a resource to change.
    pub(crate) fn get_mut(&mut self, key: &str) -> Option<&mut Value> {
        self.remember(key);
        self.now.get_mut(key)
    }

    /// Removes the resource of this key and all resources below it.
    pub(crate) fn remove_tree(&mut self, key: &str) {
        let below = format!("{key}/");
        let mut keys = vec![key.to_owned()];
        for (known, _) in self.now.range(below.clone()..) {
            if !known.starts_with(&below) {
                break;
            }
            keys.push(known.clone());
        }
        for key in keys {
            self.remove(&key);
        }
    }

    /// Forgets the old values, and begins to record if `recording` is true.
    pub(crate) fn record(&mut self, recording: bool) {
        self.before = recording.then(BTreeMap::new);
    }

    /// Restores the resources of the time when the recording began.
    pub(crate) fn undo(&mut self) {
        for (key, resource) in self.before.take().into_iter().flatten() {
            match resource {
                Some(resource) => self.now.insert(key, resource),
                None => self.now.remove(&key),
            };
        }
    }

    fn remember(&mut self, key: &str) {
        let Some(before) = self.before.as_mut() else {
            return;
        };
        // Only the first change of a resource counts: later ones replace our own values.
        if !before.contains_key(key) {
            before.insert(key.to_owned(), self.now.get(key).cloned());
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn resources() -> Resources {
        let keys = ["/a", "/a/x", "/a/x/y", "/ab", "/b"];
        keys.map(|key| (key.to_owned(), json!({ "id": key })))
            .into_iter()
            .collect()
    }

    #[test]
    fn undo_restores_every_change() {
        let mut resources = resources();
        let before = resources.now.clone();
        resources.record(true);
        resources.remove_tree("/a");
        let left: Vec<&String> = resources.keys().collect();
        assert_eq!(left, ["/ab", "/b"]);
        resources.insert("/a".to_owned(), json!(1));
        resources.insert("/new".to_owned(), json!(2));
        resources.get_mut("/b").unwrap()["id"] = json!("changed");
        resources.remove("/new");
        resources.undo();
        assert_eq!(resources.now, before);
    }

    #[test]
    fn undo_needs_a_recording() {
        let mut resources = resources();
        resources.record(true);
        resources.remove("/a");
        resources.record(false);
        resources.remove("/b");
        resources.undo();
        assert_eq!(resources.len(), 3);
    }
}
