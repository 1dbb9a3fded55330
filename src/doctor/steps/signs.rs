//! The signs of the steps beside the verdicts: a step that a cause names does not hold, and one that only a note names was not
//! judged.

use crate::doctor::types::{Confidence, Rung, RungStatus, Verdict};

/// Brings the signs of the ladder in line with what was found. A verdict keeps the names of the steps that fail.
pub(in crate::doctor) fn settle(ladder: &mut [Rung], verdicts: &mut [Verdict], notes: &[Verdict]) {
    for verdict in verdicts.iter_mut() {
        blame(ladder, verdict);
        let failing = |step: &String| ladder.iter().any(|rung| fails(rung) && rung.name == *step);
        verdict.steps.retain(failing);
    }
    for rung in ladder {
        if fails(rung) && !is_named(rung, verdicts) && is_named(rung, notes) {
            rung.status = RungStatus::Skipped;
        }
    }
}

/// Returns true if one of the verdicts names the step.
pub(in crate::doctor) fn is_named(rung: &Rung, verdicts: &[Verdict]) -> bool {
    let mut verdicts = verdicts.iter();
    verdicts.any(|verdict| verdict.steps.contains(&rung.name))
}

fn fails(rung: &Rung) -> bool {
    rung.status == RungStatus::Failed
}

/// Takes back that the first step of a cause holds, unless one of its steps fails by itself. A step that was not judged stays
/// so.
fn blame(ladder: &mut [Rung], verdict: &Verdict) {
    let mut own = ladder.iter().filter(|rung| verdict.steps.contains(&rung.name));
    if own.any(|rung| fails(rung) || verdict.confidence == Confidence::Low && rung.unjudged) {
        return;
    }
    for step in &verdict.steps {
        let mut rungs = ladder.iter_mut();
        let passed = |rung: &&mut Rung| rung.name == *step && rung.status == RungStatus::Passed;
        if let Some(rung) = rungs.find(passed) {
            // What is less likely was not judged.
            rung.status = match verdict.confidence {
                Confidence::Low => RungStatus::Skipped,
                Confidence::Medium | Confidence::High => RungStatus::Failed,
            };
            rung.result += &format!("; {}", verdict.title);
            return;
        }
    }
}
