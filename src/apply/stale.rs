//! Checks that a plan still holds on what a registry is now.

use std::collections::{BTreeMap, BTreeSet};

use super::context::RegistryRun;
use crate::live::lease::{Lease, leases_of};
use crate::live::{Egress, LiveRegistry, LiveSubnet, UnknownEgress};
use crate::model::{ErrorCode, Failure, FailureKind, Rule, Setting, SubnetId};
use crate::plan::{
    Basis, Change, Guards, Plan, Refusal, RefusalCode, RegistryPlan, first_addresses, judge,
};
use crate::spec::Ownership;

const REVIEW: &str = "run plan again and review the difference";
/// The next step of a command that plans by its flags alone.
const AGAIN: &str = "run the same command again: it starts from the current state";

/// Returns the reasons why the plan does not hold any more. A lease is in its way, or something that it rests on has changed,
/// or, where others share the lists, it would now do more than when it was made, such as leave no rule at all. Without a lease
/// there are none where nothing is left to do, as after an earlier apply of the same plan.
pub(crate) fn refusals(registry: &RegistryRun<'_>, live: &LiveRegistry) -> Vec<Refusal> {
    let (whole, plan) = (registry.run.plan, registry.plan);
    let mut refusals = Vec::new();
    for conflict in registry.lease_conflicts(live) {
        refusals.push(conflict.refusal());
    }
    if !refusals.is_empty() || is_as_planned(plan, live) {
        return refusals;
    }
    refusals = reasons(plan, live, &whole.guards);
    let moved = leases_since(plan, live);
    for refusal in &mut refusals {
        if !moved.is_empty() && refusal.is_stale() {
            name_leases(registry, live, &moved, refusal);
        }
        say_next_step(whole, refusal);
    }
    refusals
}

/// Returns the leases that were opened or closed since the plan was made, and true for one that is there now.
fn leases_since(plan: &RegistryPlan, live: &LiveRegistry) -> Vec<(Lease, bool)> {
    let now = leases_of(live);
    let mut moved = Vec::new();
    for lease in &now {
        if !plan.leases.contains(lease) {
            moved.push((lease.clone(), true));
        }
    }
    for lease in &plan.leases {
        if now.iter().all(|other| other.name != lease.name) {
            moved.push((lease.clone(), false));
        }
    }
    moved
}

/// Names the leases that came or went, and the ways on. A lease that is closed again leaves the state of the plan.
fn name_leases(
    registry: &RegistryRun<'_>,
    live: &LiveRegistry,
    moved: &[(Lease, bool)],
    refusal: &mut Refusal,
) {
    let mut ways = Vec::new();
    for (lease, is_there) in moved {
        let Lease { name, until, .. } = lease;
        refusal.message += &match is_there {
            true => format!("; the lease `{name}` was opened since, until {until}"),
            false => format!("; the lease `{name}` was closed since"),
        };
        if *is_there {
            let close = lease.close_command(&live.id, registry.run.options.service_flags);
            ways.push(format!(
                "let the job of `{name}` end, or close it: {close}; then run this again"
            ));
        }
    }
    // A plan that was made in this run has its reading at hand.
    let again = match registry.reading {
        None => {
            "plan again, and go on if the changes are the same: ringfence apply SPEC --plan FILE --rebase"
        }
        Some(_) => REVIEW,
    };
    ways.push(again.to_owned());
    refusal.help = Some(ways.join("; or "));
}

/// A command without a spec has no plan to review.
fn say_next_step(whole: &Plan, refusal: &mut Refusal) {
    if whole.specs.is_empty() {
        refusal.help = Some(AGAIN.to_owned());
    }
}

fn reasons(plan: &RegistryPlan, live: &LiveRegistry, guards: &Guards) -> Vec<Refusal> {
    let Moved { changed, hidden } = moved_settings(plan, live);
    if changed.is_empty() && hidden.is_empty() {
        let now = Basis {
            no_service_endpoints: plan.basis.no_service_endpoints,
            ..Basis::of(live)
        };
        let mut broken = judge(plan, &now, guards);
        // The flag of a guard does not help here: the reviewed plan did not break it.
        for refusal in &mut broken {
            refusal.message = format!("in the current state of the registry: {}", refusal.message);
            refusal.plan_again();
        }
        return broken;
    }
    let mut reasons = Vec::new();
    if !changed.is_empty() {
        let names = changed.join("`, `");
        reasons.push(format!(
            "`{names}` changed on the registry since the plan was made"
        ));
    }
    if !hidden.is_empty() {
        let (names, version) = (hidden.join("`, `"), &live.api_version);
        reasons.push(format!(
            "api-version `{version}` does not show `{names}`, which it rests on"
        ));
    }
    vec![refusal(&reasons.join("; "))]
}

