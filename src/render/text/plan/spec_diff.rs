//! Two specs compared, in the words of a plan.

use super::group::{Detail, Group};
use super::registry;
use crate::model::Setting;
use crate::render::text::common::{self, page, registries};
use crate::render::{Paint, safe};
use crate::spec_diff::{Presence, RegistryDiff, SpecDiff};

/// Renders the comparison: the registries that differ, those that differ alike once, and the summary.
pub(in crate::render) fn spec_diff(diff: &SpecDiff, paint: Paint) -> String {
    let mut blocks = Vec::new();
    for group in common::alike(&diff.registries, shared) {
        blocks.push(block(&group, paint));
    }
    blocks.push(end(diff, paint));
    page(&blocks)
}

/// Returns what registries that differ alike have in common.
fn shared(registry: &RegistryDiff) -> (String, String, Vec<String>) {
    let (sign, what) = title(registry, Paint::PLAIN);
    (sign, what, body(&[registry], Detail::Shared, Paint::PLAIN))
}

/// Describes registries that differ alike: the first one, and the names of the others.
fn block(alike: &[&RegistryDiff], paint: Paint) -> Vec<String> {
    let [first, rest @ ..] = alike else {
        return Vec::new();
    };
    let (sign, what) = title(first, paint);
    let line = common::header(sign, &first.id, first.source.as_ref(), what, paint);
    let mut lines = common::wrap(&line, 4, paint);
    lines.extend(body(alike, Detail::Own, paint));
    lines.extend(common::same_for(
        &first.id,
        rest.iter().map(|other| &other.id),
        paint,
    ));
    lines
}

/// Returns the sign of a registry, and what is different about it.
fn title(registry: &RegistryDiff, paint: Paint) -> (String, String) {
    let after = safe(&registry.mode.after);
    let (sign, what) = match registry.presence {
        Presence::Both => (paint.warn("~"), paint.warn("differs".to_owned())),
        Presence::Added => (
            paint.good("+"),
            paint.good(format!("only in the new spec: {after}")),
        ),
        Presence::Removed => (
            paint.bad("-"),
            paint.bad("only in the old spec: nothing changes it any more".to_owned()),
        ),
    };
    (sign.to_string(), what.to_string())
}

/// Writes everything about registries that differ alike but their names.
fn body(alike: &[&RegistryDiff], detail: Detail, paint: Paint) -> Vec<String> {
    let [registry, rest @ ..] = alike else {
        return Vec::new();
    };
    let group = Group {
        first: &registry.plan,
        rest: rest.iter().map(|other| &other.plan).collect(),
    };
    let mut lines = registry::body(&group, detail, paint);
    for (label, settings) in [
        ("now managed:", &registry.now_managed),
        ("no longer managed:", &registry.no_longer_managed),
    ] {
        if !settings.is_empty() {
            let line = format!("  {label} {}", keys(settings));
            lines.extend(common::wrap(&line, 4, paint));
        }
    }
    if let (Presence::Both, Some(assumed)) = (registry.presence, assumed(registry)) {
        lines.extend(common::wrap(&format!("  {}", paint.dim(assumed)), 4, paint));
    }
    lines
}

/// Says what the comparison takes for given, where access is compared.
fn assumed(registry: &RegistryDiff) -> Option<String> {
    if registry.assumed.is_empty() || registry.changes.is_empty() {
        return None;
    }
    let mut words = Vec::new();
    for setting in &registry.assumed {
        let value = registry.plan.basis.settings.get(*setting);
        let word = value.and_then(|value| value.word()).unwrap_or_default();
        words.push(format!("{} {word}", setting.spec_key()));
    }
    Some(format!(
        "compared as with {}, which neither spec manages",
        words.join(", ")
    ))
}

fn keys(settings: &[Setting]) -> String {
    let keys: Vec<&str> = settings.iter().map(|setting| setting.spec_key()).collect();
    keys.join(", ")
}

fn end(diff: &SpecDiff, paint: Paint) -> Vec<String> {
    let summary = &diff.summary;
    let mut parts = Vec::new();
    for (number, one, many) in [
        (summary.changed, "differs", "differ"),
        (
            summary.added,
            "is only in the new spec",
            "are only in the new spec",
        ),
        (
            summary.removed,
            "is only in the old spec",
            "are only in the old spec",
        ),
    ] {
        if number > 0 {
            let verb = if number == 1 { one } else { many };
            parts.push(format!("{} {verb}.", registries(number)));
        }
    }
    if parts.is_empty() {
        parts.push(format!("No difference in {}.", registries(summary.registries)));
    }
    let mut lines = Vec::new();
    for line in common::wrap(&parts.join(" "), 2, paint) {
        lines.push(paint.bold(line).to_string());
    }
    lines
}
