//! Live registries, as an import takes them.

use super::describe::describe;
use super::importable::Importable;
use super::seen;
use super::types::Import;
use crate::live::held::settings_without_leases;
use crate::live::lease::leases_of;
use crate::live::{FoundRegistries, LiveRegistry, UnreadPlace};
use crate::model::{ErrorCode, Failure, Setting, valid_registry_name};

/// The comment at the top of a spec.
const COMMENT: [&str; 2] = [
    "Written by `ringfence import`: the plan of this state is empty.",
    NAMES,
];

/// The same where a registry has leases. A plan removes what one holds that has ended.
const COMMENT_BESIDE_LEASES: [&str; 2] = [
    "Written by `ringfence import`: the plan of this state is empty once its leases are closed.",
    NAMES,
];

const NAMES: &str =
    "Give networks and subnets the names that you know them by, here and where they are listed.";

/// Describes live registries.
pub fn import(found: &FoundRegistries) -> Import {
    let mut failures = found.unread.clone();
    let mut registries = Vec::new();
    for live in found.registries.values() {
        if valid_registry_name(live.id.name()) {
            registries.push(importable(live));
        } else {
            failures.push(unnameable(live));
        }
    }
    let comment = match found.registries.values().any(|live| !leases_of(live).is_empty()) {
        true => &COMMENT_BESIDE_LEASES,
        false => &COMMENT,
    };
    describe(registries, failures, Vec::new(), comment)
}

/// Takes from a live registry what a spec can want, and notes the rest.
pub(crate) fn importable(live: &LiveRegistry) -> Importable {
    let mut importable = Importable::new(live.id.clone(), live.is_premium());
    // What a lease holds goes with it, so a spec must not want it.
    let lasting = settings_without_leases(live);
    for setting in Setting::ALL {
        if let Some(value) = lasting.value(*setting) {
            importable.take(*setting, &value);
        }
    }
    seen::note_leases(live, &mut importable);
    seen::note_unmanaged(live, &mut importable);
    importable
}

fn unnameable(live: &LiveRegistry) -> UnreadPlace {
    let message = format!(
        "`{}` is not the name of a registry, so no spec can have it",
        live.id.name()
    );
    UnreadPlace {
        id: live.id.to_string(),
        error: Failure::new(ErrorCode::UnreadableAnswer, message),
    }
}
