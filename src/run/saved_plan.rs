//! Plans that come back from a file, for `apply --plan`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use jiff::civil::Date;

use super::document_file::read_document;
use super::options::PlanOptions;
use super::session::Planning;
use crate::error::{Error, RunRefusal};
use crate::model::Setting;
use crate::plan::Plan;
use crate::spec::{RegistrySpec, ServiceEndpoints, Spec};

/// Most registries that a help names.
const MOST_NAMED: usize = 5;

/// A plan that was saved and reviewed, and its file.
pub(crate) struct SavedPlan {
    file: PathBuf,
    plan: Plan,
}

impl SavedPlan {
    /// Refuses flags that a saved plan cannot follow. A closer look takes planning again, and an override takes a
    /// review.
    pub(crate) fn check_flags(options: &PlanOptions, rebase: bool) -> Result<(), Error> {
        if !options.overrides.is_empty() {
            return Err(Error::usage(
                "a saved plan takes no --override: its reviewer must see which guards it overrides",
                "give it to `ringfence plan SPEC --override GUARD -o json=FILE` and apply that; --rebase keeps it",
            ));
        }
        if !options.only_change.is_empty() {
            return Err(Error::usage(
                "a saved plan takes no --only-change: its reviewer must see which clients it is about",
                "give it to `ringfence plan SPEC --only-change RULE -o json=FILE` and apply that; --rebase keeps it",
            ));
        }
        if !rebase && !options.given_flags().is_empty() {
            return Err(Error::usage(
                "a saved plan is applied as it was judged: --fail-on, --protect and --verify-endpoints change nothing",
                "give them to `plan`, or plan again with SPEC --plan FILE --rebase",
            ));
        }
        Ok(())
    }

    /// Reads what `plan -o json=FILE` wrote.
    pub(crate) fn read(file: &Path) -> Result<Self, Error> {
        let text = read_document(
            file,
            "check the path; to make such a file: ringfence plan SPEC -o json=FILE",
        )?;
        match Plan::from_json(&text) {
            Ok(plan) => Ok(Self {
                file: file.to_owned(),
                plan,
            }),
            Err(source) => {
                let file = file.to_owned();
                Err(RunRefusal::UnusablePlan { file, source }.into())
            }
        }
    }

    /// Refuses a spec that does not have just the registries of the plan.
    pub(crate) fn check_registries(&self, spec: &Spec) -> Result<(), Error> {
        // Registries that could not be read are part of the plan too.
        let mut planned = BTreeSet::new();
        planned.extend(self.plan.registries.iter().map(|registry| &registry.id));
        planned.extend(self.plan.failures.iter().map(|failure| &failure.id));
        let chosen: BTreeSet<_> = spec.registries.iter().map(|registry| &registry.id).collect();
        if planned == chosen {
            return Ok(());
        }
        let mut all = chosen;
        all.extend(spec.left_out.iter().map(|registry| &registry.id));
        let mut names = Vec::new();
        if planned.is_subset(&all) {
            names.extend(planned.iter().map(|id| id.name().to_owned()));
        }
        Err(RunRefusal::RegistriesDiffer {
            file: self.file.clone(),
            help: same_choice(&names, all.len()),
        }
        .into())
    }

    /// Returns a spec that names the registries of the plan and the subnets that it needs, for the sandbox.
    pub(crate) fn registries(&self) -> Spec {
        let mut registries = Vec::new();
        for registry in &self.plan.registries {
            let mut spec = RegistrySpec::unmanaged(registry.id.clone());
            let subnets = registry.changes.added(Setting::VirtualNetworkRules);
            spec.settings
                .want_unsourced(Setting::VirtualNetworkRules, subnets.to_vec());
            // A plan that turns no endpoint on has found them on.
            if registry.changes.endpoints.is_none() {
                spec.service_endpoints = ServiceEndpoints::Assume;
            }
            registries.push(spec);
        }
        Spec {
            files: self.plan.specs.clone(),
            registries,
            ..Spec::default()
        }
    }

    /// Returns the inputs for planning again: those of the saved plan, and the flags of this run.
    pub(crate) fn planning(&self, options: &PlanOptions) -> Planning {
        let mut planning = Planning::with(options);
        // The flags of this run can add to the reviewed ones, and remove none.
        let guards = &self.plan.guards;
        planning.policy.overrides.extend(&guards.overrides);
        planning.policy.fail_on.extend(&guards.fail_on);
        planning.policy.protect.extend(&guards.protect);
        planning.policy.only_change.clone_from(&guards.only_change);
        planning.probe |= guards.probed;
        planning.read.all_subnets |= self.plan.verified_endpoints();
        planning
    }

    /// Adds the refusals of the saved plan to the new one: planning again overrides no guard.
    pub(crate) fn carry_refusals_into(&self, plan: Plan) -> Plan {
        with_saved_plan_help(plan.keeping_refusals(&self.plan))
    }

    /// Returns the reason why a new plan cannot take the place of this one: it has other changes, or was judged by
    /// other terms.
    pub(crate) fn difference(&self, plan: &Plan) -> Option<RunRefusal> {
        let file = self.file.clone();
        // Changes come first: they are what was reviewed.
        let registries = plan.differs_from(&self.plan);
        if !registries.is_empty() {
            return Some(RunRefusal::ChangesDiffer { file, registries });
        }
        let terms = plan.other_terms(&self.plan);
        if !terms.is_empty() {
            return Some(RunRefusal::TermsDiffer { file, terms });
        }
        None
    }

    /// Returns the plan as it is applied on this day.
    pub(crate) fn into_plan(self, today: Date) -> Plan {
        with_saved_plan_help(self.plan).refusing_expired(today)
    }
}

/// Names the flags that choose the registries of a saved plan. `planned` is empty if the spec does not have all of them.
fn same_choice(planned: &[String], all: usize) -> String {
    if planned.is_empty() {
        return "make it again: ringfence plan SPEC -o json=FILE".to_owned();
    }
    if planned.len() == all {
        return "the plan is of all registries of the spec: leave out --only, --except and --shard"
            .to_owned();
    }
    if planned.len() > MOST_NAMED {
        let count = planned.len();
        return format!(
            "the plan is of {count} of the {all} registries of the spec: give the --only, --except or --shard that it was \
             made with"
        );
    }
    let mut flags = String::new();
    for name in planned {
        flags += &format!(" --only {name}");
    }
    format!("give the registries of the plan:{flags}")
}

/// Replaces the flags that refusals name by the command that plans again: `apply --plan` takes none of these flags.
fn with_saved_plan_help(mut plan: Plan) -> Plan {
    for registry in &mut plan.registries {
        for refusal in &mut registry.refusals {
            refusal.plan_again();
        }
    }
    plan
}
