//! Settings that no spec manages and that the api-version hides.

use std::collections::{BTreeMap, BTreeSet};

use super::registry::{AuditedRegistry, hides};
use crate::audit::Audit;
use crate::model::RegistryId;
use crate::render::Paint;
use crate::render::text::common::{self, header, registries};

/// Writes the registries of which nothing else is said. Those that hide the same share a block.
pub(super) fn blocks(audit: &Audit, told: &[AuditedRegistry<'_>], paint: Paint) -> Vec<Vec<String>> {
    let told: BTreeSet<&RegistryId> = told.iter().map(|registry| registry.id).collect();
    let mut groups: BTreeMap<Vec<String>, Vec<&RegistryId>> = BTreeMap::new();
    for hidden in &audit.hidden {
        if !told.contains(&hidden.registry) {
            let group = groups.entry(hides(hidden)).or_default();
            group.push(&hidden.registry);
        }
    }
    let mut blocks = Vec::new();
    for (phrases, ids) in groups {
        blocks.push(block(&phrases.join("; it "), &ids, paint));
    }
    blocks
}

fn block(what: &str, ids: &[&RegistryId], paint: Paint) -> Vec<String> {
    let sign = paint.warn("?");
    if let [id] = ids {
        return common::wrap(&header(sign, id, None, what, paint), 4, paint);
    }
    let number = paint.bold(registries(ids.len()));
    let mut lines = common::wrap(&format!("{sign} {number}: each {what}"), 4, paint);
    lines.extend(common::list(ids.iter().map(|id| (*id, None)), 4, paint));
    lines
}
