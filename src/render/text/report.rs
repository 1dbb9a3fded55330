//! What became of a plan, as text.

use super::common::{self, count, header, indent, key, page, registries};
use crate::apply::{ChangeReport, Outcome, RegistryReport, Report, ReportSummary, StepReport};
use crate::plan::{Change, Setting};
use crate::render::{Paint, safe};

/// The whole report: registries, those that could not be read, what to do next, one line of summary.
pub(in crate::render) fn report(report: &Report, paint: Paint) -> String {
    let mut blocks = Vec::new();
    let (quiet, loud): (Vec<_>, Vec<_>) = report.registries.iter().partition(|r| is_quiet(r));
    blocks.extend(loud.into_iter().map(|registry| self::registry(registry, paint)));
    let unchanged: Vec<String> = quiet.into_iter().map(|r| unchanged(r, paint)).collect();
    blocks.extend((!unchanged.is_empty()).then_some(unchanged));
    blocks.extend(
        report
            .failures
            .iter()
            .map(|failure| common::unread(failure, paint)),
    );
    let mut end = next(&report.summary, paint);
    end.push(paint.bold(summary(&report.summary)).to_string());
    blocks.push(end);
    page(blocks)
}

fn is_quiet(registry: &RegistryReport) -> bool {
    registry.steps.is_empty()
        && registry.changes.is_empty()
        && registry.refusals.is_empty()
        && registry.notes.is_empty()
}

fn unchanged(registry: &RegistryReport, paint: Paint) -> String {
    let what = format!("was as wanted: {}", safe(&registry.mode.after));
    header("=", &registry.id, what, paint)
}

fn registry(registry: &RegistryReport, paint: Paint) -> Vec<String> {
    let mut lines = vec![title(registry, paint)];
    if !registry.changes.is_empty() {
        let (before, after) = (safe(&registry.mode.before), safe(&registry.mode.after));
        lines.push(format!("    mode    {before} → {after}, as read back"));
    }
    let steps = registry.steps.iter().enumerate();
    lines.extend(steps.flat_map(|(at, step)| self::step(at + 1, step, paint)));
    lines.extend(
        registry
            .changes
            .iter()
            .flat_map(|change| self::change(change, paint)),
    );
    let notes = registry.notes.iter().map(|note| common::note(note, paint));
    let refusals = registry
        .refusals
        .iter()
        .flat_map(|refusal| common::refusal(refusal, paint));
    lines.extend(indent(4, notes.chain(refusals)));
    lines
}

fn title(registry: &RegistryReport, paint: Paint) -> String {
    let outcomes = || {
        let steps = registry.steps.iter().map(|step| &step.outcome);
        steps.chain(registry.changes.iter().map(|change| &change.outcome))
    };
    let failed = outcomes().any(|outcome| matches!(outcome, Outcome::Failed { .. }));
    let skipped = outcomes().any(|outcome| matches!(outcome, Outcome::Skipped { .. }));
    let done = outcomes().any(|outcome| *outcome == Outcome::Done);
    let (sign, what) = match (registry.refusals.is_empty(), failed, skipped, done) {
        (false, ..) => (paint.bad("!"), paint.bad("was refused: nothing was written")),
        (_, true, ..) => (paint.bad("!"), paint.bad("failed")),
        (_, _, true, _) => (paint.warn("!"), paint.warn("was not changed as planned")),
        (.., true) => (paint.good("~"), paint.good("changed, and read back as wanted")),
        _ => return unchanged(registry, paint),
    };
    header(sign, &registry.id, what, paint)
}

fn step(number: usize, report: &StepReport, paint: Paint) -> Vec<String> {
    let what = format!("step {number}: {}", common::step(&report.step));
    outcome(&report.outcome, &what, paint)
}

fn change(report: &ChangeReport, paint: Paint) -> Vec<String> {
    outcome(&report.outcome, &changed(&report.change), paint)
}

/// `done       ipRules: 2 rules added`, and below it why not.
fn outcome(outcome: &Outcome, what: &str, paint: Paint) -> Vec<String> {
    let word = match outcome {
        Outcome::Done => paint.good("done"),
        Outcome::Unchanged => paint.dim("unchanged"),
        Outcome::Skipped { .. } => paint.warn("skipped"),
        Outcome::Failed { .. } => paint.bad("failed"),
    };
    let mut lines = vec![format!("    {word:<9}  {what}")];
    match outcome {
        Outcome::Done | Outcome::Unchanged => {}
        Outcome::Skipped { reason } => lines[0] += &format!(" ({})", safe(reason)),
        Outcome::Failed { error } => lines.extend(indent(15, common::failure(error, paint))),
    }
    lines
}

/// `defaultAction: Allow → Deny`, `ipRules: 2 rules added, 1 rule removed`
fn changed(change: &Change) -> String {
    let name = key(change.path);
    if let Some(after) = &change.after {
        let before = change.before.as_ref().map_or_else(|| "(absent)".into(), plain);
        return format!("{name}: {before} → {}", plain(after));
    }
    let (one, many) = match change.path {
        Setting::ServiceEndpoints => ("subnet", "subnets"),
        _ => ("rule", "rules"),
    };
    let mut parts = Vec::new();
    if !change.add.is_empty() {
        parts.push(format!("{} added", count(change.add.len(), one, many)));
    }
    if !change.remove.is_empty() {
        parts.push(format!("{} removed", count(change.remove.len(), one, many)));
    }
    format!("{name}: {}", parts.join(", "))
}

/// A JSON value as one reads it: strings without quotes, `null` as what it means.
pub(super) fn plain(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::Null => "(absent)".to_owned(),
        serde_json::Value::String(text) => safe(text).into_owned(),
        other => safe(&other.to_string()).into_owned(),
    }
}

/// What to do about what did not come about.
fn next(summary: &ReportSummary, paint: Paint) -> Vec<String> {
    let mut lines = Vec::new();
    if summary.failed + summary.skipped + summary.unread > 0 {
        let text = "remove the cause and run the same command again: what is done stays done, and only what is \
                    missing is written";
        lines.push(common::help(text, paint));
    }
    lines
}

fn summary(summary: &ReportSummary) -> String {
    let ReportSummary {
        registries: total,
        verified,
        done,
        unchanged,
        skipped,
        failed,
        refused,
        unread,
        written,
    } = *summary;
    if done + skipped + failed + refused + unread == 0 && !written {
        let verb = if total == 1 { "is" } else { "are" };
        return format!("Nothing to do. {} {verb} as wanted.", registries(total));
    }
    let rows = [
        (done, "done"),
        (unchanged, "unchanged"),
        (skipped, "skipped"),
        (failed, "failed"),
    ];
    let counts: Vec<String> = rows
        .iter()
        .filter(|(number, word)| *number > 0 || *word == "done")
        .map(|(number, word)| format!("{number} {word}"))
        .collect();
    let mut text = format!(
        "Apply: {}; {verified} of {} verified.",
        counts.join(", "),
        registries(total)
    );
    if refused > 0 {
        text += &format!(" {} refused.", registries(refused));
    }
    if unread > 0 {
        text += &format!(" {} could not be read.", registries(unread));
    }
    if !written {
        text += " Nothing was written.";
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use crate::render::{Document, Paint};

    #[test]
    fn a_report_says_what_became_of_each_step_and_change() {
        insta::assert_snapshot!(samples::report().text(Paint::PLAIN), @"");
    }
}
