//! The guards that an undo of a change would break.

use super::access::settings_after;
use super::{Change, Guard, Policy, plan_registry};
use crate::live::{LiveRegistry, Reading};
use crate::spec::RegistrySpec;

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
