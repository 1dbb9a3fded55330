//! The end of a plan: what would change, who is refused, and why nothing is written if that is so.

use crate::model::grouped;
use crate::plan::Plan;
use crate::render::Paint;
use crate::render::text::common::{self, registries};

/// Writes the summary, then the registries that are refused or could not be read, then the reason why nothing would be
/// written.
pub(super) fn end(plan: &Plan, paint: Paint) -> Vec<String> {
    let mut lines = Vec::new();
    for line in common::wrap(&counts(plan), 2, paint) {
        lines.push(paint.bold(line).to_string());
    }
    if plan.summary.registries > 1 {
        lines.extend(unplanned(plan, paint));
    }
    lines.extend(no_write(plan, paint));
    lines
}

/// Says why nothing would be written, if that is so.
pub(super) fn no_write(plan: &Plan, paint: Paint) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(reason) = reason_for_no_write(plan) {
        for line in common::wrap(reason, 2, paint) {
            lines.push(paint.bad(line).to_string());
        }
    }
    lines
}

/// Sums the plan up, and says why nothing would be written if that is so.
pub(in crate::render) fn summary(plan: &Plan) -> String {
    match reason_for_no_write(plan) {
        Some(reason) => format!("{} {reason}", counts(plan)),
        None => counts(plan),
    }
}

/// Says that nothing was compared, and why.
pub(super) const NONE_CHOSEN: &str = "No registry was chosen, so nothing was compared. Without --only, --except, --shard \
     and --resume, each registry of the spec is.";

fn counts(plan: &Plan) -> String {
    let summary = &plan.summary;
    if summary.registries == 0 {
        return NONE_CHOSEN.to_owned();
    }
    let (mut refused, mut fine) = (0, 0);
    for registry in &plan.registries {
        if !registry.refusals.is_empty() {
            refused += 1;
        } else if registry.changes.is_empty() {
            fine += 1;
        }
    }
    let mut parts = Vec::new();
    if summary.changed > 0 {
        parts.push(format!(
            "Plan: {} to add, {} to change, {} to remove in {} of {}.",
            grouped(summary.add as u64),
            grouped(summary.change as u64),
            grouped(summary.remove as u64),
            grouped(summary.changed as u64),
            registries(summary.registries)
        ));
    } else if summary.failed + refused == 0 {
        // True only if every registry was compared.
        parts.push("No changes.".to_owned());
    }
    let verb = if fine == 1 { "is" } else { "are" };
    for (number, what) in [
        (fine, format!("{verb} up to date")),
        (refused, "refused".to_owned()),
        (summary.failed, "could not be read".to_owned()),
    ] {
        if number > 0 {
            parts.push(format!("{} {what}.", registries(number)));
        }
    }
    parts.join(" ")
}

/// Names the registries that are refused, and those that could not be read for several causes, with their places in the spec.
fn unplanned(plan: &Plan, paint: Paint) -> Vec<String> {
    let (mut refused, mut unread) = (Vec::new(), Vec::new());
    for registry in &plan.registries {
        if !registry.refusals.is_empty() {
            refused.push((&registry.id, registry.source.as_ref()));
        }
    }
    // One block right above names those that share their cause.
    if !common::have_one_cause(&plan.failures) {
        for failure in &plan.failures {
            unread.push((&failure.id, failure.source.as_ref()));
        }
    }
    let mut lines = Vec::new();
    for (label, found) in [("refused", refused), ("not read", unread)] {
        if !found.is_empty() {
            let mut names = common::list(found, LABEL, paint);
            names[0].replace_range(..LABEL, &format!("  {:<11}  ", paint.bad(label)));
            lines.extend(names);
        }
    }
    lines
}

/// Width of the column of labels, with the blanks around it.
const LABEL: usize = 15;

/// Returns the reason why nothing of a plan with changes would be written.
fn reason_for_no_write(plan: &Plan) -> Option<&'static str> {
    if plan.is_stopped() {
        return Some("Nothing will be written: a broken guard stops the whole run.");
    }
    if plan.summary.changed == 0 || plan.writes() {
        return None;
    }
    Some("Nothing will be written: every registry with changes is refused.")
}
