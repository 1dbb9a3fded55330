//! `ringfence apply --plan`: what was reviewed, or nothing.

use std::path::Path;

use super::Context;
use super::commands::apply::{ApplyArgs, finish, load, stale};
use super::session::{self, Reads, Session};
use crate::error::{Error, Exit};
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
        Some(message) => {
            context.preview(&plan, false)?;
            Err(stale(message))
        }
    }
}

/// What keeps a new plan from taking the place of the saved one: it does something else, or is judged by something else.
fn moved_on(plan: &Plan, saved: &Plan, file: &Path) -> Option<String> {
    let (file, changes, terms) = (file.display(), plan.differs_from(saved), plan.other_terms(saved));
    if !changes.is_empty() {
        let names = changes.join(", ");
        Some(format!("the changes are not those of `{file}` any more: {names}"))
    } else if !terms.is_empty() {
        let terms = terms.join("; ");
        Some(format!(
            "the spec's terms are not those of `{file}` any more: {terms}"
        ))
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
    Plan::from_json(&text)
        .map_err(|error| unusable(format!("`{}` cannot be applied: {error}", file.display())))
}

fn unusable(message: String) -> Error {
    Error::Refused {
        code: "unusable-plan",
        message,
        help: Some("make it again: ringfence plan SPEC -o json=FILE".to_owned()),
    }
}

fn same_registries(saved: &Plan, spec: &Spec, file: &Path) -> Result<(), Error> {
    let mut planned: Vec<_> = saved.registries.iter().map(|registry| &registry.id).collect();
    planned.extend(saved.failures.iter().map(|failure| &failure.id));
    planned.sort();
    let wanted: Vec<_> = spec.registries.iter().map(|registry| &registry.id).collect();
    if planned == wanted {
        return Ok(());
    }
    Err(unusable(format!(
        "`{}` is a plan of other registries than the spec's",
        file.display()
    )))
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
