//! Registries whose planned access rests on an endpoint that another registry of the run turns on.

use std::collections::BTreeMap;

use super::registry_report::RegistryReport;
use crate::model::SubnetId;
use crate::plan::Plan;

/// Adds to each report the subnets whose endpoint another registry was to turn on, and which no step shows as on.
pub(crate) fn tell_missing(plan: &Plan, reports: &mut [RegistryReport]) {
    let mut switched: BTreeMap<SubnetId, bool> = BTreeMap::new();
    for report in reports.iter() {
        for step in &report.steps {
            if let Some(subnet) = step.step.subnet() {
                *switched.entry(subnet.clone()).or_default() |= step.outcome.is_as_wanted();
            }
        }
    }
    for report in reports.iter_mut().filter(|report| report.is_as_wanted()) {
        let Some(plan) = plan.registries.iter().find(|plan| plan.id == report.id) else {
            continue;
        };
        for subnet in plan.switched.iter().map(|switched| &switched.subnet) {
            if !plan.changes.turns_on(subnet) && switched.get(subnet) == Some(&false) {
                report.not_switched.push(subnet.clone());
            }
        }
    }
}
