//! The signs of the steps beside the verdicts: a step that a cause names does not hold, and one that only a note names was not
//! judged.

use super::step::Step;
use crate::doctor::types::{Confidence, Rung, RungStatus, Verdict};

/// Takes back that the first step of a cause holds, unless one of its steps fails by itself. A step that was not judged stays so.
/// Returns the names of the steps that fail because of it.
pub(in crate::doctor) fn blame(
    ladder: &mut [Rung],
    steps: &[Step],
    confidence: Confidence,
    title: &str,
) -> Vec<String> {
    let failing = failing_of(ladder, steps);
    // A less likely cause adds nothing to a step of its own that is not judged.
    if !failing.is_empty() || confidence == Confidence::Low && has_unjudged(ladder, steps) {
        return failing;
    }
    for step in steps {
        let mut rungs = ladder.iter_mut();
        let holds = |rung: &&mut Rung| rung.name == step.name() && rung.status == RungStatus::Passed;
        if let Some(rung) = rungs.find(holds) {
            // What is less likely was not judged.
            rung.status = match confidence {
                Confidence::Low => RungStatus::Skipped,
                Confidence::Medium | Confidence::High => RungStatus::Failed,
            };
            rung.result += &format!("; {title}");
            break;
        }
    }
    failing_of(ladder, steps)
}

fn has_unjudged(ladder: &[Rung], steps: &[Step]) -> bool {
    let mut unjudged = ladder.iter().filter(|rung| rung.unjudged);
    unjudged.any(|rung| steps.iter().any(|step| rung.name == step.name()))
}

/// Returns the names of the steps among these that fail.
fn failing_of(ladder: &[Rung], steps: &[Step]) -> Vec<String> {
    let mut failing = Vec::new();
    for step in steps {
        let mut rungs = ladder.iter();
        if rungs.any(|rung| fails(rung) && rung.name == step.name()) {
            failing.push(step.name().to_owned());
        }
    }
    failing
}

/// Takes back the failure of steps that only a note explains.
pub(in crate::doctor) fn excuse(ladder: &mut [Rung], steps: &[Step], verdicts: &[Verdict]) {
    for rung in ladder {
        let noted = steps.iter().any(|step| rung.name == step.name());
        if fails(rung) && noted && !is_named(rung, verdicts) {
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
