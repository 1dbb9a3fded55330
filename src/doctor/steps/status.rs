//! The status of a step.

use crate::doctor::steps::Step;
use crate::doctor::types::RungStatus::{Failed, Passed, Skipped};
use crate::doctor::types::{Fact, Rung, RungStatus};
use crate::model::Failure;

pub(super) fn status_of(holds: bool) -> RungStatus {
    if holds { Passed } else { Failed }
}

/// Returns a step that could not be judged, because something could not be read.
pub(super) fn unread(step: Step, failure: &Failure) -> Rung {
    Rung::new(step, Skipped, &failure.message).with([Fact::new("code", &failure.code)])
}
