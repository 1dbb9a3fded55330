//! Changes beside leases: those that would break the access of a lease, and those that a lease holds by now.

use super::leases::{LeasesChange, wanted};
use super::{Change, Changes};
use crate::live::LiveRegistry;
use crate::live::lease::{Lease, Taken, leases_of};
use crate::model::{Access, DefaultAction, PublicNetworkAccess, Setting};
use crate::spec::RegistrySpec;

/// Leaves public access and the default action to leases that have enabled public access: both go back when these are
/// closed.
pub(crate) fn spare_access(spec: &RegistrySpec, live: &LiveRegistry, changes: &mut Vec<Change>) {
    if !lets_leases_open(spec, live) {
        return;
    }
    // Rules that come in now would admit others for as long as public access stays.
    let adds_rules = changes.iter().any(|change| !change.add.is_empty());
    if spec.leased_public_access && !adds_rules {
        let disabled = PublicNetworkAccess::Disabled.as_str();
        changes.retain(|change| {
            change.path != Setting::PublicNetworkAccess || change.word() != Some(disabled)
        });
    }
    // Together with the public access of a lease, `Allow` would admit everyone.
    let stays_enabled = changes
        .iter()
        .all(|change| change.path != Setting::PublicNetworkAccess);
    if stays_enabled {
        let allow = DefaultAction::Allow.as_str();
        changes.retain(|change| change.path != Setting::DefaultAction || change.word() != Some(allow));
    }
}

/// Returns true if public access is enabled for leases alone: the spec does not want it.
fn lets_leases_open(spec: &RegistrySpec, live: &LiveRegistry) -> bool {
    let is_disabled =
        Access::of(&live.settings).public_network_access == Some(PublicNetworkAccess::Disabled);
    spec.knows_leases && !is_disabled && !wanted(spec).public_access && !openers(live).is_empty()
}

/// Returns the leases that have enabled public access.
pub(crate) fn openers(live: &LiveRegistry) -> Vec<Lease> {
    let mut leases = leases_of(live);
    leases.retain(|lease| lease.was_disabled.is_some());
    leases
}

/// Returns the leases that hold what a plan adds and does not take over. They were opened after it was made, and what they
/// hold goes when they are closed.
pub(crate) fn holders(changes: &Changes, live: &LiveRegistry) -> Vec<String> {
    let mut added = Taken::default();
    for listed in changes.added(Setting::IpRules) {
        added.addresses.extend(listed.rule.cidr());
    }
    let public = changes.get(Setting::PublicNetworkAccess).and_then(Change::word);
    added.public_access = public == Some(PublicNetworkAccess::Enabled.as_str());
    let own = changes.leases.as_ref().map(LeasesChange::taken);
    let own = own.unwrap_or_default();
    let mut names = Vec::new();
    for lease in leases_of(live) {
        let left = lease.without(&own);
        if left.without(&added) != left {
            names.push(lease.name.to_string());
        }
    }
    names
}
