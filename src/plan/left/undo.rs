//! The state after a plan, and the guards that an undo would break.

use std::collections::BTreeMap;

use super::{LEFT_FORMAT, LeftState};
use crate::live::held::{settings_without, settings_without_leases};
use crate::live::{LiveRegistry, Reading};
use crate::model::Setting;
use crate::plan::access::settings_after;
use crate::plan::{Basis, Change, Guard, Policy, RegistryPlan, plan_registry};
use crate::spec::RegistrySpec;

impl LeftState {
    /// Describes the state after a plan that was applied and verified, or that had nothing to change.
    pub(crate) fn after(plan: &RegistryPlan, created: &str, run: &str, environment: &str) -> Self {
        let mut state = Basis {
            // What leases hold is not what the run leaves.
            settings: settings_without(&plan.unwanted_leases(), &plan.settings_after()),
            // They were read for the plan alone.
            egress: BTreeMap::new(),
            ..plan.basis.clone()
        };
        // An endpoint is on that was turned on, or for whose subnet the service took a rule.
        let turned_on = plan.changes.endpoints.iter().flat_map(|endpoints| &endpoints.add);
        let added = plan.changes.added(Setting::VirtualNetworkRules);
        for id in turned_on.chain(added).filter_map(|listed| listed.rule.subnet()) {
            state.subnets.insert(id.to_string(), Some(true));
        }
        Self {
            format: LEFT_FORMAT.to_owned(),
            created: created.to_owned(),
            run: run.to_owned(),
            environment: environment.to_owned(),
            id: plan.id.clone(),
            state,
            begun: None,
        }
    }

    /// Describes a registry to which a run is about to write. `live` is its state before that.
    pub(crate) fn begun(
        plan: &RegistryPlan,
        live: &LiveRegistry,
        created: &str,
        run: &str,
        environment: &str,
    ) -> Self {
        Self {
            state: Basis {
                subnets: plan.basis.subnets.clone(),
                settings: settings_without_leases(live),
                ..Basis::of(live)
            },
            begun: Some(plan.changes.clone()),
            ..Self::after(plan, created, run, environment)
        }
    }
}

/// Returns the guards that refuse the undo: the plan from the state after these changes to `wanted`.
/// Changes of others in between are not considered: the guards find those when the undo runs.
pub fn undo_guards(wanted: &RegistrySpec, live: &LiveRegistry, changes: &[Change]) -> Vec<Guard> {
    let after = LiveRegistry {
        settings: settings_after(&live.settings, changes),
        ..live.clone()
    };
    // Plan the undo without overrides.
    let back = plan_registry(wanted, &Reading::of(after), &Policy::default());
    let mut broken = Vec::new();
    for guard in Guard::ALL {
        if back.refusals.iter().any(|refusal| refusal.guard() == Some(guard)) {
            broken.push(guard);
        }
    }
    broken
}
