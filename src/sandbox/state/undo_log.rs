//! Resources that can be put back as they were.

use std::collections::BTreeMap;
use std::ops::Deref;

use serde_json::Value;

/// Resources by id in lower case. While it records, it remembers each one that changes.
#[derive(Default)]
pub(crate) struct Resources {
    now: BTreeMap<String, Value>,
    /// What was there before, `None` where there was nothing; without a recording nothing is remembered.
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
    pub(crate) fn insert(&mut self, key: String, resource: Value) -> Option<Value> {
        self.remember(&key);
        self.now.insert(key, resource)
    }

    pub(crate) fn remove(&mut self, key: &str) -> Option<Value> {
        self.remember(key);
        self.now.remove(key)
    }

    pub(crate) fn get_mut(&mut self, key: &str) -> Option<&mut Value> {
        self.remember(key);
        self.now.get_mut(key)
    }

    /// Takes out the resource of this key and all below it.
    pub(crate) fn remove_tree(&mut self, key: &str) {
        let below = format!("{key}/");
        let under = self.now.range(below.clone()..).map(|(known, _)| known);
        let mut gone: Vec<String> = under
            .take_while(|known| known.starts_with(&below))
            .cloned()
            .collect();
        gone.push(key.to_owned());
        gone.iter().for_each(|key| drop(self.remove(key)));
    }

    /// Forgets what was, and remembers from now on, or not.
    pub(crate) fn record(&mut self, remembering: bool) {
        self.before = remembering.then(BTreeMap::new);
    }

    /// Everything as it was when the recording began.
    pub(crate) fn undo(&mut self) {
        for (key, resource) in self.before.take().into_iter().flatten() {
            match resource {
                Some(resource) => drop(self.now.insert(key, resource)),
                None => drop(self.now.remove(&key)),
            }
        }
    }

    fn remember(&mut self, key: &str) {
        let Some(before) = self.before.as_mut() else {
            return;
        };
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
    fn whatever_happened_is_undone() {
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
    fn without_a_recording_nothing_is_undone() {
        let mut resources = resources();
        resources.record(true);
        resources.remove("/a");
        resources.record(false);
        resources.remove("/b");
        resources.undo();
        assert_eq!(resources.len(), 3);
    }
}
