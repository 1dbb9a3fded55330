//! What something on the way has changed in the writes of a lease, as an Azure Policy with effect Modify does.

use serde_json::Value;

use crate::apply::{changed_on_the_way, lost_from_a_list};
use crate::lease::{LeaseWrite, still_deviates};
use crate::live::{LiveRegistry, parse_registry};
use crate::model::{Failure, RegistryId};
use crate::plan::{Deviation, Lists, Problem};

/// How often in a row Azure may answer a write without what it was to change.
const MOST_REFUSED: u32 = 3;

/// The settings that Azure's answers to the writes of a lease show changed, other than those that the lease changes. It is
/// kept from the first write of the lease to its close.
#[derive(Debug, Default)]
pub(crate) struct Altered {
    found: Vec<Found>,
    /// Answers in a row without what the write was to change.
    refused: u32,
}

/// A setting that an answer shows otherwise than it was.
#[derive(Debug)]
struct Found {
    deviation: Deviation,
    /// The answer.
    shown: LiveRegistry,
    /// False for a list that the write left out.
    is_sent: bool,
}

impl Altered {
    /// Looks at the answer of a write.
    ///
    /// # Errors
    /// Azure takes the write and does not keep it, again and again: more writes do not help.
    pub(super) fn look(
        &mut self,
        write: &LeaseWrite,
        before: &LiveRegistry,
        lists: Lists,
        answer: &Value,
    ) -> Result<(), Failure> {
        let Ok(after) = parse_registry(&before.id, &before.api_version, answer.clone()) else {
            return Ok(());
        };
        let mut not_kept = None;
        for deviation in write.altered(before, &after, lists) {
            let (own, rest): (Vec<Problem>, Vec<Problem>) = deviation
                .problems
                .iter()
                .cloned()
                .partition(|problem| write.was_to_change(deviation.path, problem, before));
            if !own.is_empty() {
                not_kept = Some(changed_on_the_way(&deviation, &before.id));
            }
            if let Some(rest) = Deviation::of(deviation.path, rest) {
                self.add(Found {
                    is_sent: write.sends(deviation.path, lists),
                    deviation: rest,
                    shown: after.clone(),
                });
            }
        }
        let Some(error) = not_kept else {
            self.refused = 0;
            return Ok(());
        };
        self.refused += 1;
        match self.refused < MOST_REFUSED {
            true => Ok(()),
            false => {
                self.refused = 0;
                Err(error)
            }
        }
    }

    /// Adds what an answer shows. The rules of several answers count together; of a value, the newest counts.
    fn add(&mut self, mut new: Found) {
        let path = new.deviation.path;
        let known = self.found.iter().position(|found| found.deviation.path == path);
        let mut problems = match known.map(|at| self.found.remove(at)) {
            Some(earlier) => earlier.deviation.problems,
            None => Vec::new(),
        };
        for problem in std::mem::take(&mut new.deviation.problems) {
            let subject = problem.rule().map(|(rule, _)| rule);
            let known = problems
                .iter()
                .position(|other| other.rule().map(|(rule, _)| rule) == subject);
            match known.map(|at| problems.remove(at)) {
                // A rule that came and went, or went and came, is as it was.
                Some(other) if subject.is_some() && other != problem => {}
                _ => problems.push(problem),
            }
        }
        new.deviation.problems = problems;
        if !new.deviation.problems.is_empty() {
            self.found.push(new);
        }
    }

    /// Returns a failure for all that is still as an answer showed it, or for all that is known if the registry could not be
    /// read. `flags` lead to the same service, each after a space.
    pub(super) fn left(
        &self,
        id: &RegistryId,
        live: Option<&LiveRegistry>,
        flags: &str,
    ) -> Vec<Failure> {
        let mut failures = Vec::new();
        for found in &self.found {
            let left = match live {
                Some(live) => still_deviates(&found.deviation, &found.shown, live),
                None => Some(found.deviation.clone()),
            };
            failures.extend(left.map(|left| match found.is_sent {
                true => changed_on_the_way(&left, id),
                false => lost_from_a_list(&left, id, flags),
            }));
        }
        failures
    }
}
