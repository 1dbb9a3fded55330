//! When the new state of a group of registries became effective for this machine.

use std::fmt;

use super::super::common::{self, indent};
use crate::apply::{Effective, RegistryReport};
use crate::plan::Expected;
use crate::render::{Paint, safe};

/// The answers of a registry without their times: registries that share them are shown together.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Answers(Option<String>);

impl Answers {
    pub(super) fn of(registry: &RegistryReport) -> Self {
        Self(registry.effective.as_ref().map(|effective| match effective {
            Effective::Effective { expected, .. } => format!("effective: {expected}"),
            Effective::Pending {
                expected,
                answer,
                interrupted,
                ..
            } => format!("pending: {expected} {answer} {interrupted}"),
            Effective::NotObservable { reason } => reason.clone(),
        }))
    }
}

/// Writes the answers of registries that share them, with the longest of their times.
pub(super) fn lines<'a>(
    registries: impl Iterator<Item = &'a RegistryReport>,
    paint: Paint,
) -> Vec<String> {
    let mut longest: Option<&Effective> = None;
    for effective in registries.filter_map(|registry| registry.effective.as_ref()) {
        if longest.is_none_or(|known| time(known) < time(effective)) {
            longest = Some(effective);
        }
    }
    let Some(effective) = longest else {
        return Vec::new();
    };
    let mut wrapped = Vec::new();
    for line in indent(4, vec![line(effective, paint)]) {
        wrapped.extend(common::wrap(&line, 6, paint));
    }
    wrapped
}

fn line(effective: &Effective, paint: Paint) -> String {
    match effective {
        Effective::Effective { expected, seconds } => {
            format!(
                "effective for this machine within {seconds} s: {}",
                Now(*expected)
            )
        }
        Effective::Pending {
            expected,
            seconds,
            answer,
            interrupted,
            ..
        } => {
            let end = paint.bad(match interrupted {
                true => "the wait was interrupted",
                false => "not effective yet",
            });
            format!(
                "{end} after {seconds} s: this machine should be {expected}, and the last answer was: {}",
                safe(answer)
            )
        }
        Effective::NotObservable { reason } => {
            format!("not waited for: {}", safe(reason))
        }
    }
}

fn time(effective: &Effective) -> f64 {
    match effective {
        Effective::Effective { seconds, .. } | Effective::Pending { seconds, .. } => *seconds,
        Effective::NotObservable { .. } => 0.0,
    }
}

/// The answer of a registry, as the end of a sentence.
struct Now(Expected);

impl fmt::Display for Now {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Expected::Admitted => "it gets in",
            Expected::Refused => "it is refused",
        })
    }
}