impl Refusal {
    /// Returns true if the state that the plan rests on has changed.
    fn is_stale(&self) -> bool {
        self.code == RefusalCode::other(ErrorCode::StalePlan.as_str())
    }
}

fn refusal(reason: &str) -> Refusal {
    Refusal {
        code: RefusalCode::other(ErrorCode::StalePlan.as_str()),
        message: format!("the plan is stale: {reason}"),
        measured: None,
        limit: None,
        override_flag: None,
        help: Some(REVIEW.to_owned()),
    }
}

/// The state of a subnet that a plan rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PlannedSubnet {
    /// It existed, with its service endpoint on or off.
    Endpoint(bool),
    /// It existed, and the run turns its endpoint on: an earlier run of the same plan may have done so.
    TurnedOn,
    /// It did not exist, so no client came from there.
    Gone,
}

/// Returns the subnets that the plan rests on. Left out are those that could not be read, since the plan allows for both
/// states of their endpoint.
pub(crate) fn subnets(whole: &Plan, plan: &RegistryPlan) -> BTreeMap<SubnetId, PlannedSubnet> {
    let mut subnets = BTreeMap::new();
    for (text, was_on) in &plan.basis.subnets {
        let Ok(id) = SubnetId::parse(text) else { continue };
        let state = match was_on {
            Some(_) if run_turns_on(whole, plan, &id) => PlannedSubnet::TurnedOn,
            Some(was_on) => PlannedSubnet::Endpoint(*was_on),
            None if plan.basis.gone.contains(text) => PlannedSubnet::Gone,
            None => continue,
        };
        subnets.insert(id, state);
    }
    subnets
}

/// Returns true if this registry, or another one that is not refused, asks for the endpoint of the subnet.
fn run_turns_on(whole: &Plan, plan: &RegistryPlan, id: &SubnetId) -> bool {
    let mut others = whole.registries.iter();
    plan.changes.turns_on(id)
        || others.any(|other| other.refusals.is_empty() && other.changes.turns_on(id))
}

/// Refuses a plan that rests on something beside the registry that has changed.
pub(crate) fn changed(whole: &Plan, reasons: &[String]) -> Option<Refusal> {
    if reasons.is_empty() {
        return None;
    }
    let mut refusal = refusal(&reasons.join("; "));
    say_next_step(whole, &mut refusal);
    Some(refusal)
}

/// Says which of these subnets are not as they were, or cannot be read any more.
pub(crate) fn changed_subnets(
    planned: &BTreeMap<SubnetId, PlannedSubnet>,
    now: &BTreeMap<SubnetId, LiveSubnet>,
) -> Vec<String> {
    let mut reasons = Vec::new();
    for (id, was) in planned {
        reasons.extend(change_of_subnet(&id.short(), *was, &now[id]));
    }
    reasons
}

/// Says of which subnets the clients have other public addresses than the plan says, or addresses that cannot be read any more.
pub(crate) fn changed_egress(plan: &RegistryPlan, now: &BTreeMap<SubnetId, Egress>) -> Vec<String> {
    let mut reasons = Vec::new();
    for (id, now) in now {
        let Some(was) = plan.basis.egress.get(id.as_str()) else {
            continue;
        };
        let now = match now {
            Egress::Known(now) if now == was => continue,
            Egress::Known(now) => format!("are {}", first_addresses(now)),
            // Its message may have words that the service makes up per request.
            Egress::Unknown(UnknownEgress::Unreadable(failure)) => {
                format!("cannot be read now ({})", failure.code)
            }
            Egress::Unknown(reason) => format!("are not known now: {reason}"),
        };
        reasons.push(format!(
            "the public addresses of subnet `{}` were {} and {now}",
            id.short(),
            first_addresses(was)
        ));
    }
    reasons
}

