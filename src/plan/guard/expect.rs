//! The guard over the expectations of the spec.

use super::case::refusal;
use crate::model::Access;
use crate::plan::{BrokenExpectation, Guard, Refusal};
use crate::spec::{Expectation, RegistrySpec};

/// Returns the expectations that `access` breaks, for an audit.
pub(crate) fn broken(wanted: &RegistrySpec, access: &Access) -> Vec<BrokenExpectation> {
    let mut broken = Vec::new();
    for expectation in &wanted.expect {
        if !expectation.holds(access) {
            broken.push(BrokenExpectation {
                client: expectation.written.to_string(),
                allowed: expectation.allowed,
                source: expectation.source.clone(),
            });
        }
    }
    broken
}

/// Refuses each expectation that the state after the change breaks.
pub(crate) fn refusals(wanted: &RegistrySpec, after: &Access) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    for expectation in &wanted.expect {
        if !expectation.holds(after) {
            refusals.push(refused(expectation));
        }
    }
    refusals
}

fn refused(expectation: &Expectation) -> Refusal {
    let at = match &expectation.source {
        Some(source) => format!("{}:{}: ", source.file, source.line),
        None => String::new(),
    };
    // A name is shown with the client that it stands for.
    let client = expectation.client.to_string();
    let named = match &*expectation.written {
        written if *written == client => format!("`{written}`"),
        written => format!("`{written}` ({client})"),
    };
    let (measured, wanted, fails) = if expectation.allowed {
        (
            "not allowed",
            "allowed",
            "would not get in, but `expect.allow` says it must",
        )
    } else {
        (
            "not denied",
            "denied",
            "would get in, but `expect.deny` says it must not",
        )
    };
    let message = format!("{at}{named} {fails}");
    refusal(Guard::Expect, message, measured.to_owned(), wanted.to_owned())
}
