//! Whoever closes a registry should not close it to themselves.

use std::collections::{BTreeMap, BTreeSet};

use super::{Case, Guard, refusal};
use crate::model::{AddressSet, Cidr, PublicNetworkAccess, RegistryId};
use crate::plan::{Refusal, Setting};

/// What the registries of a run said when they were asked whether this machine gets in.
#[derive(Clone, Debug, Default)]
pub struct OwnAddress {
    /// The addresses that registries named when they turned this machine away.
    pub named: BTreeSet<Cidr>,
    /// Registries that let this machine in, and do not say from which address.
    pub admitted: BTreeSet<RegistryId>,
    /// Registries whose answer says neither, and why.
    pub unknown: BTreeMap<RegistryId, String>,
}

/// Protected addresses that are let in today and would not be.
pub(super) fn lost(case: &Case<'_>, protect: &BTreeSet<Cidr>) -> Vec<Refusal> {
    let lost = |cidr: &Cidr| {
        let number = loses(case, *cidr).len();
        (number > 0).then(|| would_lose(*cidr, number))
    };
    protect.iter().filter_map(lost).collect()
}

/// The addresses of a range that are let in before the change and not after it.
fn loses(case: &Case<'_>, cidr: Cidr) -> AddressSet {
    let protected = AddressSet::from_iter([cidr]);
    let outside = protected.difference(&case.before.addresses());
    protected.difference(&outside).difference(&case.after.addresses())
}

fn would_lose(cidr: Cidr, number: u64) -> Refusal {
    let message = match 1_u64 << (32 - cidr.prefix_len()) {
        1 => format!("the protected address `{cidr}` would lose access"),
        all => {
            format!("{number} of the {all} addresses of the protected range `{cidr}` would lose access")
        }
    };
    refusal(Guard::OwnAddress, message, number.to_string(), "0".to_owned())
}

/// Where a change closes anything and how this machine gets in is not known, it may be what is closed: an address, or
/// the subnet that it comes from.
pub(super) fn unknown(case: &Case<'_>, own: &OwnAddress) -> Option<Refusal> {
    if !closes(case) {
        return None;
    }
    let why = if let Some(reason) = own.unknown.get(&case.plan.id) {
        format!("whether this machine gets in is not known: {reason}")
    } else if own.admitted.contains(&case.plan.id) && !is_explained(case, own) {
        "this machine is admitted now, and whether it will be is not known: nothing names the address or subnet that \
         it comes from"
            .to_owned()
    } else {
        return None;
    };
    let mut refusal = refusal(
        Guard::OwnAddress,
        why,
        "unknown".to_owned(),
        "known to stay in".to_owned(),
    );
    refusal.help = Some("name the address instead of `auto`: --protect IP".to_owned());
    Some(refusal)
}

/// Whether anybody could lose access by it.
fn closes(case: &Case<'_>) -> bool {
    let disables = case.change(Setting::PublicNetworkAccess).is_some()
        && case.after.public_network_access == PublicNetworkAccess::Disabled;
    case.access.closed > 0 || !case.access.subnets_closed.is_empty() || disables
}

/// Whether an address that another registry named is why this one lets the machine in. If that address loses access,
/// that is a refusal of its own.
fn is_explained(case: &Case<'_>, own: &OwnAddress) -> bool {
    let before = case.before.addresses();
    own.named.iter().any(|cidr| before.contains(*cidr))
}
