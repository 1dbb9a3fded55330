//! What the spec expects of the wanted state.

use super::case::refusal;
use crate::model::Access;
use crate::plan::{BrokenExpectation, Guard, Refusal};
use crate::spec::{Expectation, RegistrySpec};

/// The expectations that do not hold.
pub(crate) fn broken(wanted: &RegistrySpec, access: &Access) -> Vec<BrokenExpectation> {
    let broken = failing(wanted, access);
    broken
        .map(|expectation| BrokenExpectation {
            client: expectation.written.to_string(),
            allowed: expectation.allowed,
            source: expectation.source.clone(),
        })
        .collect()
}

pub(crate) fn refusals(wanted: &RegistrySpec, after: &Access) -> Vec<Refusal> {
    failing(wanted, after).map(refused).collect()
}

fn failing<'a>(wanted: &'a RegistrySpec, access: &'a Access) -> impl Iterator<Item = &'a Expectation> {
    wanted
        .expect
        .iter()
        .filter(|expectation| !expectation.holds(access))
}

fn refused(expectation: &Expectation) -> Refusal {
    let at = expectation
        .source
        .as_ref()
        .map(|s| format!("{}:{}: ", s.file, s.line))
        .unwrap_or_default();
    let client = expectation.client.to_string();
    let named = match &*expectation.written {
        written if *written == client => format!("`{written}`"),
        written => format!("`{written}` ({client})"),
    };
    let (measured, wanted) = if expectation.allowed {
        ("not allowed", "allowed")
    } else {
        ("not denied", "denied")
    };
    let message =
        format!("{at}{named} is expected to be {wanted}, and the wanted state would not do that");
    refusal(Guard::Expect, message, measured.to_owned(), wanted.to_owned())
}
