//! Settings that no spec manages and that the api-version hides.

use std::collections::{BTreeMap, BTreeSet};

use super::registry::{RegistryFindings, hides};
use crate::audit::Audit;
use crate::model::RegistryId;
use crate::render::Paint;
use crate::render::text::common::{self, header, registries};
use crate::spec::Source;

/// Writes the registries of which nothing else is said. Those that hide the same share a block.
pub(super) fn blocks(audit: &Audit, told: &[RegistryFindings<'_>], paint: Paint) -> Vec<Vec<String>> {
    let told: BTreeSet<&RegistryId> = told.iter().map(|registry| registry.id).collect();
    let sources: BTreeMap<&RegistryId, Option<&Source>> = audit
        .registries
        .iter()
        .map(|registry| (&registry.id, registry.source.as_ref()))
        .collect();
    let mut groups: BTreeMap<Vec<String>, Vec<Placed<'_>>> = BTreeMap::new();
    for hidden in &audit.hidden {
        if !told.contains(&hidden.registry) {
            let group = groups.entry(hides(hidden)).or_default();
            let source = sources.get(&hidden.registry).copied().flatten();
            group.push((&hidden.registry, source));
        }
    }
    let mut blocks = Vec::new();
    for (phrases, registries) in groups {
        blocks.push(block(&phrases.join("; it "), &registries, paint));
    }
    blocks
}

/// A registry and its place in the spec.
type Placed<'a> = (&'a RegistryId, Option<&'a Source>);

fn block(what: &str, placed: &[Placed<'_>], paint: Paint) -> Vec<String> {
    let sign = paint.warn("?");
    if let [(id, source)] = placed {
        return common::wrap(&header(sign, id, *source, what, paint), 4, paint);
    }
    let number = paint.bold(registries(placed.len()));
    let mut lines = common::wrap(&format!("{sign} {number}: each {what}"), 4, paint);
    lines.extend(common::list(placed.iter().copied(), 4, paint));
    lines
}
