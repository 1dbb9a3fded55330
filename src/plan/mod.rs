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
mod left;
mod patch_body;
mod policy;
mod refusal_code;
mod rules;
mod saved;
mod steps;
mod switched;
mod types;
mod undo;
mod verify;

pub use access::live_mode;
pub use access::types::{AccessChange, Direction, UncertainClients};
pub use access::who::{ClientList, ClientRange, ClientSubnet, Who};
pub use basis::Basis;
pub use changes::{Action, AnyChange, Change, ChangeCount, Changes, EndpointsChange, RowPath};
pub use check::{CHECKS, Check, CheckKind};
pub use effective::{Expected, Unobservable};
pub use guard::judge;
pub use left::{LEFT_FORMAT, LeftState, LeftStates};
pub use patch_body::{Lists, patch_body};
pub use policy::{FailOn, Guard, Guards, OwnAddress, Policy};
pub use refusal_code::RefusalCode;
pub use saved::SavedPlanError;
pub use saved::checksum::checksum;
pub use types::SwitchedSubnet;
pub use types::{
    Answer, BrokenExpectation, FORMAT, ModeChange, Note, Plan, Refusal, RegistryFailure, RegistryPlan,
    Step, StepAction, Summary, UnseenSetting,
};
pub use undo::undo_guards;
pub use verify::{Deviation, Problem, deviations, gone, lacks};

use std::collections::BTreeMap;

use crate::live::{Live, Reading};
use crate::model::SubnetId;
use crate::spec::{KnownNames, RegistrySpec, Spec};

/// Compares every wanted registry with what was read of it.
pub fn diff(spec: &Spec, live: &Live, policy: &Policy) -> Plan {
    let mut registries = Vec::new();
    let mut failures = Vec::new();
    // An endpoint that is turned on for one registry changes the answers of all of them.
    let run = RunFacts {
        switched: switched::of_run(spec, live),
        names: &spec.names,
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
        guards: policy.guards(),
        registries,
        failures,
        summary,
    };
    saved::checksum::seal(plan)
}

/// Plans one registry alone.
pub fn plan_registry(wanted: &RegistrySpec, reading: &Reading, policy: &Policy) -> RegistryPlan {
    let run = RunFacts {
        switched: BTreeMap::new(),
        names: &KnownNames::default(),
    };
    plan_in_run(wanted, reading, policy, &run)
}

/// The facts about a run that the plan of each of its registries needs.
struct RunFacts<'a> {
    /// Subnets whose service endpoint the run turns on.
    switched: BTreeMap<SubnetId, SwitchedSubnet>,
    /// The names of all files.
    names: &'a KnownNames,
}

/// Plans one registry of a run.
fn plan_in_run(
    wanted: &RegistrySpec,
    reading: &Reading,
    policy: &Policy,
    run: &RunFacts<'_>,
) -> RegistryPlan {
    let mut plan = judged(wanted, reading, policy, run);
    // The calendar must not stop other registries, as a broken guard does.
    if plan.breaks_guard() && !wanted.expired.is_empty() {
        let unexpired = judged(&wanted.before_expiry(), reading, policy, run);
        plan.keep_expiry_to_itself(&unexpired);
    }
    plan
}

/// Plans one registry and judges the plan.
fn judged(
    wanted: &RegistrySpec,
    reading: &Reading,
    policy: &Policy,
    run: &RunFacts<'_>,
) -> RegistryPlan {
    // Compare, and work out the access on both sides.
    let (mut changes, left_alone) = diff::changes(wanted, reading, policy);
    changes.name_removed(run.names);
    let basis = Basis::of_reading(reading);
    let settings_after = access::settings_after(&basis.settings, &changes.settings);
    let switched = switched::of_registry(&run.switched, &basis, &settings_after, &changes);
    let (before, after) = access::sides_with(&basis, &settings_after, &changes, &switched);
    let steps = steps::steps(&changes, &basis.registrations, &before, &after);
    let mut plan = RegistryPlan {
        id: wanted.id.clone(),
        source: wanted.source.clone(),
        mode: ModeChange::between(&before, &after),
        access: access::compare(&before, &after, &changes),
        basis,
        guardrails: wanted.guardrails,
        protect: wanted.protect,
        last_modified: reading.registry.last_modified.clone(),
        managed: wanted.settings.managed().collect(),
        ownership: wanted.ownership,
        ignore: wanted.ignore.clone(),
        listed: rules::live_already(wanted, &reading.registry.settings),
        broken: guard::broken_expectations(wanted, &before),
        gone: check::gone_subnets(wanted, reading),
        unparsed: rules::unparsed(&left_alone),
        unseen: diff::unseen(wanted, &reading.registry),
        changes,
        switched,
        steps,
        notes: Vec::new(),
        refusals: Vec::new(),
    };
    // Notes and refusals look at the plan as it is so far. Azure's refusals come before the guards'.
    let input = check::CheckInput {
        wanted,
        reading,
        changes: &plan.changes,
        switched: &plan.switched,
        before: &before,
        left_alone: &left_alone,
        settings_after: &settings_after,
        after: &after,
        opens: wanted.restore_hints.opens,
    };
    let notes = check::notes(&input);
    let mut refusals = check::refusals(&input);
    refusals.extend(guard::refusals(wanted, &plan, &before, &after, policy));
    plan.notes = notes;
    plan.refusals = refusals;
    plan
}
