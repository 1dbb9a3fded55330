//! Posture findings. The same finding about many registries is shown once, with their names.

use super::super::common::{self, count};
use crate::audit::Audit;
use crate::model::grouped;
use crate::posture::{PostureCount, PostureFinding};
use crate::render::{Paint, safe};
use crate::spec::{PostureRule, Severity};

/// Registries that a finding names; more are counted.
const MOST_NAMED: usize = 5;

/// Writes a block for each finding, the worst first. Accepted findings are only counted.
pub(super) fn blocks(audit: &Audit, paint: Paint) -> Vec<Vec<String>> {
    findings(&audit.posture, paint)
}

/// Writes a block for each of these findings.
pub(in crate::render) fn findings(findings: &[PostureFinding], paint: Paint) -> Vec<Vec<String>> {
    let mut open: Vec<&PostureFinding> = Vec::new();
    for finding in findings {
        if finding.accepted.is_none() && is_shown(finding, paint) {
            open.push(finding);
        }
    }
    open.sort_by_key(|finding| (finding.severity, finding.rule));
    let (mut blocks, mut notes) = (Vec::new(), Vec::new());
    for group in common::alike(&open, |finding| (finding.rule, &finding.message)) {
        let Some(first) = group.first() else { continue };
        let lines = block(first, &group, paint);
        match first.severity {
            // Notes are many and short, so they stand together.
            Severity::Note => notes.extend(lines),
            Severity::Error | Severity::Warning => blocks.push(lines),
        }
    }
    if !notes.is_empty() {
        blocks.push(notes);
    }
    blocks
}

/// Returns true for a finding that text shows. Notes are many, and nothing is wrong, so they are counted unless the reader asks
/// for them. A day that is near is news.
fn is_shown(finding: &PostureFinding, paint: Paint) -> bool {
    finding.severity != Severity::Note
        || finding.rule == PostureRule::ExpiringEntry
        || paint.shows_all()
        || paint.shows_ids()
}

/// Says how many notes are not shown. Returns `None` if all are.
pub(in crate::render) fn hidden_notes(findings: &[PostureFinding], paint: Paint) -> Option<String> {
    let mut hidden = 0;
    for finding in findings {
        hidden += usize::from(finding.accepted.is_none() && !is_shown(finding, paint));
    }
    match hidden {
        0 => None,
        1 => Some("1 note is not shown: --notes shows it.".to_owned()),
        many => Some(format!(
            "{} notes are not shown: --notes shows them.",
            grouped(many as u64)
        )),
    }
}

/// Writes the parts of registries that could not be judged, a block for each cause.
pub(super) fn unjudged(audit: &Audit, paint: Paint) -> Vec<Vec<String>> {
    let mut blocks = Vec::new();
    for group in common::alike(&audit.unjudged, common::unread_cause) {
        let (error, number) = match group[..] {
            [] => continue,
            [only] => (only.error.clone(), String::new()),
            [first, ..] => (
                common::of_several(&first.error, &first.id),
                format!(" of {}", common::registries(group.len())),
            ),
        };
        let line = format!("{} posture{number} could be judged only in part", paint.warn("?"));
        let mut lines = common::wrap(&line, 2, paint);
        let placed = group.iter().map(|part| (&part.id, part.source.as_ref()));
        lines.extend(common::list(placed, 2, paint));
        let paint = paint.indented(2);
        lines.extend(common::indent(2, common::failure(&error, None, paint)));
        blocks.push(lines);
    }
    blocks
}

/// Writes what a rule says about registries, their names, and the next step.
fn block(first: &PostureFinding, group: &[&&PostureFinding], paint: Paint) -> Vec<String> {
    let rule = first.rule.id();
    let head = match first.severity {
        Severity::Error => paint.bad(format!("error[{rule}]")),
        Severity::Warning => paint.warn(format!("warning[{rule}]")),
        Severity::Note => paint.help(format!("note[{rule}]")),
    };
    let line = format!("{head}: {}", safe(&first.message));
    let mut lines = common::wrap(&line, 4, paint);
    lines.extend(registries(group, paint));
    // Notes are short, unless the reader asks for all of them.
    if first.severity != Severity::Note || paint.shows_all() {
        lines.extend(helps(group, paint));
    }
    lines
}

/// Writes the next steps. One that names its registry is written for each of a few, and of many the first is.
fn helps(group: &[&&PostureFinding], paint: Paint) -> Vec<String> {
    let mut texts: Vec<&str> = Vec::new();
    for finding in group {
        if !texts.contains(&finding.help.as_str()) {
            texts.push(&finding.help);
        }
    }
    let shown = if texts.len() > MOST_NAMED { 1 } else { texts.len() };
    let mut lines = Vec::new();
    for text in &texts[..shown] {
        lines.extend(common::wrap(
            &format!("  {}", common::help(text, paint)),
            4,
            paint,
        ));
    }
    if texts.len() > shown {
        let rest = format!("  and {} more like it: `-o json` has each", texts.len() - shown);
        lines.extend(common::wrap(&rest, 4, paint));
    }
    lines
}

/// Names the registries with their places. Of many, the first few are named; documents have all.
fn registries(group: &[&&PostureFinding], paint: Paint) -> Vec<String> {
    if group.len() <= MOST_NAMED {
        let placed = group
            .iter()
            .map(|finding| (&finding.registry, finding.source.as_ref()));
        return common::list(placed, 2, paint);
    }
    let mut names = Vec::new();
    for finding in group {
        names.push(safe(finding.registry.name()).into_owned());
    }
    let number = common::registries(group.len());
    let line = format!("  {number}: {}", common::first_of(&names, MOST_NAMED));
    common::wrap(&line, 4, paint)
}

/// Counts findings: `2 errors, 1 warning, 3 notes; 1 accepted`. Returns `None` without any.
pub(in crate::render) fn counts(number: PostureCount) -> Option<String> {
    let mut parts = Vec::new();
    for (number, one, many) in [
        (number.errors, "error", "errors"),
        (number.warnings, "warning", "warnings"),
        (number.notes, "note", "notes"),
    ] {
        if number > 0 {
            parts.push(count(number, one, many));
        }
    }
    let text = parts.join(", ");
    match (text.is_empty(), number.accepted) {
        (true, 0) => None,
        (false, 0) => Some(text),
        (true, accepted) => Some(format!("{accepted} accepted")),
        (false, accepted) => Some(format!("{text}; {accepted} accepted")),
    }
}
