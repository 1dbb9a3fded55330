//! Checks that a plan still holds on what a registry is now.

use crate::live::LiveRegistry;
use crate::model::{ErrorCode, Failure};
use crate::plan::{Basis, Guards, Refusal, RegistryPlan, Setting, judge};
use crate::spec::Ownership;

const REVIEW: &str = "run plan again and review the difference";

/// Returns the reasons why the plan does not hold any more. Either something that it rests on has changed, or, where
/// others share the lists, it would now do more than when it was made, such as leave no rule at all.
pub(crate) fn refusals(plan: &RegistryPlan, live: &LiveRegistry, guards: &Guards) -> Vec<Refusal> {
    let changed = changed_settings(plan, live);
    if changed.is_empty() {
        let mut broken = judge(plan, &Basis::of(live), guards);
        for refusal in &mut broken {
            refusal.message = format!("in the current state of the registry: {}", refusal.message);
            refusal.plan_again();
        }
        return broken;
    }
    vec![Refusal {
        code: ErrorCode::StalePlan.as_str().into(),
        message: format!(
            "the plan is stale: `{}` changed on the registry since the plan was made",
            changed.join("`, `")
        ),
        measured: None,
        limit: None,
        override_flag: None,
        help: Some(REVIEW.to_owned()),
    }]
}

/// Turns a refusal into a failure, for a run that has already written something.
pub(crate) fn failure(refusal: &Refusal) -> Failure {
    Failure::new(ErrorCode::StalePlan, refusal.message.clone()).with_help(REVIEW)
}

/// Returns the settings that the plan rests on and that changed since it was made. Under additive ownership others may
/// write the lists at any time, and a value that has become the wanted one is no obstacle.
fn changed_settings(plan: &RegistryPlan, live: &LiveRegistry) -> Vec<&'static str> {
    let now = Basis::of(live);
    let mut changed = Vec::new();
    if plan.basis.sku != now.sku {
        changed.push("sku.name");
    }
    for path in Setting::REGISTRY {
        let differs = plan.basis.value(path) != now.value(path);
        if differs && rests_on(plan, path) && !has_become_wanted(plan, path, &now) {
            changed.push(path.path());
        }
    }
    changed
}

/// Returns true if the plan rests on this setting: it decides who gets in, or the plan changes it.
fn rests_on(plan: &RegistryPlan, path: Setting) -> bool {
    match path {
        Setting::PublicNetworkAccess | Setting::DefaultAction => true,
        Setting::IpRules | Setting::VirtualNetworkRules => plan.ownership == Ownership::Exact,
        _ => plan.change(path).is_some(),
    }
}

/// Returns true if somebody else, with whom we share the registry, has already made this change.
fn has_become_wanted(plan: &RegistryPlan, path: Setting, now: &Basis) -> bool {
    let Some(change) = plan.change(path) else {
        return false;
    };
    plan.ownership == Ownership::Additive && change.after.as_ref() == Some(&now.value(path))
}
