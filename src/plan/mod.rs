//! Planning: a pure function from what is wanted and what is live to what would change.
//!
//! Nothing here reads a clock, the network or the environment, and nothing here writes. The same inputs give
//! the same bytes.

mod access;
mod basis;
mod changes;
mod check;
mod diff;
mod effective;
mod guard;
mod impact;
mod leased;
mod left;
mod patch_body;
mod policy;
mod refusal_code;
mod restorable;
mod rules;
mod saved;
mod steps;
mod switched;
mod types;
mod verify;

pub use access::live_mode;
pub use access::picture::{AccessPicture, PrivateEndpoints};
pub use access::types::{AccessChange, Direction, UncertainClients};
pub(crate) use access::wanted::{WantedAccess, may_be_admitted};
pub use access::who::{ClientList, ClientRange, ClientSubnet, Who};
pub(crate) use access::{access_as_read, live_mode_name};
pub use basis::Basis;
pub use changes::{Action, AnyChange, Change, ChangeCount, Changes, EndpointsChange};
pub use check::{CHECKS, Check, CheckKind};
pub use effective::{Expected, MachineAddress, Seen, Unobservable};
pub use guard::judge;
pub use impact::impacts_of_deny;
pub use leased::lease_conflicts;
pub use left::undo::undo_guards;
pub use left::{LEFT_FORMAT, LeftState, LeftStates};
pub use patch_body::{Lists, patch_body, patch_body_with_rules};
pub use policy::{FailOn, Guard, Guards, OwnAddress, Policy};
pub use refusal_code::RefusalCode;
pub use saved::SavedPlanError;
pub use saved::checksum::checksum;
pub(crate) use switched::first_addresses;
pub use types::expectation::{Answer, BrokenExpectation};
pub use types::impact::{CallerImpact, Impact};
pub use types::lease_conflict::{LeaseConflict, LeasePart};
pub use types::refusal::{Note, Refusal};
pub use types::row_path::RowPath;
pub use types::step::{Step, StepAction, SwitchedSubnet};
pub use types::{FORMAT, ModeChange, Plan, RegistryFailure, RegistryPlan, Summary, UnseenSetting};
pub use verify::{Deviation, Problem, cut_leases, deviations, gone, is_there, lacks};

use std::collections::BTreeSet;

use crate::live::{Live, Reading};
use crate::model::{Access, RegistryId, Setting, Settings};
use crate::spec::{KnownNames, RegistrySpec, ServiceEndpoints, Spec};
use rules::LeftAlone;
use switched::RunSwitches;
use switched::left_out::{self, LeftOut};

/// Compares every wanted registry with what was read of it.
pub fn diff(spec: &Spec, live: &Live, policy: &Policy) -> Plan {
    // A fleet has ten thousand plans. A list that grows would take twice their room.
    let mut registries = Vec::with_capacity(live.registries.len());
    let mut failures = Vec::new();
    // An endpoint that is turned on for one registry changes the answers of all of them.
    let switching = refused_alone(spec, live, policy, Judged::Switching);
    let switched = switched::of_run(spec, live, &switching);
    // What a run turns on matters to the registries that it does not write.
    let refused = match switched.sure.is_empty() {
        true => BTreeSet::new(),
        false => refused_alone(spec, live, policy, Judged::All),
    };
    let run = RunFacts {
        switched,
        names: &spec.names,
        left_out: left_out::of_run(spec, live, &refused),
    };
    for wanted in &spec.registries {
        // A registry that was not asked for has no entry, as with `--only`.
        match live.registries.get(&wanted.id) {
            Some(Ok(reading)) => registries.push(plan_in_run(wanted, reading, policy, &run)),
            Some(Err(error)) => failures.push(RegistryFailure {
                id: wanted.id.clone(),
                source: wanted.source.clone(),
                error: error.clone(),
            }),
            None => {}
        }
    }
    let summary = Summary::of(&registries, failures.len());
    let plan = Plan {
        format: FORMAT.to_owned(),
        checksum: String::new(),
        created: policy.created.clone(),
        specs: spec.files.clone(),
        spec: spec.part.clone(),
        guards: policy.guards(),
        registries,
        failures,
        impacts: Vec::new(),
        summary,
    };
    saved::checksum::seal(plan)
}

/// The registries of a run that are judged one by one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Judged {
    /// Those that want an endpoint turned on.
    Switching,
    /// Those that want any subnet.
    All,
}

/// Returns those of the registries that are not written, because Azure or the calendar refuses. A broken guard stops the
/// whole run.
fn refused_alone<'a>(
    spec: &'a Spec,
    live: &Live,
    policy: &Policy,
    judged: Judged,
) -> BTreeSet<&'a RegistryId> {
    let mut refused = BTreeSet::new();
    for wanted in &spec.registries {
        let Some(Ok(reading)) = live.registries.get(&wanted.id) else {
            continue;
        };
        // Most registries turn nothing on, and need no second plan.
        let is_asked = match judged {
            Judged::Switching => diff::endpoints(wanted, reading).is_some(),
            Judged::All => wanted.settings.manages(Setting::VirtualNetworkRules),
        };
        if !is_asked {
            continue;
        }
        let plan = plan_registry(wanted, reading, policy);
        if plan
            .refusals
            .iter()
            .any(|refusal| refusal.override_flag.is_none())
        {
            refused.insert(&wanted.id);
        }
    }
    refused
}

