//! Registries whose planned access rests on an endpoint that another registry of the run turns on. One that is not written after
//! all gets no rule for the subnet, and loses its clients once the endpoint is on (container-registry-vnet).

use std::collections::{BTreeMap, BTreeSet};

use super::context::{ReadAgain, Run};
use super::outcome::Outcome;
use super::registry_report::RegistryReport;
use crate::model::{Admitted, Client, RegistryId, Rule, Setting, SubnetId, admits_in_part, decide};
use crate::plan::{Plan, RegistryPlan, RowPath, StepAction};

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
            let is_missing = !plan.changes.turns_on(subnet) && switched.get(subnet) == Some(&false);
            if is_missing && decides(report, subnet) {
                report.not_switched.push(subnet.clone());
            }
        }
    }
}

/// Returns true if the planned access of a registry rests on the service endpoint of a subnet.
fn decides(report: &RegistryReport, subnet: &SubnetId) -> bool {
    let client = Client::Subnet(subnet.clone());
    report.picture.after.as_ref().is_none_or(|planned| {
        let answers = [true, false].map(|is_on| planned.with_endpoint(subnet, is_on));
        decide(&answers[0], &client).admitted != decide(&answers[1], &client).admitted
    })
}

/// Adds to the report of each registry that is not as wanted the subnets whose clients lose it, or may: a step has turned on
/// their endpoint, or may have.
pub(crate) fn tell_shut_out(plan: &Plan, reports: &mut [RegistryReport]) {
    let mut switched: BTreeMap<SubnetId, Admitted> = BTreeMap::new();
    for step in reports.iter().flat_map(|report| &report.steps) {
        let is_on = match &step.outcome {
            Outcome::Unknown { .. } => Admitted::Unknown,
            outcome if outcome.is_as_wanted() => Admitted::Yes,
            _ => continue,
        };
        if let Some(subnet) = step.step.subnet() {
            let known = switched.entry(subnet.clone()).or_insert(is_on);
            *known = (*known).max(is_on);
        }
    }
    // Most runs turn nothing on, and a fleet takes time.
    if switched.is_empty() {
        return;
    }
    for report in reports.iter_mut().filter(|report| !report.is_as_wanted()) {
        let Some(plan) = plan.registries.iter().find(|plan| plan.id == report.id) else {
            continue;
        };
        for subnet in plan.switched.iter().map(|switched| &switched.subnet) {
            let Some(is_on) = switched.get(subnet) else {
                continue;
            };
            match shut_out(plan, report, subnet).min(*is_on) {
                Admitted::Yes => report.shut_out.push(subnet.clone()),
                Admitted::Unknown => report.may_be_shut_out.push(subnet.clone()),
                Admitted::No => {}
            }
        }
    }
}

/// Returns `Yes` if clients of the subnet got in before the run and do not any more once its endpoint is on. Returns `Unknown`
/// if it is not known that they got in, or if that depends on a write whose end is not known.
fn shut_out(plan: &RegistryPlan, report: &RegistryReport, subnet: &SubnetId) -> Admitted {
    let before = &report.picture.before;
    let client = Client::Subnet(subnet.clone());
    // A part of the clients that got in is shut out as a whole.
    let got_in = match decide(before, &client).admitted {
        Admitted::Unknown if admits_in_part(before, &client) => Admitted::Yes,
        admitted => admitted,
    };
    if got_in == Admitted::No || is_listed(plan, report, subnet) {
        return Admitted::No;
    }
    let now = report.now.as_ref();
    let shown = now.and_then(|now| report.picture.clone().with_now(now).after);
    let now = shown.as_ref().unwrap_or(before);
    match decide(&now.with_endpoint(subnet, true), &client).admitted {
        Admitted::Yes => Admitted::No,
        Admitted::Unknown => Admitted::Unknown,
        // Without a read after a write that is given up, the rule may be there.
        Admitted::No if shown.is_none() && has_open_patch(report) => Admitted::Unknown,
        Admitted::No => got_in,
    }
}

/// Returns true if the change of the list was made after all, and it leaves a rule for the subnet.
fn is_listed(plan: &RegistryPlan, report: &RegistryReport, subnet: &SubnetId) -> bool {
    let list = Setting::VirtualNetworkRules;
    let rule = Rule::from(subnet.clone());
    let is_done = report
        .changes
        .iter()
        .any(|change| change.change.path() == RowPath::Setting(list) && change.outcome.is_as_wanted());
    is_done && plan.rules_after(list).contains(&rule)
}

/// Returns true if it is not known if the registry itself was written.
fn has_open_patch(report: &RegistryReport) -> bool {
    report.steps.iter().any(|step| {
        matches!(step.step, StepAction::PatchRegistry { .. })
            && matches!(step.outcome, Outcome::Unknown { .. })
    })
}

