//! Restore to Azure's defaults, which the last section of the service-endpoint article does by hand
//! (container-registry-vnet, "Restore default registry access").

use crate::model::{DefaultAction, PublicNetworkAccess, RegistryId, Setting};
use crate::spec::{Guardrails, RegistrySpec, Spec};

/// Returns a spec that wants every rule out, the default action `Allow` and public access enabled, and nothing else.
///
/// No guard on removals applies: removing every rule is the point, and nobody loses access by it.
pub fn restored(files: Vec<String>, ids: impl IntoIterator<Item = RegistryId>) -> Spec {
    let mut registries: Vec<RegistrySpec> = ids.into_iter().map(open).collect();
    registries.sort_by(|a, b| a.id.cmp(&b.id));
    registries.dedup_by(|a, b| a.id == b.id);
    Spec { files, registries }
}

fn open(id: RegistryId) -> RegistrySpec {
    let mut spec = RegistrySpec::unmanaged(id);
    let settings = &mut spec.settings;
    settings.want_unsourced(Setting::PublicNetworkAccess, PublicNetworkAccess::Enabled);
    settings.want_unsourced(Setting::DefaultAction, DefaultAction::Allow);
    for list in Setting::lists() {
        settings.want_unsourced(list, Vec::new());
    }
    spec.guardrails = Guardrails {
        max_removals: None,
        max_removal_percent: None,
        widest_rule: 0,
    };
    spec
}
