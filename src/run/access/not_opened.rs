//! Failures of an open.

use std::time::Duration;

use crate::model::{ErrorCode, Failure, FailureKind, RegistryId, shell_word};

pub(super) fn gone(id: &RegistryId) -> Failure {
    let message = format!(
        "there is no registry `{}` in resource group `{}` of subscription `{}`, or it is being deleted",
        id.name(),
        id.resource_group(),
        id.subscription()
    );
    Failure::new(ErrorCode::RegistryNotFound, message)
        .with_help("correct the name or the id; sign in with an account that may read it")
}

pub(super) fn interrupted(id: &RegistryId) -> Failure {
    let message = format!("interrupted while {} was being opened", id.name());
    Failure::new(ErrorCode::Interrupted, message)
}

pub(super) fn no_address(id: &RegistryId, reason: &str) -> Failure {
    let message = format!(
        "{} does not say at which address it sees this machine: {reason}",
        id.name()
    );
    Failure::new(ErrorCode::NoAnswer, message)
        .with_help("name the public address of this machine: --ip ADDRESS")
}

/// Names the next step after a write that Azure refused, such as one over the limit of IP rules.
pub(super) fn with_next_step(error: Failure, id: &RegistryId, flags: &str) -> Failure {
    if error.kind != FailureKind::Refused || error.help.is_some() {
        return error;
    }
    let id = shell_word(id.as_str());
    error.with_help(format!(
        "fix what Azure names, and run the same command again; `ringfence close {id} --expired{flags}` takes out the rules of \
         killed jobs"
    ))
}

/// Returns the failure of a write after which nobody gets in. Something on the way has changed it.
pub(super) fn not_open(id: &RegistryId, altered: Vec<Failure>) -> Failure {
    altered.into_iter().next().unwrap_or_else(|| {
        let message = format!("{} admits nobody after the write", id.name());
        Failure::new(ErrorCode::NotVerified, message)
    })
}

pub(super) fn not_effective(id: &RegistryId, seconds: f64, answer: &str, limit: Duration) -> Failure {
    let message = format!(
        "{} does not admit this machine {seconds} s after the write; its last answer was: {answer}",
        id.name()
    );
    Failure::new(ErrorCode::NotVerified, message).with_help(format!("wait longer: {}", longer(limit)))
}

pub(super) fn unexplained(id: &RegistryId, limit: Duration) -> Failure {
    let message = format!(
        "{} admits this machine, and nothing that is set there does: an access that has ended may still be in effect",
        id.name()
    );
    Failure::new(ErrorCode::NotVerified, message).with_help(format!(
        "wait longer: {}, or name the address of this machine: --ip",
        longer(limit)
    ))
}

/// Returns the flag for a longer wait than this.
fn longer(limit: Duration) -> String {
    let minutes = (limit.as_secs() / 60).saturating_mul(3);
    format!("--wait={}m", minutes.max(30))
}
