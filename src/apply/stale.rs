//! Whether a plan still holds on what a registry is now.

use crate::live::{Failure, LiveRegistry};
use crate::model::ErrorCode;
use crate::plan::{Basis, Guards, Refusal, RegistryPlan, Setting, judge};
use crate::spec::Ownership;

/// Why the plan does not hold any more: it rests on what has changed, or, where others share the lists, does more now
/// than it did when it was made, such as leaving no rule at all.
pub(crate) fn refusals(plan: &RegistryPlan, live: &LiveRegistry, guards: &Guards) -> Vec<Refusal> {
    let moved = moved(plan, live);
    if moved.is_empty() {
        let mut broken = judge(plan, &Basis::of(live), guards);
        for refusal in &mut broken {
            refusal.message = format!("on what the registry is now: {}", refusal.message);
            refusal.plan_again();
        }
        return broken;
    }
    vec![Refusal {
        code: ErrorCode::StalePlan.as_str().into(),
        message: format!(
            "the plan is stale: `{}` changed on the registry since it was made",
            moved.join("`, `")
        ),
        measured: None,
        limit: None,
        override_flag: None,
        help: Some("run plan again and look at what is different now".to_owned()),
    }]
}

/// The same after something was written.
pub(crate) fn failure(refusal: &Refusal) -> Failure {
    Failure {
        code: ErrorCode::StalePlan.into(),
        message: refusal.message.clone(),
        request_id: None,
        help: Some("run plan again and look at what is different now".to_owned()),
    }
}

/// The settings that moved since the plan was made and that it rests on: who gets in, and what it changes.
/// Under additive ownership others may write the lists at any time, and a value that has become the wanted one is no
/// obstacle.
fn moved(plan: &RegistryPlan, live: &LiveRegistry) -> Vec<&'static str> {
    let now = Basis::of(live);
    let sku = (plan.basis.sku != now.sku).then_some("sku.name");
    let settings = Setting::REGISTRY.into_iter().filter(|path| {
        rests_on(plan, *path)
            && plan.basis.value(*path) != now.value(*path)
            && !has_become_wanted(plan, *path, &now)
    });
    sku.into_iter().chain(settings.map(Setting::path)).collect()
}

fn rests_on(plan: &RegistryPlan, path: Setting) -> bool {
    match path {
        Setting::PublicNetworkAccess | Setting::DefaultAction => true,
        Setting::IpRules | Setting::VirtualNetworkRules => plan.ownership == Ownership::Exact,
        _ => plan.change(path).is_some(),
    }
}

/// Whether somebody else, with whom we share the registry, has already made this change.
fn has_become_wanted(plan: &RegistryPlan, path: Setting, now: &Basis) -> bool {
    let wanted = plan.change(path).and_then(|change| change.after.as_ref());
    plan.ownership == Ownership::Additive && wanted == Some(&now.value(path))
}
