//! The service endpoints that a run leaves on: the undo writes no subnet.

use std::collections::BTreeSet;

use super::super::common;
use crate::apply::{LeftEndpoint, Outcome, RegistryReport, Report};
use crate::model::SubnetId;
use crate::plan::StepAction;
use crate::render::{Paint, safe};

/// Names the subnets whose service endpoint the run turned on, or may have. Where no undo leads to a plan that names the
/// command that turns them off, the command is here, unless a registry of the run lists the subnet.
pub(super) fn lines(report: &Report, paint: Paint) -> Vec<String> {
    let mut undone = BTreeSet::new();
    for registry in report
        .registries
        .iter()
        .filter(|registry| registry.undo.is_some())
    {
        undone.extend(turned_on(registry));
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
    for endpoint in &report.beside.endpoints {
        lines.extend(common::wrap(&left(endpoint), 4, paint));
    }
    lines
}

fn left(endpoint: &LeftEndpoint) -> String {
    let next = match endpoint.turn_off() {
        Some(command) => format!(
            ". To turn it off, name the endpoints that stay: {}",
            safe(&command)
        ),
        None => format!(": {}.", safe(&endpoint.listing())),
    };
    format!(
        "The service endpoint of {} {}{next}",
        common::subnets([&endpoint.subnet]),
        if endpoint.on { "stays on" } else { "may be on" },
    )
}

/// Returns the subnets whose endpoint was turned on for this registry, or may have been. A write that was refused, or that
/// a read does not show, leaves nothing.
fn turned_on(registry: &RegistryReport) -> Vec<&SubnetId> {
    let mut subnets = Vec::new();
    for step in &registry.steps {
        if let StepAction::EnableServiceEndpoint { subnet } = &step.step
            && matches!(step.outcome, Outcome::Done | Outcome::Unknown { .. })
        {
            subnets.push(subnet);
        }
    }
    subnets
}
