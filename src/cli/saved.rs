//! `ringfence apply --plan`: what was reviewed, or nothing.

use std::path::Path;

use super::Context;
use super::commands::apply::{ApplyArgs, finish, load};
use super::session::{self, Reads, Session};
use crate::error::{Error, Exit, RunRefusal};
use crate::plan::{Plan, Policy, Refusal};
use crate::spec::{RegistrySpec, Spec};

/// Applies a saved plan. With a spec, the plan must be of its registries; with `--rebase`, a new plan with the same
/// changes takes its place.
pub(crate) fn run(args: &ApplyArgs, file: &Path, context: &Context) -> Result<Exit, Error> {
    check_flags(args)?;
    let saved = read_plan(file)?;
    if args.specs.is_empty() {
        let session = Session::open(context, &registries_of(&saved))?;
        return finish(&session, &with_way_out(saved), None, &args.write, context);
    }
    let spec = load(args, context)?;
    same_registries(&saved, &spec, file)?;
    let session = Session::open(context, &spec)?;
    if !args.rebase {
        return finish(&session, &with_way_out(saved), None, &args.write, context);
    }
    let (plan, live) = session.plan(&spec, reads(args, &saved), &policy(args, &saved));
    let plan = with_way_out(plan.keeping_refusals(&saved));
    match moved_on(&plan, &saved, file) {
        None => finish(&session, &plan, Some(&live), &args.write, context),
        Some(refusal) => {
            context.preview(&plan, false)?;
            Err(refusal.into())
        }
    }
}

/// What keeps a new plan from taking the place of the saved one: it does something else, or is judged by something else.
fn moved_on(plan: &Plan, saved: &Plan, file: &Path) -> Option<RunRefusal> {
    let (file, registries, terms) = (file.to_owned(), plan.differs_from(saved), plan.other_terms(saved));
    if !registries.is_empty() {
        Some(RunRefusal::ChangesDiffer { file, registries })
    } else if !terms.is_empty() {
        Some(RunRefusal::TermsDiffer { file, terms })
    } else {
        None
    }
}

/// A saved plan was judged when it was made. To look closer than that takes planning again; to look away takes a review.
fn check_flags(args: &ApplyArgs) -> Result<(), Error> {
    if !args.policy.overrides.is_empty() {
        return Err(Error::usage(
            "a saved plan takes no --override: whoever reviews it must see what it is let past",
            "give it to `ringfence plan SPEC --override GUARD -o json=FILE` and apply that; --rebase keeps it",
        ));
    }
    if !args.rebase && !args.policy.is_default() {
        return Err(Error::usage(
            "a saved plan is applied as it was judged: --fail-on, --protect and --verify-endpoints change nothing",
            "give them to `plan`, or plan again with SPEC --plan FILE --rebase",
        ));
    }
    Ok(())
}

/// What was said about guards when the plan was made holds when it is made again; more can be said.
fn policy(args: &ApplyArgs, saved: &Plan) -> Policy {
    let mut policy = args.policy.policy();
    policy.overrides.extend(&saved.guards.overrides);
    policy.fail_on.extend(&saved.guards.fail_on);
    policy.protect.extend(&saved.guards.protect);
    policy
}

/// What was looked at when the plan was made is looked at again.
fn reads(args: &ApplyArgs, saved: &Plan) -> Reads {
    let mut reads = args.policy.read();
    reads.probe |= saved.guards.probed;
    reads.options.all_subnets |= saved.verified_endpoints();
    reads
}

/// The flags that a refusal names are no flags of `apply --plan`.
fn with_way_out(mut plan: Plan) -> Plan {
    for registry in &mut plan.registries {
        registry.refusals.iter_mut().for_each(Refusal::plan_again);
    }
    plan
}

fn read_plan(file: &Path) -> Result<Plan, Error> {
    let text = session::read_document(file)?;
    let plan = Plan::from_json(&text).map_err(|source| RunRefusal::UnusablePlan {
        file: file.to_owned(),
        source,
    })?;
    Ok(plan)
}

fn same_registries(saved: &Plan, spec: &Spec, file: &Path) -> Result<(), Error> {
    let mut planned: Vec<_> = saved.registries.iter().map(|registry| &registry.id).collect();
    planned.extend(saved.failures.iter().map(|failure| &failure.id));
    planned.sort();
    let wanted: Vec<_> = spec.registries.iter().map(|registry| &registry.id).collect();
    if planned == wanted {
        return Ok(());
    }
    let file = file.to_owned();
    Err(RunRefusal::RegistriesDiffer { file }.into())
}

/// The registries of a saved plan, for the sandbox.
fn registries_of(plan: &Plan) -> Spec {
    let registries = plan
        .registries
        .iter()
        .map(|registry| RegistrySpec::unmanaged(registry.id.clone()));
    Spec {
        files: plan.specs.clone(),
        registries: registries.collect(),
    }
}
