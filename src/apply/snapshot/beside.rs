//! Writes of a run that no snapshot restores: service endpoints of subnets and registrations of the provider, for
//! registries that the run did not write themselves.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::apply::outcome::Outcome;
use crate::apply::registry_report::RegistryReport;
use crate::model::{Rule, Setting, SubnetId, shell_word};
use crate::plan::{Plan, RegistryPlan, RowPath, StepAction};

/// Name of the file with these writes, in the folder of a run that kept no snapshot. Its ending keeps it apart from
/// snapshots.
pub(crate) const BESIDE_FILE: &str = "run.beside";

/// Registries that a text names; more are counted.
const MOST_NAMED: usize = 5;

/// Writes of a run for registries that it did not write themselves. No snapshot restores them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Beside {
    /// Service endpoints that the run turned on, or may have.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub endpoints: Vec<LeftEndpoint>,
    /// Subscriptions in which the run registered `Microsoft.ContainerRegistry`, or may have.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub registrations: Vec<String>,
}

/// A service endpoint that a run leaves on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LeftEndpoint {
    #[schemars(with = "String")]
    pub subnet: SubnetId,
    /// True if it is on. False if that is not known.
    pub on: bool,
    /// Names of the registries of the run that have a rule for the subnet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub listed_by: Vec<String>,
}

impl Beside {
    /// Collects the writes of a run. An endpoint that a registry with an undo needed too is left to that undo.
    pub(crate) fn of(plan: &Plan, registries: &[RegistryReport]) -> Self {
        let (mut undone, mut alone) = (BTreeSet::new(), BTreeMap::new());
        let mut registrations = BTreeSet::new();
        for registry in registries {
            let has_undo = registry.undo.is_some();
            for report in &registry.steps {
                // A write that was refused, or that a read does not show, leaves nothing.
                let is_on = match report.outcome {
                    Outcome::Done => true,
                    Outcome::Unknown { .. } => false,
                    _ => continue,
                };
                match &report.step {
                    StepAction::EnableServiceEndpoint { subnet } if has_undo => {
                        undone.insert(subnet);
                    }
                    StepAction::EnableServiceEndpoint { subnet } => {
                        *alone.entry(subnet).or_insert(false) |= is_on;
                    }
                    StepAction::RegisterProvider { subscription } if !has_undo => {
                        registrations.insert(subscription.clone());
                    }
                    _ => {}
                }
            }
        }
        let mut endpoints = Vec::new();
        for (subnet, on) in alone {
            if !undone.contains(subnet) {
                endpoints.push(LeftEndpoint {
                    subnet: subnet.clone(),
                    on,
                    listed_by: listed_by(plan, registries, subnet),
                });
            }
        }
        Self {
            endpoints,
            registrations: registrations.into_iter().collect(),
        }
    }

    /// Returns true if there is none.
    pub fn is_empty(&self) -> bool {
        self.endpoints.is_empty() && self.registrations.is_empty()
    }

    /// Adds the writes of another run. A subnet that both name is there once, with the registries of both that list it.
    pub(crate) fn add(&mut self, other: Self) {
        let mut endpoints: BTreeMap<SubnetId, LeftEndpoint> = BTreeMap::new();
        for endpoint in std::mem::take(&mut self.endpoints)
            .into_iter()
            .chain(other.endpoints)
        {
            match endpoints.entry(endpoint.subnet.clone()) {
                Entry::Vacant(place) => drop(place.insert(endpoint)),
                Entry::Occupied(mut known) => known.get_mut().add(endpoint),
            }
        }
        self.endpoints = endpoints.into_values().collect();
        self.registrations.extend(other.registrations);
        self.registrations.sort();
        self.registrations.dedup();
    }

    /// Says what the run did, after "it".
    pub(crate) fn in_words(&self) -> String {
        let mut parts = Vec::new();
        for LeftEndpoint { subnet, on, .. } in &self.endpoints {
            let verb = if *on { "turned on" } else { "may have turned on" };
            parts.push(format!("{verb} the service endpoint of `{}`", subnet.short()));
        }
        for subscription in &self.registrations {
            parts.push(format!(
                "registered the provider in subscription `{subscription}`, or may have"
            ));
        }
        parts.join("; ")
    }
}

impl LeftEndpoint {
    /// Adds what another run knows of the endpoint.
    fn add(&mut self, other: Self) {
        self.on |= other.on;
        self.listed_by.extend(other.listed_by);
        self.listed_by.sort();
        self.listed_by.dedup();
    }

    /// Returns the command that turns the endpoint off, or `None` while a registry of the run lists the subnet: its clients
    /// would lose access.
    pub(crate) fn turn_off(&self) -> Option<String> {
        self.listed_by.is_empty().then(|| {
            format!(
                "az network vnet subnet update --ids {} --service-endpoints [NAME …]",
                shell_word(self.subnet.as_str())
            )
        })
    }

    /// Says which registries list the subnet: `contoso, fabrikam and 2 more list the subnet`.
    pub(crate) fn listing(&self) -> String {
        let shown = self.listed_by.len().min(MOST_NAMED);
        let names = self.listed_by[..shown].join(", ");
        match self.listed_by.len() - shown {
            0 if shown == 1 => format!("{names} lists the subnet"),
            0 => format!("{names} list the subnet"),
            more => format!("{names} and {more} more list the subnet"),
        }
    }
}

/// Returns the names of the registries that have a rule for the subnet after the run, or may have.
fn listed_by(plan: &Plan, registries: &[RegistryReport], subnet: &SubnetId) -> Vec<String> {
    let mut names = Vec::new();
    for plan in &plan.registries {
        let mut reports = registries.iter();
        if let Some(report) = reports.find(|report| report.id == plan.id)
            && lists(plan, report, subnet)
        {
            names.push(plan.id.name().to_owned());
        }
    }
    names
}

fn lists(plan: &RegistryPlan, report: &RegistryReport, subnet: &SubnetId) -> bool {
    let list = Setting::VirtualNetworkRules;
    if let Some(now) = &report.now {
        return has_rule(now.settings.rules(list).unwrap_or_default(), subnet);
    }
    // Without a read after the write, both states count that the registry may have.
    let mut changes = report.changes.iter();
    let may_be_written = changes.any(|change| {
        change.change.path() == RowPath::Setting(list)
            && (change.outcome.is_as_wanted() || matches!(change.outcome, Outcome::Unknown { .. }))
    });
    has_rule(plan.basis.settings.rules(list).unwrap_or_default(), subnet)
        || (may_be_written && has_rule(&plan.rules_after(list), subnet))
}

fn has_rule(rules: &[Rule], subnet: &SubnetId) -> bool {
    rules.iter().any(|rule| rule.subnet() == Some(subnet))
}
