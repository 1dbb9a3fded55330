//! Whether a plan that comes from outside is one that planning could have made.

use serde_json::Value;

use crate::plan::summary::summarise;
use crate::plan::{ModeChange, Plan, RegistryPlan, Setting, access, steps};

impl Plan {
    /// Where the document that this was read from says something else.
    pub(crate) fn unread(&self, document: &Value) -> Option<String> {
        let read = serde_json::to_value(self).expect("string keys and a value take anything");
        let at = unread(document, &read, "")?;
        Some(format!("`{at}` is not as plans have it"))
    }

    /// What of the plan does not follow from the rest of it.
    pub(crate) fn flaw(&self) -> Option<String> {
        // No checksum covers it, and people read it.
        if !is_time(&self.created) {
            return Some("its `created` is no time such as 2026-11-21T08:00:00Z".to_owned());
        }
        if !self.registries.is_sorted_by(|a, b| a.id < b.id) {
            return Some("its registries are not sorted, or not each there once".to_owned());
        }
        let adds_up = summarise(&self.registries, self.failures.len()) == self.summary;
        let flaw = self.registries.iter().find_map(RegistryPlan::flaw);
        flaw.or((!adds_up).then(|| "its summary does not add up".to_owned()))
    }
}

impl RegistryPlan {
    /// What the plan says about itself that does not follow from its basis and its changes. The changes come first: what
    /// follows from one that says nothing is nothing.
    fn flaw(&self) -> Option<String> {
        let id = &self.id;
        if !self.changes.is_sorted_by(|a, b| a.path < b.path) {
            return Some(format!(
                "the changes of `{id}` are not sorted, or a setting is there twice"
            ));
        }
        if let Some(flaw) = self.changes.iter().find_map(|change| self.flaw_of(change)) {
            return Some(flaw);
        }
        let before = access::of(&self.basis);
        if self.steps != steps::steps(&self.changes, &self.basis.registrations, &before) {
            return Some(format!("the steps of `{id}` are not those of its changes"));
        }
        (!self.access_fits_changes())
            .then(|| format!("who gains and loses access to `{id}` is not what its changes do"))
    }

    fn flaw_of(&self, change: &crate::plan::Change) -> Option<String> {
        let (id, path) = (&self.id, change.path);
        let owner = match path {
            Setting::ServiceEndpoints => Setting::VirtualNetworkRules,
            path => path,
        };
        if !self.managed.contains(&owner) {
            return Some(format!(
                "it changes `{}` of `{id}`, which it does not manage",
                path.path()
            ));
        }
        let flaw = super::change::check(change, self).err()?;
        Some(format!("no plan changes `{}` of `{id}` so: {flaw}", path.path()))
    }

    fn access_fits_changes(&self) -> bool {
        let before = access::of(&self.basis);
        let after = access::after(&before, &self.changes);
        let mode = ModeChange {
            before: before.mode().to_string(),
            after: after.mode().to_string(),
        };
        self.mode == mode && self.access == access::compare(&before, &after, &self.changes)
    }
}

/// Whether this is a time in the one form that plans have: RFC 3339, UTC, whole seconds.
fn is_time(text: &str) -> bool {
    let time = text.parse::<jiff::Timestamp>();
    time.is_ok_and(|time| time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string() == text)
}

/// Where a document says more, less or something else than what was read of it: a key that nobody knows, or a value in
/// another spelling. A reviewer may have believed it.
fn unread(document: &Value, read: &Value, at: &str) -> Option<String> {
    match (document, read) {
        (Value::Object(a), Value::Object(b)) => a.keys().chain(b.keys()).find_map(|key| {
            let at = format!("{at}/{key}");
            match (a.get(key), b.get(key)) {
                (Some(a), Some(b)) => unread(a, b, &at),
                _ => Some(at),
            }
        }),
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            let mut pairs = a.iter().zip(b).enumerate();
            pairs.find_map(|(n, (a, b))| unread(a, b, &format!("{at}/{n}")))
        }
        _ => (document != read).then(|| at.to_owned()),
    }
}
