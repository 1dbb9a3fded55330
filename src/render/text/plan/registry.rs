//! One registry of a plan, or several that change alike.

use super::changes;
use super::group::{Detail, Group};
use crate::plan::{RegistryPlan, Step};
use crate::render::text::common;
use crate::render::text::last_change::changed_last;
use crate::render::text::who::{self, Verbs};
use crate::render::{Paint, safe};

/// Width of the column of labels.
const LABEL: usize = 10;

/// Describes a group of registries. `stopped` is true if a guard is broken somewhere, so that nothing is written anywhere.
/// `now` is the time of the plan.
pub(super) fn block(group: &Group<'_>, stopped: bool, now: &str, paint: Paint) -> Vec<String> {
    let mut lines = common::wrap(&title(group.first, stopped, paint), 4, paint);
    lines.extend(body(group, Detail::Own, paint));
    if group.rest.is_empty() {
        lines.extend(last_writer(group.first, now, paint));
    } else {
        let rest = group.rest.iter().map(|other| &other.id);
        lines.extend(common::same_for(&group.first.id, rest, paint));
    }
    lines
}

/// Names the last writer of a registry that loses rules: nothing else says whose they were if the spec has no name.
fn last_writer(registry: &RegistryPlan, now: &str, paint: Paint) -> Vec<String> {
    let removes = registry
        .changes
        .settings
        .iter()
        .any(|change| !change.remove.is_empty());
    match &registry.last_modified {
        Some(last) if removes => {
            let line = format!(
                "  {}",
                paint.dim(changed_last(&last.at, &last.by, &last.by_type, now))
            );
            common::wrap(&line, 4, paint)
        }
        _ => Vec::new(),
    }
}

/// Writes everything about a group but its names.
pub(super) fn body(group: &Group<'_>, detail: Detail, paint: Paint) -> Vec<String> {
    let registry = group.first;
    let mut lines = Vec::new();
    if !registry.changes.is_empty() {
        if detail == Detail::Own {
            lines.extend(mode(group, paint));
        }
        for (label, clients) in access(registry) {
            lines.extend(labelled(label, &clients, paint));
        }
        lines.extend(changes::changes(group, detail, paint));
        lines.extend(steps(&registry.steps, paint));
    }
    for line in common::remarks(&registry.notes, &registry.refusals, paint) {
        lines.extend(common::wrap(&line, 4, paint));
    }
    lines
}

fn title(registry: &RegistryPlan, stopped: bool, paint: Paint) -> String {
    // A guard can be overridden and stops the whole run. A change that Azure would refuse stops its own registry only.
    let (sign, what) = if registry.breaks_guard() {
        let what = "breaks a guard, so nothing will be written anywhere";
        (paint.bad("!"), paint.bad(what))
    } else if !registry.refusals.is_empty() {
        let what = "is refused, so nothing will be written to it";
        (paint.bad("!"), paint.bad(what))
    } else if registry.changes.is_empty() {
        (paint.dim("="), paint.dim("is up to date"))
    } else if stopped {
        let what = "would change, but a guard stops the whole run";
        (paint.warn("~"), paint.warn(what))
    } else {
        (paint.warn("~"), paint.warn("will change"))
    };
    common::header(sign, &registry.id, registry.source.as_ref(), what, paint)
}

/// Shows the mode before and after. Registries that change alike can have different numbers of rules.
fn mode(group: &Group<'_>, paint: Paint) -> Vec<String> {
    let mode = &group.first.mode;
    let (before, after) = (safe(&mode.before), safe(&mode.after));
    let mut text = if before == after {
        format!("{after}, as before")
    } else {
        format!("{before} → {after}")
    };
    if !group.agrees(|one| one.mode.clone()) {
        text += "; the others differ";
    }
    labelled("mode", &text, paint)
}

/// Names those who gain and those who lose access.
fn access(registry: &RegistryPlan) -> Vec<(&'static str, String)> {
    let mut lines = who::who(&registry.access, Verbs::OF_CHANGE);
    if lines.is_empty() {
        lines.push(("access", "no client gains or loses access".to_owned()));
    }
    lines
}

fn labelled(label: &str, text: &str, paint: Paint) -> Vec<String> {
    common::wrap(&format!("  {label:<LABEL$}{text}"), LABEL + 2, paint)
}

/// Lists the steps, numbered, each with what it costs a client. A single step that costs nothing says no more than the
/// changes.
fn steps(steps: &[Step], paint: Paint) -> Vec<String> {
    let is_plain = matches!(steps, [] | [Step { cost: None, .. }]);
    if is_plain {
        return Vec::new();
    }
    let mut lines = vec!["  steps".to_owned()];
    for (at, Step { action, cost }) in steps.iter().enumerate() {
        let line = format!("    {}. {}", at + 1, common::step(action));
        lines.extend(common::wrap(&line, 7, paint));
        if let Some(cost) = cost {
            let line = format!("       {}: {}", paint.warn("clients notice"), safe(cost));
            lines.extend(common::wrap(&line, 9, paint));
        }
    }
    lines
}