/// Plans one registry alone.
pub fn plan_registry(wanted: &RegistrySpec, reading: &Reading, policy: &Policy) -> RegistryPlan {
    let run = RunFacts {
        switched: RunSwitches::default(),
        names: &KnownNames::default(),
        left_out: Vec::new(),
    };
    plan_in_run(wanted, reading, policy, &run)
}

/// The facts about a run that the plan of each of its registries needs.
struct RunFacts<'a> {
    switched: RunSwitches,
    /// The names of all files.
    names: &'a KnownNames,
    /// The registries of the files that are not written.
    left_out: Vec<LeftOut<'a>>,
}

/// Plans one registry of a run.
fn plan_in_run(
    wanted: &RegistrySpec,
    reading: &Reading,
    policy: &Policy,
    run: &RunFacts<'_>,
) -> RegistryPlan {
    let wanted = &*restorable::restorable(wanted, reading, policy);
    let mut plan = judged(wanted, reading, policy, run);
    // The calendar must not stop other registries, as a broken guard does.
    if plan.breaks_guard() && !wanted.expired.is_empty() {
        let unexpired = judged(&wanted.before_expiry(), reading, policy, run);
        plan.keep_expiry_to_itself(&unexpired);
    }
    plan
}

/// The two sides of a plan, which notes and refusals look at.
struct Sides {
    before: Access,
    after: Access,
    /// The settings once the changes are made.
    settings_after: Settings,
    left_alone: Vec<LeftAlone>,
    expected: guard::ExpectedSubnets,
}

/// Plans one registry and judges the plan.
fn judged(
    wanted: &RegistrySpec,
    reading: &Reading,
    policy: &Policy,
    run: &RunFacts<'_>,
) -> RegistryPlan {
    let (mut plan, sides) = compared(wanted, reading, policy, run);
    let sure = &run.switched.sure;
    let losses = left_out::losses(&run.left_out, &plan.id, &plan.switched, sure);
    // Notes and refusals look at the plan as it is so far. Azure's refusals come before the guards'.
    let input = check::CheckInput {
        wanted,
        reading,
        changes: &plan.changes,
        switched: &plan.switched,
        turned_on: sure,
        left_out: &losses,
        before: &sides.before,
        left_alone: &sides.left_alone,
        settings_after: &sides.settings_after,
        after: &sides.after,
        opens: wanted.restore_hints.opens,
        held_by_lease: &plan.held_by_lease,
    };
    let notes = check::notes(&input);
    let mut refusals = check::refusals(&input);
    refusals.extend(guard::refusals(
        wanted,
        &plan,
        &sides.before,
        &sides.after,
        &sides.expected,
        policy,
    ));
    let gains = left_out::gains(&run.left_out, &plan.id, &plan.switched, sure);
    refusals.extend(guard::left_out(&losses, &gains, policy));
    plan.notes = notes;
    plan.refusals = refusals;
    plan
}

/// Compares one registry, and works out the access on both sides. The plan has no notes and no refusals yet.
fn compared(
    wanted: &RegistrySpec,
    reading: &Reading,
    policy: &Policy,
    run: &RunFacts<'_>,
) -> (RegistryPlan, Sides) {
    let (mut changes, left_alone) = diff::changes(wanted, reading, policy);
    changes.name_removed(run.names);
    let basis = Basis::of_reading(reading);
    let settings_after = access::settings_after(&basis.settings, &changes.settings);
    let switched = switched::of_registry(&run.switched, wanted, &basis, &settings_after, &changes);
    let (before, after) = access::sides_with(&basis, &settings_after, &changes, &switched);
    let expected = guard::ExpectedSubnets::of(wanted, reading, &switched);
    let mut plan = RegistryPlan {
        id: wanted.id.clone(),
        source: wanted.source.clone(),
        mode: ModeChange::between(&before, &after),
        access: access::compare(&before, &after, &changes),
        steps: steps::steps(&changes, &basis.registrations, &before, &after),
        basis,
        guardrails: wanted.guardrails,
        protect: wanted.protect,
        last_modified: reading.registry.last_modified.clone(),
        managed: wanted.settings.managed().collect(),
        ownership: wanted.ownership,
        held_by_lease: leased::in_the_way(wanted, &reading.registry, &changes, &policy.service_flags),
        leases: leased::known(wanted, &reading.registry),
        ignore: wanted.ignore.clone(),
        leased: wanted.leased.keys().cloned().collect(),
        listed: rules::live_already(wanted, &reading.registry.settings),
        broken: Vec::new(),
        gone: check::gone_subnets(wanted, reading),
        unparsed: rules::unparsed(&left_alone),
        unseen: diff::unseen(wanted, &reading.registry),
        assumes_endpoints: wanted.service_endpoints == ServiceEndpoints::Assume,
        may_leave_out: restorable::unread(wanted, reading),
        changes,
        switched,
        notes: Vec::new(),
        refusals: Vec::new(),
    };
    let lasting = access::lasting_sides(&plan, &plan.basis).map(|(before, _)| before);
    let judged = guard::JudgedAccess::new(&expected, &before, lasting.as_ref(), &plan.leases);
    plan.broken = guard::broken_expectations(wanted, &judged);
    let sides = Sides {
        before,
        after,
        settings_after,
        left_alone,
        expected,
    };
    (plan, sides)
}
