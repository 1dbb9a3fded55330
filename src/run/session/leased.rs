//! Leases in plans: the spec of a registry learns of them when it is planned.

use jiff::Timestamp;

use crate::live::Live;
use crate::live::lease::{Lease, leases_of};
use crate::model::Rule;
use crate::spec::{Origin, Ownership, RegistrySpec, Spec};

/// Returns a spec that knows the leases of its registries, or `None` if there are none.
pub(super) fn knowing_leases(spec: &Spec, live: &Live, now: Timestamp) -> Option<Spec> {
    let mut knowing = None;
    for (at, registry) in spec.registries.iter().enumerate() {
        let Some(Ok(reading)) = live.registries.get(&registry.id) else {
            continue;
        };
        for lease in leases_of(&reading.registry) {
            let knowing = knowing.get_or_insert_with(|| spec.clone());
            learn(&mut knowing.registries[at], &lease, now);
        }
    }
    knowing
}

/// Tells the spec of a registry about one lease. What a running one has opened is left alone, as its job closes it.
fn learn(spec: &mut RegistrySpec, lease: &Lease, now: Timestamp) {
    let running = spec.leases.get_or_insert_default();
    if lease.is_expired(now) {
        return;
    }
    running.insert(lease.name.to_string());
    let spares_rules = spec.ownership == Ownership::Exact && spec.origin != Origin::Flags;
    if !spares_rules {
        return;
    }
    let name = format!("{}, until {}", lease.name, lease.until);
    for address in &lease.addresses {
        spec.leased.insert(Rule::from(*address), name.clone());
    }
}