/// Returns what has changed on a subnet since the plan was made.
fn change_of_subnet(name: &str, was: PlannedSubnet, now: &LiveSubnet) -> Option<String> {
    match (was, now) {
        (PlannedSubnet::Gone, LiveSubnet::Present(_)) => {
            Some(format!("subnet `{name}` did not exist and does now"))
        }
        (PlannedSubnet::Gone, LiveSubnet::Unreadable(failure)) => {
            let is_gone = failure.kind == FailureKind::NotFound;
            let reason = format!(
                "subnet `{name}` did not exist and now cannot be read ({})",
                failure.code
            );
            (!is_gone).then_some(reason)
        }
        (_, LiveSubnet::Unreadable(failure)) if failure.kind == FailureKind::NotFound => {
            Some(format!("subnet `{name}` existed and does not any more"))
        }
        (_, LiveSubnet::Unreadable(failure)) => {
            let code = &failure.code;
            Some(format!("subnet `{name}` could be read and now cannot ({code})"))
        }
        (PlannedSubnet::TurnedOn, LiveSubnet::Present(_)) => None,
        (PlannedSubnet::Endpoint(was_on), LiveSubnet::Present(subnet)) => {
            let (was, is) = if was_on { ("on", "off") } else { ("off", "on") };
            let reason = format!("the service endpoint of `{name}` was {was} and is {is}");
            (subnet.has_endpoint != was_on).then_some(reason)
        }
    }
}

/// Turns a refusal into a failure, for a run that has already written something.
pub(crate) fn failure(refusal: &Refusal) -> Failure {
    Failure {
        help: refusal.help.clone(),
        ..Failure::new(ErrorCode::StalePlan, refusal.message.clone())
    }
}

/// Returns true if the registry shows what the plan leaves behind, in all that the plan rests on. It does not matter who
/// wrote it.
pub(crate) fn is_as_planned(plan: &RegistryPlan, live: &LiveRegistry) -> bool {
    if plan.changes.settings.is_empty() || plan.basis.sku != live.sku {
        return false;
    }
    let after = plan.settings_after();
    for setting in Setting::ALL.iter().copied() {
        let matters = rests_on(plan, setting) || plan.change(setting).is_some();
        if matters && !after.agree(&live.settings, setting) {
            return false;
        }
    }
    true
}

/// The settings that a plan rests on and that are not as they were.
#[derive(Default)]
struct Moved {
    changed: Vec<&'static str>,
    /// Shown when the plan was made. The answer hides them now, so whether they changed is not known.
    hidden: Vec<&'static str>,
}

/// Returns the settings that the plan rests on and that changed since it was made, or are not shown any more. Under additive
/// ownership others may write the lists at any time, but for the rules that the spec lists, and a value that has become the
/// wanted one does no harm.
fn moved_settings(plan: &RegistryPlan, live: &LiveRegistry) -> Moved {
    let mut moved = Moved::default();
    // The tier decides which settings there are at all.
    if plan.basis.sku != live.sku {
        moved.changed.push("sku.name");
    }
    for setting in Setting::ALL.iter().copied() {
        let differs = !plan.basis.settings.agree(&live.settings, setting);
        let rests = rests_on(plan, setting) && !has_become_wanted(plan, setting, live);
        let lost = setting.is_list() && lost_listed_rule(plan, setting, live);
        if !differs || !(rests || lost) {
            continue;
        }
        let names = if live.settings.value(setting).is_none() {
            &mut moved.hidden
        } else {
            &mut moved.changed
        };
        names.push(setting.path());
    }
    moved
}

/// Returns true if the plan rests on this setting: it decides who gets in, or the plan changes it.
fn rests_on(plan: &RegistryPlan, setting: Setting) -> bool {
    match setting {
        // Rules that only add hold under either action, and the guards judge them again.
        Setting::DefaultAction => plan.ownership == Ownership::Exact || plan.managed.contains(&setting),
        Setting::PublicNetworkAccess => true,
        setting if setting.is_list() => plan.ownership == Ownership::Exact,
        _ => plan.change(setting).is_some(),
    }
}

/// Returns true if a rule that the spec lists was in a shared list and is gone: the plan does not add it.
fn lost_listed_rule(plan: &RegistryPlan, list: Setting, live: &LiveRegistry) -> bool {
    let Some(live) = live.settings.rules(list) else {
        return false;
    };
    let live: BTreeSet<&Rule> = live.iter().collect();
    let mut before = plan.basis.settings.rules(list).unwrap_or_default().iter();
    before.any(|rule| !live.contains(rule) && plan.listed.binary_search(rule).is_ok())
}

/// Returns true if someone else, with whom we share the registry, has already made this change.
fn has_become_wanted(plan: &RegistryPlan, setting: Setting, live: &LiveRegistry) -> bool {
    let wanted = plan.change(setting).and_then(Change::value);
    let (Some(wanted), Some(now)) = (wanted, live.settings.value(setting)) else {
        return false;
    };
    plan.ownership == Ownership::Additive && now.means(&wanted)
}
