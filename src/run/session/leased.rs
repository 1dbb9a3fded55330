//! Rules and settings that jobs have opened for a while, in plans.

use jiff::Timestamp;

use crate::live::lease::{Lease, leases_of};
use crate::live::{Live, LiveRegistry};
use crate::model::{DefaultAction, Rule, Setting};
use crate::spec::{Origin, Ownership, RegistrySpec, Spec};

/// Returns a spec that knows what leases hold, or `None` if there are none.
pub(super) fn knowing_leases(spec: &Spec, live: &Live, now: Timestamp) -> Option<Spec> {
    let mut knowing = None;
    for (at, registry) in spec.registries.iter().enumerate() {
        let Some(Ok(reading)) = live.registries.get(&registry.id) else {
            continue;
        };
        for lease in leases_of(&reading.registry) {
            let knowing = knowing.get_or_insert_with(|| spec.clone());
            take(&mut knowing.registries[at], &reading.registry, &lease, now);
        }
    }
    knowing
}

/// Takes one lease into the spec of its registry. The rules of a running one are left alone, as its job closes them.
fn take(spec: &mut RegistrySpec, live: &LiveRegistry, lease: &Lease, now: Timestamp) {
    let name = format!("{}, until {}", lease.name, lease.until);
    let is_spared =
        spec.ownership == Ownership::Exact && spec.origin != Origin::Flags && !lease.is_expired(now);
    for address in &lease.addresses {
        let rule = Rule::from(*address);
        if is_spared {
            spec.leased.insert(rule.clone(), name.clone());
        }
        spec.ending.rules.insert(rule, name.clone());
    }
    let Some(action) = lease.was_disabled else {
        return;
    };
    let settings = &mut spec.ending.settings;
    settings.insert(Setting::PublicNetworkAccess, name.clone());
    // The close writes the earlier action back, which may be the one that is there.
    if DefaultAction::of(live.settings.word(Setting::DefaultAction)) != action {
        settings.insert(Setting::DefaultAction, name);
    }
}
