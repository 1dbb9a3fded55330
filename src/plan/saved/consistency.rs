//! The check of a saved plan: planning must have been able to make it.

use serde_json::Value;

use super::change;
use crate::model::{Access, SERVICE_ENDPOINTS_PATH, Setting, unread_part};
use crate::plan::{ModeChange, Plan, RegistryPlan, Summary, access, steps};

impl Plan {
    /// Returns the first place where the document that this was read from says something else.
    pub(crate) fn unread(&self, document: &Value) -> Option<String> {
        let read = serde_json::to_value(self).expect("string keys and a value take anything");
        let at = unread_part(document, &read)?;
        Some(format!("`{at}` is not as plans have it"))
    }

    /// Returns the first part of the plan that does not follow from the rest of it.
    pub(crate) fn flaw(&self) -> Option<String> {
        // No checksum covers it, and people read it.
        if !is_time(&self.created) {
            return Some("its `created` is not a time such as 2026-11-21T08:00:00Z".to_owned());
        }
        if !self.registries.is_sorted_by(|a, b| a.id < b.id) {
            return Some("its registries are not sorted, or not each there once".to_owned());
        }
        // Look at each registry before the sums over all of them.
        for registry in &self.registries {
            if let Some(flaw) = registry.flaw() {
                return Some(flaw);
            }
        }
        if Summary::of(&self.registries, self.failures.len()) != self.summary {
            return Some("its summary does not add up".to_owned());
        }
        None
    }
}

impl RegistryPlan {
    /// Returns the first thing that the plan says about itself and that does not follow from its basis and its changes.
    /// The changes come first: nothing can follow from one that is wrong.
    fn flaw(&self) -> Option<String> {
        let id = &self.id;
        if !self.changes.settings.is_sorted_by(|a, b| a.path < b.path) {
            return Some(format!(
                "the changes of `{id}` are not sorted, or a setting is there twice"
            ));
        }
        if let Some(flaw) = self.flaw_of_changes() {
            return Some(flaw);
        }
        let (before, after) = access::sides(&self.basis, &self.changes, &self.switched);
        if self.steps != steps::steps(&self.changes, &self.basis.registrations, &before, &after) {
            return Some(format!("the steps of `{id}` are not those of its changes"));
        }
        if !self.access_fits_changes(&before, &after) {
            return Some(format!(
                "who gains and loses access to `{id}` is not what its changes do"
            ));
        }
        None
    }

    /// Returns what is wrong with the first change that planning could not have made.
    fn flaw_of_changes(&self) -> Option<String> {
        let id = &self.id;
        for change in &self.changes.settings {
            let path = change.path.path();
            if !self.managed.contains(&change.path) {
                return Some(format!("it changes `{path}` of `{id}`, which it does not manage"));
            }
            if let Err(flaw) = change::check(change, self) {
                return Some(format!("no plan changes `{path}` of `{id}` so: {flaw}"));
            }
        }
        // Endpoints follow the subnet rules, so they are managed with them.
        let endpoints = self.changes.endpoints.as_ref()?;
        if !self.managed.contains(&Setting::VirtualNetworkRules) {
            return Some(format!(
                "it changes `{SERVICE_ENDPOINTS_PATH}` of `{id}`, which it does not manage"
            ));
        }
        let flaw = change::check_endpoints(endpoints, self).err()?;
        Some(format!(
            "no plan changes `{SERVICE_ENDPOINTS_PATH}` of `{id}` so: {flaw}"
        ))
    }

    fn access_fits_changes(&self, before: &Access, after: &Access) -> bool {
        let mut access = access::compare(before, after, &self.changes);
        // A plan of an earlier version has no names.
        if !self.access.has_names() {
            (access.gains, access.loses) = (None, None);
        }
        self.mode == ModeChange::between(before, after) && self.access == access
    }
}

/// Returns true if the text is a time in the one form that plans have: RFC 3339, UTC, whole seconds.
fn is_time(text: &str) -> bool {
    let time = text.parse::<jiff::Timestamp>();
    time.is_ok_and(|time| time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string() == text)
}
