//! Whether a plan that comes from outside is one that planning could have made.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{
    Basis, Change, ModeChange, Plan, RegistryPlan, Rule, Setting, StepAction, access, summarise,
};
use crate::model::SubnetId;

impl Plan {
    /// What of the plan does not follow from the rest of it.
    pub(super) fn flaw(&self) -> Option<String> {
        if !self.registries.is_sorted_by(|a, b| a.id < b.id) {
            return Some("its registries are not sorted, or not each there once".to_owned());
        }
        if self.created.parse::<jiff::Timestamp>().is_err() {
            return Some("its `created` is no RFC 3339 time".to_owned());
        }
        let adds_up = summarise(&self.registries, self.failures.len()) == self.summary;
        let flaw = self.registries.iter().find_map(RegistryPlan::flaw);
        flaw.or((!adds_up).then(|| "its summary does not add up".to_owned()))
    }
}

impl RegistryPlan {
    /// What the plan says about itself that does not follow from its basis and its changes.
    fn flaw(&self) -> Option<String> {
        let id = &self.id;
        if self.names_a_setting_twice() {
            Some(format!("it changes a setting of `{id}` twice"))
        } else if !self.patch_fits_changes() || !self.preparations_fit_changes() {
            Some(format!("the steps of `{id}` are not those of its changes"))
        } else if self.changes.iter().any(|change| !starts_at(change, &self.basis)) {
            Some(format!("the changes of `{id}` do not start at what was read"))
        } else if !self.access_fits_changes() {
            Some(format!(
                "who gains and loses access to `{id}` is not what its changes do"
            ))
        } else {
            None
        }
    }

    fn names_a_setting_twice(&self) -> bool {
        let settings: BTreeSet<Setting> = self.changes.iter().map(|change| change.path).collect();
        settings.len() < self.changes.len()
    }

    /// Whether the PATCH carries every change of the registry, and there is one for nothing else.
    fn patch_fits_changes(&self) -> bool {
        let changes: Vec<Setting> = self
            .changes
            .iter()
            .map(|change| change.path)
            .filter(|path| *path != Setting::ServiceEndpoints)
            .collect();
        let patches = self.steps.iter().filter_map(|step| match &step.action {
            StepAction::PatchRegistry { settings } => Some(settings),
            StepAction::RegisterProvider { .. } | StepAction::EnableServiceEndpoint { .. } => None,
        });
        let wanted = if changes.is_empty() {
            Vec::new()
        } else {
            vec![&changes]
        };
        patches.collect::<Vec<_>>() == wanted
    }

    /// Whether just the subnets of the change gain the endpoint, and only subscriptions of new subnets are registered.
    fn preparations_fit_changes(&self) -> bool {
        let enabled = self.steps.iter().filter_map(|step| match &step.action {
            StepAction::EnableServiceEndpoint { subnet } => Some(subnet.clone()),
            StepAction::RegisterProvider { .. } | StepAction::PatchRegistry { .. } => None,
        });
        let new = self.added_subnets(Setting::VirtualNetworkRules);
        let foreign = self.steps.iter().any(|step| match &step.action {
            StepAction::RegisterProvider { subscription } => !new
                .iter()
                .any(|id| id.subscription().eq_ignore_ascii_case(subscription)),
            StepAction::EnableServiceEndpoint { .. } | StepAction::PatchRegistry { .. } => false,
        });
        enabled.collect::<BTreeSet<_>>() == self.added_subnets(Setting::ServiceEndpoints) && !foreign
    }

    fn added_subnets(&self, path: Setting) -> BTreeSet<SubnetId> {
        let added = self.change(path).map_or(&[][..], |change| &change.add);
        let id = |rule: &Rule| SubnetId::parse(&rule.value).ok();
        added.iter().filter_map(id).collect()
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

/// Whether the value that a change shows as the old one is what was read.
fn starts_at(change: &Change, basis: &Basis) -> bool {
    let read = match change.path {
        Setting::IpRules | Setting::VirtualNetworkRules | Setting::ServiceEndpoints => {
            return change.before.is_none() && change.after.is_none();
        }
        // `null` and `Allow` admit the same, but a plan says which it was.
        Setting::DefaultAction => json!(basis.default_action),
        path => basis.value(path),
    };
    let lists = [&change.add, &change.remove];
    change.before == Some(read)
        && change.after.as_ref().is_some_and(|after| *after != Value::Null)
        && lists.iter().all(|list| list.is_empty())
}
