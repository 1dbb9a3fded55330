//! Planning: a pure function from what is wanted and what is live to what would change.
//!
//! Nothing here reads a clock, the network or the environment, and nothing here writes. The same inputs give
//! the same bytes.

mod access;
mod basis;
mod bypass;
mod check;
mod diff;
mod guard;
mod patch_body;
mod restore;
mod rules;
mod saved;
mod setting;
mod steps;
mod summary;
mod types;
mod undo;
mod verify;

use std::collections::BTreeSet;

pub use access::live_mode;
pub use basis::Basis;
pub use bypass::BypassClient;
pub use guard::{FailOn, Guard, Guards, OwnAddress, judge};
pub use patch_body::{Lists, patch_body};
pub use restore::restored;
pub use rules::canonical;
pub use saved::SavedPlanError;
pub use saved::checksum::checksum;
pub use setting::Setting;
pub use summary::Summary;
pub use types::{
    AccessChange, Action, BrokenExpectation, Change, Effect, FORMAT, ModeChange, Note, Plan, Refusal,
    RegistryFailure, RegistryPlan, Rule, Step, StepAction,
};
pub use undo::undo_guards;
pub use verify::{Deviation, Problem, deviations, gone, lacks};

use crate::live::{Live, Reading};
use crate::model::Cidr;
use crate::spec::{RegistrySpec, Spec};

/// Who decides what a plan may do, beside the spec itself.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// Guards that the caller has switched off.
    pub overrides: BTreeSet<Guard>,
    /// Kinds of change that are refused in this run, whatever the spec says.
    pub fail_on: BTreeSet<FailOn>,
    /// Addresses that must not lose access.
    pub protect: Vec<Cidr>,
    /// What the registries say about the address of this machine, where they were asked.
    pub own: Option<OwnAddress>,
    /// Opening in a hurry: rules that the api-version hides do not stop it.
    pub restore: bool,
    /// When the plan is made; RFC 3339, UTC.
    pub created: String,
}

impl Policy {
    /// What a plan keeps of it.
    pub fn guards(&self) -> Guards {
        let named = self.own.iter().flat_map(|own| &own.named);
        Guards {
            overrides: self.overrides.clone(),
            fail_on: self.fail_on.clone(),
            protect: self.protect.iter().chain(named).copied().collect(),
            probed: self.own.is_some(),
        }
    }
}

/// Compares every wanted registry with what was read of it.
pub fn diff(spec: &Spec, live: &Live, policy: &Policy) -> Plan {
    let mut registries = Vec::new();
    let mut failures = Vec::new();
    for wanted in &spec.registries {
        match live.registries.get(&wanted.id) {
            Some(Ok(reading)) => registries.push(plan_registry(wanted, reading, policy)),
            Some(Err(error)) => failures.push(RegistryFailure {
                id: wanted.id.clone(),
                error: error.clone(),
            }),
            None => {}
        }
    }
    let summary = summary::summarise(&registries, failures.len());
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

/// Plans one registry.
pub fn plan_registry(wanted: &RegistrySpec, reading: &Reading, policy: &Policy) -> RegistryPlan {
    let mut lists = rules::diff(wanted, &reading.registry);
    let changes = diff::changes(wanted, reading, &mut lists);
    let basis = diff::basis(reading);
    let before = access::of(&basis);
    let after = access::after(&before, &changes);
    let steps = steps::steps(&changes, &basis.registrations, &before);
    let mut plan = RegistryPlan {
        id: wanted.id.clone(),
        mode: ModeChange {
            before: before.mode().to_string(),
            after: after.mode().to_string(),
        },
        access: access::compare(&before, &after, &changes),
        notes: check::notes::notes(wanted, reading, &lists, &changes, &after, policy),
        basis,
        guardrails: wanted.guardrails,
        last_modified: reading.registry.last_modified.clone(),
        managed: diff::managed(wanted),
        ownership: wanted.ownership,
        ignore: wanted.ignore.iter().map(ToString::to_string).collect(),
        broken: guard::broken_expectations(wanted, &before),
        changes,
        steps,
        refusals: Vec::new(),
    };
    plan.refusals = check::preflight::refusals(wanted, reading, &plan, &after, policy);
    let broken = guard::refusals(wanted, &plan, &before, &after, policy);
    plan.refusals.extend(broken);
    plan
}
