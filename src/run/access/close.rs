//! Closing leases that another process has opened.

use jiff::Timestamp;

use super::writer::{LeaseWriter, Reached};
use super::{connect, failure_of, report};
use crate::error::Error;
use crate::lease::{
    AccessOutcome, AccessReport, Goal, Lease, LeaseEntry, LeaseName, RegistryAccess, leases_of,
};
use crate::run::interface::Interface;
use crate::run::options::RunOptions;
use crate::run::registry::named_registry::NamedRegistry;
use crate::run::session::Stage;

/// Leases to close.
#[derive(Clone, Debug)]
pub struct CloseRequest {
    /// Id or name of the registry.
    pub registry: String,
    pub named: NamedRegistry,
    /// The lease to close; `None` for all that have expired.
    pub lease: Option<LeaseName>,
}

/// Closes a lease, or those that have expired.
///
/// # Errors
/// There is no connection, no such registry, or a lease cannot be closed.
pub fn close_leases(
    request: &CloseRequest,
    options: &RunOptions,
    interface: &dyn Interface,
) -> Result<AccessReport, Error> {
    let (session, id) = connect(&request.registry, &request.named, options, interface)?;
    // A signal does not leave the registry between two states.
    session.interruption().set_stage(Stage::Holding);
    let writer = LeaseWriter {
        client: session.client(),
        id: &id,
        settle: session.settle(),
    };
    let closed = session.block_on(close(&writer, request)).map_err(Error::Failed)?;
    let (outcome, leases) = closed;
    Ok(report(vec![RegistryAccess {
        id: id.clone(),
        outcome,
        leases: leases.iter().map(LeaseEntry::from).collect(),
        effective: None,
        close: None,
    }]))
}

/// Closes the leases, and returns those that were there.
async fn close(
    writer: &LeaseWriter<'_>,
    request: &CloseRequest,
) -> Result<(AccessOutcome, Vec<Lease>), crate::model::Failure> {
    let Some(live) = writer.read().await? else {
        return Ok((AccessOutcome::Gone, Vec::new()));
    };
    let now = Timestamp::now();
    let mut leases = leases_of(&live);
    leases.retain(|lease| match &request.lease {
        Some(name) => lease.name == *name,
        None => lease.is_expired(now),
    });
    if leases.is_empty() {
        return Ok((AccessOutcome::NothingToClose, leases));
    }
    let never = tokio_util::sync::CancellationToken::new();
    match writer.reach(Goal::Close(&leases), Some(live), &never).await {
        Ok(Reached::Gone) => Ok((AccessOutcome::Gone, leases)),
        Ok(_) => Ok((AccessOutcome::Closed, leases)),
        Err(error) => Err(failure_of(error)),
    }
}
