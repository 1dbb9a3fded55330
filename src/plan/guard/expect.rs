//! The guard over the expectations of the spec.

use super::case::refusal;
use crate::model::Access;
use crate::plan::{BrokenExpectation, Guard, Refusal};
use crate::spec::{Expectation, RegistrySpec};

/// Returns the expectations that `access` breaks, for an audit.
pub(crate) fn broken(wanted: &RegistrySpec, access: &Access) -> Vec<BrokenExpectation> {
    let mut broken = Vec::new();
    for entry in entries(wanted) {
        if let Some(expectation) = failing(entry, access).first() {
            broken.push(BrokenExpectation {
                client: expectation.written.to_string(),
                allowed: expectation.allowed,
                case: expectation.case.clone(),
                source: expectation.source.clone(),
            });
        }
    }
    broken
}

/// Returns the expectations entry by entry: the name of a network stands for one expectation a range.
fn entries(wanted: &RegistrySpec) -> impl Iterator<Item = &[Expectation]> {
    wanted.expect.chunk_by(|a, b| {
        let same_place = a.source.is_some() && a.source == b.source;
        same_place && a.written == b.written && a.allowed == b.allowed
    })
}

/// Returns the expectations of an entry that `access` breaks.
fn failing<'a>(entry: &'a [Expectation], access: &Access) -> Vec<&'a Expectation> {
    let mut failing = Vec::new();
    for expectation in entry {
        if !expectation.holds(access) {
            failing.push(expectation);
        }
    }
    failing
}

/// Refuses each expectation that the state after the change breaks.
pub(crate) fn refusals(wanted: &RegistrySpec, after: &Access) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    for entry in entries(wanted) {
        if let [first, others @ ..] = &*failing(entry, after) {
            refusals.push(refused(first, others.len()));
        }
    }
    refusals
}

/// Makes the refusal of an entry. `others` is the number of further ranges of the same name that fail.
fn refused(expectation: &Expectation, others: usize) -> Refusal {
    let at = match &expectation.source {
        Some(source) => format!("{}:{}: ", source.file, source.line),
        None => String::new(),
    };
    // A name is shown with the client that it stands for.
    let client = expectation.client.to_string();
    let more = match others {
        0 => String::new(),
        others => format!(" and {others} more"),
    };
    let named = match &*expectation.written {
        written if *written == client => format!("`{written}`"),
        written => format!("`{written}` ({client}{more})"),
    };
    let key = expectation.key();
    let (measured, wanted, fails) = if expectation.allowed {
        (
            "not allowed",
            "allowed",
            format!("would not get in, but {key} says it must"),
        )
    } else {
        (
            "not denied",
            "denied",
            format!("would get in, but {key} says it must not"),
        )
    };
    let message = format!("{at}{named} {fails}");
    refusal(Guard::Expect, message, measured.to_owned(), wanted.to_owned())
}
