//! Closing leases that another process has opened.

use jiff::Timestamp;

use super::altered::Altered;
use super::not_brought_back::not_brought_back;
use super::not_closed::NotClosed;
use super::shown::shown;
use super::writer::{LeaseWriter, Reached};
use super::{CLOSING, connect, report};
use crate::error::Error;
use crate::lease::{
    AccessOutcome, AccessReport, Goal, Lease, LeaseEntry, LeaseName, RegistryAccess, UnreadableLease,
    leases_of, unreadable_leases_of,
};
use crate::model::Failure;
use crate::run::interface::Interface;
use crate::run::options::RunOptions;
use crate::run::registry::named_registry::NamedRegistry;
use crate::run::session::Stage;

/// Leases to close.
#[derive(Clone, Debug)]
pub struct CloseRequest {
    /// Id or name of the registry. `None`: the user is asked.
    pub registry: Option<String>,
    pub named: NamedRegistry,
    /// The lease to close; `None` for all that have expired.
    pub lease: Option<LeaseName>,
}

/// The end of a close without a result.
#[derive(Debug)]
pub enum CloseError {
    /// It was not begun.
    NotBegun(Error),
    NotClosed(NotClosed),
}

impl From<Error> for CloseError {
    fn from(error: Error) -> Self {
        Self::NotBegun(error)
    }
}

/// Closes a lease, or those that have expired.
///
/// # Errors
/// There is no connection, no such registry, or a lease cannot be closed.
pub fn close_leases(
    request: &CloseRequest,
    options: &RunOptions,
    interface: &dyn Interface,
) -> Result<AccessReport, CloseError> {
    let (session, id) = connect(request.registry.as_deref(), &request.named, options, interface)?;
    // A signal does not leave the registry between two states.
    session.interruption().set_stage(Stage::Closing);
    let flags = options.same_service_flags();
    let writer = LeaseWriter {
        client: session.client(),
        id: &id,
        settle: session.settle(),
        flags: &flags,
        lasts: None,
    };
    let closing = close(&writer, request);
    let closed = shown(&session, &id, CLOSING, closing).map_err(CloseError::NotClosed)?;
    Ok(report(vec![RegistryAccess {
        id: id.clone(),
        outcome: closed.outcome,
        leases: closed.leases.iter().map(LeaseEntry::from).collect(),
        still_admitted: closed.still_admitted,
        altered: closed.altered,
        not_brought_back: closed.not_brought_back,
        unreadable: closed.unreadable,
        effective: None,
        close: None,
    }]))
}

/// What was closed.
struct Closed {
    outcome: AccessOutcome,
    /// The leases that were there.
    leases: Vec<Lease>,
    still_admitted: Vec<String>,
    altered: Vec<Failure>,
    not_brought_back: Option<Failure>,
    unreadable: Vec<UnreadableLease>,
}

/// Closes the leases. The tags of leases that cannot be read stay: which rules are theirs is not known.
async fn close(writer: &LeaseWriter<'_>, request: &CloseRequest) -> Result<Closed, NotClosed> {
    let mut closed = Closed {
        outcome: AccessOutcome::Gone,
        leases: Vec::new(),
        still_admitted: Vec::new(),
        altered: Vec::new(),
        not_brought_back: None,
        unreadable: Vec::new(),
    };
    let Some(live) = writer.read().await.map_err(NotClosed::unread)? else {
        return Ok(closed);
    };
    let now = Timestamp::now();
    closed.leases = leases_of(&live);
    closed.leases.retain(|lease| match &request.lease {
        Some(name) => lease.name == *name,
        None => lease.is_expired(now),
    });
    closed.unreadable = unreadable_leases_of(&live);
    if let Some(name) = &request.lease {
        closed.unreadable.retain(|tag| tag.is_of(name));
    }
    closed.outcome = AccessOutcome::NothingToClose;
    if !closed.leases.is_empty() {
        let never = tokio_util::sync::CancellationToken::new();
        let mut goal = Goal::Close(closed.leases.clone());
        let mut altered = Altered::default();
        closed.outcome = match writer.reach(&mut goal, Some(live), &mut altered, &never).await {
            Ok(Reached::Gone) => AccessOutcome::Gone,
            Ok(reached) => {
                closed.still_admitted = reached.still_admitted(&closed.leases);
                closed.altered = reached.altered();
                closed.not_brought_back = not_brought_back(writer.id, &reached, &closed.leases);
                AccessOutcome::Closed
            }
            Err(error) => return Err(NotClosed::of(writer.id, &closed.leases, error, writer.flags)),
        };
    }
    Ok(closed)
}