/// Returns the registries that count on an endpoint which another one counts on too. They are read before the first write, unless
/// the plan was made on what was read just now.
pub(crate) fn sharing<'a>(run: &Run<'a>) -> BTreeSet<&'a RegistryId> {
    let mut sharing = BTreeSet::new();
    if run.options.read_again == ReadAgain::Nothing {
        return sharing;
    }
    let on = turned_on_by(run.plan);
    let mut first: BTreeMap<&SubnetId, &RegistryId> = BTreeMap::new();
    let registries = run.plan.registries.iter();
    for plan in registries.filter(|plan| plan.refusals.is_empty()) {
        for subnet in counted_on(plan, &on) {
            let first = *first.entry(subnet).or_insert(&plan.id);
            if first != &plan.id {
                sharing.extend([first, &plan.id]);
            }
        }
    }
    sharing
}

/// Returns the registries of a plan that have no report yet.
pub(crate) fn without<'a>(reports: &[RegistryReport], plan: &'a Plan) -> Vec<&'a RegistryPlan> {
    let done: BTreeSet<&RegistryId> = reports.iter().map(|report| &report.id).collect();
    let mut left: Vec<&RegistryPlan> = plan.registries.iter().collect();
    left.retain(|plan| !done.contains(&plan.id));
    left
}

/// Returns the reports of the registries that are not written, because they turn on an endpoint that one of these counts on.
pub(crate) fn skipped(plan: &Plan, dropped: &[RegistryReport]) -> Vec<RegistryReport> {
    let on = turned_on_by(plan);
    let mut left = without(dropped, plan);
    let mut losing: BTreeMap<&SubnetId, &RegistryId> = BTreeMap::new();
    for registry in &plan.registries {
        if dropped.iter().any(|report| report.id == registry.id) {
            add(&mut losing, registry, &on);
        }
    }
    let mut reports = Vec::new();
    // A registry that is skipped may count on an endpoint that yet another one turns on.
    loop {
        let skipped = left.iter().position(|plan| turned_on(plan, &losing).is_some());
        let Some(plan) = skipped.map(|at| left.remove(at)) else {
            return reports;
        };
        if let Some((subnet, loser)) = turned_on(plan, &losing) {
            reports.push(RegistryReport::skipped(plan, &reason(subnet, loser)));
        }
        add(&mut losing, plan, &on);
    }
}

/// Adds the subnets that would lose a registry which is not written.
fn add<'a>(
    losing: &mut BTreeMap<&'a SubnetId, &'a RegistryId>,
    plan: &'a RegistryPlan,
    on: &BTreeSet<&'a SubnetId>,
) {
    for subnet in counted_on(plan, on) {
        losing.entry(subnet).or_insert(&plan.id);
    }
}

/// Returns the subnets whose endpoint a plan turns on.
fn turned_on_by(plan: &Plan) -> BTreeSet<&SubnetId> {
    let mut on = BTreeSet::new();
    for registry in plan.registries.iter().filter(|plan| plan.writes()) {
        if let Some(endpoints) = &registry.changes.endpoints {
            on.extend(endpoints.add.iter().filter_map(|listed| listed.rule.subnet()));
        }
    }
    on
}

/// Returns those of the subnets `on` that have a rule on the registry once the plan is applied. A rule that is there already
/// counts too: somebody may have taken it out since it was read.
fn counted_on<'a>(plan: &RegistryPlan, on: &BTreeSet<&'a SubnetId>) -> Vec<&'a SubnetId> {
    if on.is_empty() {
        return Vec::new();
    }
    let after = plan.rules_after(Setting::VirtualNetworkRules);
    let listed: BTreeSet<&SubnetId> = after.iter().filter_map(Rule::subnet).collect();
    on.iter().copied().filter(|id| listed.contains(id)).collect()
}

/// Returns the first of these subnets whose endpoint the plan turns on, with the registry that would lose its clients.
fn turned_on<'a>(
    plan: &RegistryPlan,
    losing: &BTreeMap<&'a SubnetId, &'a RegistryId>,
) -> Option<(&'a SubnetId, &'a RegistryId)> {
    let mut losing = losing.iter().map(|(subnet, loser)| (*subnet, *loser));
    losing.find(|(subnet, _)| plan.changes.turns_on(subnet))
}

fn reason(subnet: &SubnetId, loser: &RegistryId) -> String {
    format!(
        "it turns on the service endpoint of subnet {}, and `{}`, which is not written, would lose the clients of the subnet; \
         run plan again and review the difference",
        subnet.short(),
        loser.name(),
    )
}
