//! The service endpoints that a run leaves on: the undo writes no subnet.

use std::collections::{BTreeMap, BTreeSet};

use super::super::common;
use crate::apply::{Outcome, RegistryReport, Report};
use crate::model::{SubnetId, shell_word};
use crate::plan::StepAction;
use crate::render::{Paint, safe};

/// Names the subnets whose service endpoint the run turned on, or may have. Where no undo leads to a plan that names the
/// command that turns them off, the command is here.
pub(super) fn lines(report: &Report, paint: Paint) -> Vec<String> {
    let (mut undone, mut alone) = (BTreeSet::new(), BTreeMap::new());
    for registry in &report.registries {
        for (subnet, outcome) in turned_on(registry) {
            if registry.undo.is_some() {
                undone.insert(subnet);
            } else {
                *alone.entry(subnet).or_insert(false) |= *outcome == Outcome::Done;
            }
        }
    }
    let mut lines = Vec::new();
    if report.undo.is_some() && !undone.is_empty() {
        let line = format!(
            "  It leaves the service {} of {} as {} now.",
            if undone.len() == 1 {
                "endpoint"
            } else {
                "endpoints"
            },
            common::subnets(undone.iter().copied()),
            if undone.len() == 1 { "it is" } else { "they are" },
        );
        lines.extend(common::wrap(&line, 4, paint));
    }
    for (id, is_on) in alone {
        if undone.contains(id) {
            continue;
        }
        let line = format!(
            "The service endpoint of {} {}. To turn it off, name the endpoints that stay: az network vnet subnet \
             update --ids {} --service-endpoints [NAME …]",
            common::subnets([id]),
            if is_on { "stays on" } else { "may be on" },
            safe(&shell_word(id.as_str())),
        );
        lines.extend(common::wrap(&line, 4, paint));
    }
    lines
}

/// Returns the subnets whose endpoint was turned on for this registry, or may have been, with their outcomes. A write that
/// was refused, or that a read does not show, leaves nothing.
fn turned_on(registry: &RegistryReport) -> Vec<(&SubnetId, &Outcome)> {
    let mut subnets = Vec::new();
    for step in &registry.steps {
        if let StepAction::EnableServiceEndpoint { subnet } = &step.step
            && matches!(step.outcome, Outcome::Done | Outcome::Unknown { .. })
        {
            subnets.push((subnet, &step.outcome));
        }
    }
    subnets
}
