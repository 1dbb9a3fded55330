//! Text of diagnoses: each cause with what speaks for it, and what to do.

use super::common;
use crate::doctor::{Confidence, Diagnosis, Rung, RungStatus, Verdict};
use crate::model::grouped;
use crate::render::{Paint, safe};

/// Renders the causes, the likeliest first.
pub(in crate::render) fn diagnosis(diagnosis: &Diagnosis, paint: Paint) -> String {
    let mut blocks = vec![vec![head(diagnosis, paint)]];
    for verdict in &diagnosis.verdicts {
        blocks.push(shown(verdict, paint));
    }
    if !diagnosis.ladder.is_empty() {
        blocks.push(ladder(&diagnosis.ladder, paint));
    }
    if !diagnosis.notes.is_empty() {
        blocks.push(notes(&diagnosis.notes, paint));
    }
    common::page(&blocks)
}

/// Counts the causes, and says where they were looked for.
fn head(diagnosis: &Diagnosis, paint: Paint) -> String {
    let mut places = Vec::new();
    if let Some(registry) = &diagnosis.registry {
        places.push(format!("on the way to {}", safe(registry)));
    }
    if let Some(lines) = diagnosis.lines {
        let lines = usize::try_from(lines).unwrap_or(usize::MAX);
        places.push(format!("in {}", common::count(lines, "line", "lines")));
    }
    let places = places.join(" and ");
    match diagnosis.verdicts.len() {
        0 if diagnosis.unjudged.is_empty() => {
            format!("{} nothing known found {places}", paint.good("✔"))
        }
        0 => {
            let unjudged = diagnosis.unjudged.join(", ");
            format!(
                "{} nothing known found {places}; not judged: {unjudged}",
                paint.dim("–")
            )
        }
        causes => {
            let causes = common::count(causes, "possible cause", "possible causes");
            format!("{causes} found {places}, the likeliest first")
        }
    }
}

fn ladder(rungs: &[Rung], paint: Paint) -> Vec<String> {
    let mut lines = vec!["step by step".to_owned()];
    for rung in rungs {
        let sign = match rung.status {
            RungStatus::Passed => paint.good("✔"),
            RungStatus::Failed => paint.bad("✘"),
            RungStatus::Skipped => paint.dim("–"),
        };
        let line = format!("  {sign} {}: {}", rung.name, safe(&rung.result));
        lines.extend(common::wrap(&line, 4, paint));
    }
    lines
}

/// Lists what stops others, a line for each, with what to do.
fn notes(notes: &[Verdict], paint: Paint) -> Vec<String> {
    let mut lines = vec!["not the cause here, but worth knowing".to_owned()];
    for note in notes {
        let line = format!("  {} {} ({})", paint.warn("!"), safe(&note.title), note.id);
        lines.extend(common::wrap(&line, 4, paint));
        if let Some(remedy) = note.remedies.first() {
            let line = format!("    {}: {}", paint.help("to do"), safe(remedy));
            lines.extend(common::wrap(&line, 6, paint));
        }
    }
    lines
}

fn shown(verdict: &Verdict, paint: Paint) -> Vec<String> {
    let sign = match verdict.confidence {
        Confidence::High => paint.bad("✘"),
        Confidence::Medium => paint.warn("?"),
        Confidence::Low => paint.dim("?"),
    };
    let confidence = verdict.confidence.in_words();
    let about = paint.dim(format!("({}, {confidence})", verdict.id));
    let mut lines = common::wrap(
        &format!("{sign} {} {about}", paint.bold(safe(&verdict.title))),
        4,
        paint,
    );
    for fact in &verdict.facts {
        lines.extend(item(
            &format!("{}: {}", safe(&fact.name), safe(&fact.value)),
            paint,
        ));
    }
    for seen in &verdict.seen {
        lines.extend(item(
            &format!("line {}: {}", grouped(seen.line), safe(&seen.text)),
            paint,
        ));
    }
    let shown = verdict.seen.len() as u64;
    if verdict.times > shown {
        let more = grouped(verdict.times - shown);
        lines.extend(item(&format!("and {more} more lines like these"), paint));
    }
    lines.extend(item(&format!("why: {}", verdict.cause), paint));
    if let Some(whose) = verdict.named_by_log() {
        lines.extend(item(&safe(&whose), paint));
    }
    for remedy in &verdict.remedies {
        let line = format!("  {}: {}", paint.help("to do"), safe(remedy));
        lines.extend(common::wrap(&line, 4, paint));
    }
    lines.extend(common::wrap(&format!("  see {}", verdict.link), 4, paint));
    lines
}

fn item(text: &str, paint: Paint) -> Vec<String> {
    common::wrap(&format!("  - {text}"), 4, paint)
}
