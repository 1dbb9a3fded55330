//! Back to open: what the last section of the service-endpoint article does by hand
//! (container-registry-vnet, "Restore default registry access").

use crate::model::{DefaultAction, PublicNetworkAccess, RegistryId};
use crate::spec::{Guardrails, RegistrySpec, Sourced, Spec};

/// Wants every rule out, the default action `Allow` and public access enabled, and nothing else.
///
/// No guard on removals applies: removing every rule is the point, and nobody loses access by it.
pub fn restored(files: Vec<String>, ids: impl IntoIterator<Item = RegistryId>) -> Spec {
    let mut registries: Vec<RegistrySpec> = ids.into_iter().map(open).collect();
    registries.sort_by(|a, b| a.id.cmp(&b.id));
    registries.dedup_by(|a, b| a.id == b.id);
    Spec { files, registries }
}

fn open(id: RegistryId) -> RegistrySpec {
    RegistrySpec {
        public_network_access: Some(Sourced::unsourced(PublicNetworkAccess::Enabled)),
        default_action: Some(Sourced::unsourced(DefaultAction::Allow)),
        ip_rules: Some(Sourced::unsourced(Vec::new())),
        subnets: Some(Sourced::unsourced(Vec::new())),
        guardrails: Guardrails {
            max_removals: None,
            max_removal_percent: None,
            widest_rule: 0,
        },
        ..RegistrySpec::unmanaged(id)
    }
}
