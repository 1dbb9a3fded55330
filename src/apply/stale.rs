//! Whether a registry is still what the plan rests on.

use crate::live::LiveRegistry;
use crate::plan::{Basis, RegistryPlan, Setting};
use crate::spec::Ownership;

/// The settings that moved since the plan was made and that it rests on: who gets in, and what it changes.
/// Under additive ownership others may write the lists at any time, and a value that has become the wanted one is no
/// obstacle.
pub(super) fn moved(plan: &RegistryPlan, live: &LiveRegistry) -> Vec<&'static str> {
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
