//! Text of diagnoses: each cause with what speaks for it, and what to do.

use super::common;
use crate::doctor::{Confidence, Diagnosis, Verdict};
use crate::model::grouped;
use crate::render::{Paint, safe};

/// Renders the causes, the likeliest first.
pub(in crate::render) fn diagnosis(diagnosis: &Diagnosis, paint: Paint) -> String {
    let lines = usize::try_from(diagnosis.lines).unwrap_or(usize::MAX);
    let lines = common::count(lines, "line", "lines");
    if diagnosis.verdicts.is_empty() {
        return format!("{} nothing known found in {lines}\n", paint.good("✔"));
    }
    let causes = common::count(diagnosis.verdicts.len(), "possible cause", "possible causes");
    let mut blocks = vec![vec![format!("{causes} found in {lines}, the likeliest first")]];
    for verdict in &diagnosis.verdicts {
        blocks.push(shown(verdict, paint));
    }
    common::page(&blocks)
}

fn shown(verdict: &Verdict, paint: Paint) -> Vec<String> {
    let (sign, confidence) = match verdict.confidence {
        Confidence::High => (paint.bad("✘"), "likely"),
        Confidence::Medium => (paint.warn("?"), "possible"),
        Confidence::Low => (paint.dim("?"), "less likely"),
    };
    let about = paint.dim(format!("({}, {confidence})", verdict.id));
    let mut lines = common::wrap(
        &format!("{sign} {} {about}", paint.bold(safe(&verdict.title))),
        4,
        paint,
    );
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
    if let Some(whose) = whose(verdict) {
        lines.extend(item(&whose, paint));
    }
    for remedy in &verdict.remedies {
        let line = format!("  {}: {}", paint.help("to do"), safe(remedy));
        lines.extend(common::wrap(&line, 4, paint));
    }
    lines.extend(common::wrap(&format!("  see {}", verdict.link), 4, paint));
    lines
}

/// Names the registries and the addresses, as far as the log does.
fn whose(verdict: &Verdict) -> Option<String> {
    let mut parts = Vec::new();
    if verdict.masked {
        parts.push("the registry's name is masked: it has to be filled in below".to_owned());
    }
    for (what, names) in [
        ("registry", &verdict.registries),
        ("address that it saw", &verdict.addresses),
    ] {
        if !names.is_empty() {
            parts.push(format!("{what}: {}", safe(&names.join(", "))));
        }
    }
    (!parts.is_empty()).then(|| parts.join("; "))
}

fn item(text: &str, paint: Paint) -> Vec<String> {
    common::wrap(&format!("  - {text}"), 4, paint)
}
