//! Rules that jobs have opened for a while, in plans of specs that list every rule.

use jiff::Timestamp;

use crate::lease::leases_of;
use crate::live::Live;
use crate::model::Rule;
use crate::spec::{Origin, Ownership, Spec};

/// Returns a spec that leaves the rules of running leases alone: the jobs close them. Returns `None` if there are none, or if
/// the spec is not one of files, whose readers know nothing of such jobs.
pub(super) fn sparing_leases(spec: &Spec, live: &Live, now: Timestamp) -> Option<Spec> {
    let mut sparing = None;
    for (at, registry) in spec.registries.iter().enumerate() {
        if registry.ownership != Ownership::Exact || registry.origin != Origin::File {
            continue;
        }
        let Some(Ok(reading)) = live.registries.get(&registry.id) else {
            continue;
        };
        for lease in leases_of(&reading.registry) {
            if lease.is_expired(now) {
                continue;
            }
            let sparing = sparing.get_or_insert_with(|| spec.clone());
            for address in &lease.addresses {
                let name = format!("{}, until {}", lease.name, lease.until);
                sparing.registries[at].leased.insert(Rule::from(*address), name);
            }
        }
    }
    sparing
}
