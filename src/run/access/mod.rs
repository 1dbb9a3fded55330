//! Access for a while: opening a registry for this machine, and closing it again.

mod altered;
mod close;
mod look;
mod not_brought_back;
mod not_closed;
mod not_opened;
mod shown;
mod writer;

use std::net::IpAddr;
use std::time::Duration;

pub use close::{CloseError, CloseRequest, close_leases};
pub use not_closed::NotClosed;

use jiff::Timestamp;
use tokio::sync::Semaphore;
use tokio::time::Instant;

use super::interface::{Interface, Notice, Question};
use super::options::{RunOptions, now};
use super::session::{Session, Stage};
use crate::apply::{Effective, WaitEffective, Watch};
use crate::error::{Error, Exit, RunRefusal};
use crate::lease::{
    AccessOutcome, AccessReport, Asked, FORMAT, Goal, Lease, LeaseEntry, LeaseName, Need,
    RegistryAccess, end_after, may_admit, need,
};
use crate::live::{LiveRegistry, Probe};
use crate::model::{AddressSet, Cidr, Failure, RegistryId};
use crate::plan::Expected;
use crate::run::registry::named_registry::NamedRegistry;
use crate::spec::{RegistrySpec, Spec};
use altered::Altered;
use not_opened::{gone, interrupted, no_address, not_effective, not_open, with_next_step};
use shown::shown;
use writer::{LeaseWriter, NotReached, NotReachedCause, Reached};

/// Access that one machine asks for.
#[derive(Clone, Debug)]
pub struct AccessRequest {
    /// Id or name of the registry. `None`: the user is asked.
    pub registry: Option<String>,
    pub named: NamedRegistry,
    /// The address to admit, instead of the one that the registry sees.
    pub ip: Option<Cidr>,
    pub allow_public_access: bool,
    /// Name of the lease; `None` for a new one.
    pub lease: Option<LeaseName>,
    /// The longest time that the access is needed, once the registry admits this machine.
    pub max_time: Duration,
    /// The longest time to wait until the registry admits this machine.
    pub wait: Duration,
}

/// The access of this machine to one registry, from the connection to the end.
pub struct TemporaryAccess<'a> {
    session: Session<'a>,
    request: &'a AccessRequest,
    flags: String,
    id: RegistryId,
    /// The lease, from the moment before its first write.
    lease: Option<Lease>,
    /// What something on the way has changed in the writes of the lease.
    altered: Altered,
    /// The settings of it that are so after the lease was opened.
    altered_now: Vec<Failure>,
}

impl<'a> TemporaryAccess<'a> {
    /// Connects and finds the registry. Nothing is written.
    ///
    /// # Errors
    /// There is no connection, or no such registry.
    pub fn begin(
        request: &'a AccessRequest,
        options: &'a RunOptions,
        interface: &'a dyn Interface,
    ) -> Result<Self, Error> {
        if let Some(ip) = request.ip.filter(|ip| ip.public().is_empty()) {
            return Err(Error::usage(
                format!("`--ip {ip}` is not a public address: no client reaches a registry from there"),
                "leave out --ip, and the registry says which address it sees; or name the public address of the NAT",
            ));
        }
        let (session, id) = connect(request.registry.as_deref(), &request.named, options, interface)?;
        Ok(Self {
            session,
            request,
            flags: options.same_service_flags(),
            id,
            lease: None,
            altered: Altered::default(),
            altered_now: Vec::new(),
        })
    }

    /// Opens the registry for this machine, unless it gets in already, and waits until it does.
    ///
    /// # Errors
    /// The registry is not open for this machine. What was written is closed by [`Self::close`].
    pub fn open(&mut self) -> Result<AccessReport, Error> {
        self.session.interruption().set_stage(Stage::Opening);
        let (live, probe) = self.look()?;
        let asked = self.asked(&probe)?;
        let (outcome, since) = match need(&live, &asked).map_err(RunRefusal::Lease)? {
            Need::Nothing => (AccessOutcome::AdmittedAlready, Instant::now()),
            Need::Lease(lease) => {
                self.lease = Some(lease);
                (AccessOutcome::Opened, self.write(live.clone())?)
            }
        };
        let effective = self.wait(&live, &probe, asked.address, since)?;
        let interruption = self.session.interruption();
        interruption.set_stage(Stage::Holding);
        // A signal has promised that what was opened is closed.
        match interruption.cancel.is_cancelled() {
            true => Err(Error::Failed(interrupted(&self.id))),
            false => Ok(self.report(outcome, effective)),
        }
    }

    /// Closes what was opened. Signals do not end it.
    ///
    /// # Errors
    /// The registry is still open, or the close has not come to its end.
    pub fn close(&mut self) -> Result<AccessReport, NotClosed> {
        let Some(lease) = &self.lease else {
            return Ok(self.report(AccessOutcome::NothingToClose, None));
        };
        self.session.interruption().set_stage(Stage::Closing);
        let leases = std::slice::from_ref(lease);
        let never = tokio_util::sync::CancellationToken::new();
        let mut altered = std::mem::take(&mut self.altered);
        let mut goal = Goal::Close(leases.to_vec());
        let writer = self.writer();
        let reach = writer.reach(&mut goal, None, &mut altered, &never);
        let closed = shown(&self.session, &self.id, CLOSING, reach);
        match closed {
            Ok(Reached::Gone) => Ok(self.report(AccessOutcome::Gone, None)),
            // The lease was never written, or another command has closed it.
            Ok(reached) if reached.is_unwritten() => {
                Ok(self.report(AccessOutcome::NothingToClose, None))
            }
            Ok(reached) => {
                let mut report = self.report(AccessOutcome::Closed, None);
                let registry = &mut report.registries[0];
                registry.still_admitted = reached.still_admitted(leases);
                registry.altered = reached.altered();
                registry.not_brought_back =
                    not_brought_back::not_brought_back(&self.id, &reached, leases);
                Ok(report)
            }
            Err(error) => Err(NotClosed::of(&self.id, leases, error, &self.flags)),
        }
    }

    /// Returns the longest time that the access may still be used: no longer than the lease, which another command closes
    /// after its end.
    pub fn time_left(&self) -> Duration {
        let most = self.request.max_time;
        let Some(lease) = &self.lease else {
            return most;
        };
        let left = lease.until.duration_since(Timestamp::now());
        most.min(Duration::try_from(left).unwrap_or_default())
    }

    /// Returns true if something was opened, or may have been.
    pub fn has_lease(&self) -> bool {
        self.lease.is_some()
    }

    /// Returns the exit that a signal asks for, if one came.
    pub fn interrupted(&self) -> Option<Exit> {
        self.session.interruption().received()
    }

    fn writer(&self) -> LeaseWriter<'_> {
        LeaseWriter {
            client: self.session.client(),
            id: &self.id,
            settle: self.session.settle(),
            flags: &self.flags,
            lasts: Some(self.lasts()),
        }
    }

    /// Returns how long a lease lasts: it outlasts the wait, which is not the time that the access is needed.
    fn lasts(&self) -> Duration {
        self.request.wait.saturating_add(self.request.max_time)
    }

    /// Returns what this machine asks for, after the registry's answer to it.
    fn asked(&self, probe: &Probe) -> Result<Asked, Error> {
        let request = self.request;
        let address = match (request.ip, probe) {
            (Some(ip), _) => Some(ip),
            (None, Probe::Denied(address)) => Some(*address),
            (None, Probe::Admitted) => None,
            (None, Probe::Unknown(reason)) => return Err(Error::Failed(no_address(&self.id, reason))),
        };
        let name = match &request.lease {
            Some(name) => name.clone(),
            None => new_name(),
        };
        let now = Timestamp::now();
        Ok(Asked {
            name,
            now,
            until: end_after(now, self.lasts()),
            address,
            allow_public_access: request.allow_public_access,
            flags: self.flags.clone(),
        })
    }

    /// Writes the lease and its rules, and returns the time of the last write.
    fn write(&mut self, live: LiveRegistry) -> Result<Instant, Error> {
        let Some(lease) = &self.lease else {
            return Ok(Instant::now());
        };
        let mut goal = Goal::Open(lease.clone());
        let mut altered = std::mem::take(&mut self.altered);
        let cancel = &self.session.interruption().cancel;
        let writer = self.writer();
        let reach = writer.reach(&mut goal, Some(live), &mut altered, cancel);
        let reached = shown(&self.session, &self.id, "opening", reach);
        self.altered = altered;
        // Its end may be later than it was asked for.
        if let Goal::Open(lease) = goal {
            self.lease = Some(lease);
        }
        match reached {
            Ok(Reached::Holds { live, altered, .. }) if !may_admit(&live) => {
                Err(Error::Failed(not_open(&self.id, altered)))
            }
            Ok(reached @ Reached::Holds { written, .. }) => {
                self.altered_now = reached.altered();
                Ok(written.unwrap_or_else(Instant::now))
            }
            Ok(Reached::Gone) => Err(Error::Failed(gone(&self.id))),
            Ok(Reached::Cancelled) => Err(Error::Failed(interrupted(&self.id))),
            Err(NotReached { cause, written, .. }) => match cause {
                NotReachedCause::Refused(refusal) => {
                    // What was not written needs no closing.
                    if !written {
                        self.lease = None;
                    }
                    Err(RunRefusal::Lease(refusal).into())
                }
                NotReachedCause::Failed(error) => {
                    Err(Error::Failed(with_next_step(error, &self.id, &self.flags)))
                }
            },
        }
    }

    /// Waits until the registry admits this machine. Returns `None` if it did so before anything was written.
    fn wait(
        &self,
        live: &LiveRegistry,
        probe: &Probe,
        address: Option<Cidr>,
        since: Instant,
    ) -> Result<Option<Effective>, Error> {
        if *probe == Probe::Admitted && (address.is_none() || self.lease.is_none()) {
            return Ok(None);
        }
        if let Some(reason) = cannot_tell(probe, address) {
            return Ok(Some(Effective::NotObservable { reason }));
        }
        let wait = WaitEffective {
            prober: self.session.prober(),
            limit: self.request.wait,
            own_address: self.request.ip,
        };
        let watch = Watch {
            registry: &self.id,
            login_server: &live.login_server,
            expected: Expected::Admitted,
            since,
            end: Instant::now() + wait.limit,
            turns: &Semaphore::new(1),
            own_address: address,
        };
        let cancel = self.session.interruption().cancel.clone();
        if let Some(lease) = &self.lease {
            // A log that ends here names what is open.
            self.session.interface.notify(&Notice::Leased {
                registry: self.id.name(),
                lease,
            });
        }
        let answered = cancel.run_until_cancelled(wait.until(self.session.client(), &watch));
        let waited = shown(&self.session, &self.id, ADMITTING, answered);
        match waited {
            None => Err(Error::Failed(interrupted(&self.id))),
            Some(Effective::Pending { seconds, answer, .. }) => Err(Error::Failed(not_effective(
                &self.id, seconds, &answer, wait.limit,
            ))),
            effective => Ok(effective),
        }
    }

    fn report(&self, outcome: AccessOutcome, effective: Option<Effective>) -> AccessReport {
        let lease = self
            .lease
            .as_ref()
            .filter(|_| outcome != AccessOutcome::NothingToClose);
        let opened = self.lease.as_ref().filter(|_| outcome == AccessOutcome::Opened);
        report(vec![RegistryAccess {
            id: self.id.clone(),
            outcome,
            leases: lease.map(LeaseEntry::from).into_iter().collect(),
            still_admitted: Vec::new(),
            altered: opened.map(|_| self.altered_now.clone()).unwrap_or_default(),
            not_brought_back: None,
            unreadable: Vec::new(),
            effective,
            close: opened.map(|lease| lease.close_command(&self.id, &self.flags)),
        }])
    }
}

/// Tasks, as progress names them.
const ADMITTING: &str = "waiting until this machine is admitted";
const CLOSING: &str = "closing";

/// The question for a registry that the command line leaves out.
const WHICH: Question<'_> = Question {
    what: "registry",
    names: &[],
    default: None,
    missing: "no registry is named",
    instead: "name it behind the command; on a terminal it is asked for",
};

/// Connects, and finds the registry. A fresh sandbox gets a registry that is given by its id.
fn connect<'a>(
    registry: Option<&str>,
    named: &NamedRegistry,
    options: &'a RunOptions,
    interface: &'a dyn Interface,
) -> Result<(Session<'a>, RegistryId), Error> {
    let known = named.known_or_asked(registry, &WHICH, interface)?;
    let seed = Spec {
        registries: known.iter().cloned().map(RegistrySpec::unmanaged).collect(),
        ..Spec::default()
    };
    let session = Session::open(options, interface, &seed)?;
    let id = named.find_or_ask(registry, known, &WHICH, &session)?;
    Ok((session, id))
}

fn report(registries: Vec<RegistryAccess>) -> AccessReport {
    AccessReport {
        format: FORMAT,
        created: now(),
        registries,
    }
}

/// Returns the reason why the answers to this machine do not tell if the lease is effective.
fn cannot_tell(probe: &Probe, address: Option<Cidr>) -> Option<String> {
    match (probe, address) {
        // It may do so by an access that has just ended.
        (Probe::Admitted, _) => {
            Some("the registry admitted this machine before the write already".to_owned())
        }
        // The access is for another machine.
        (Probe::Denied(seen), Some(address)) if !is_within(*seen, address) => Some(format!(
            "the registry refuses this machine at {seen}, which is outside {address}"
        )),
        (Probe::Denied(_), _) => None,
        (Probe::Unknown(reason), _) => Some(reason.clone()),
    }
}

fn is_within(seen: Cidr, range: Cidr) -> bool {
    AddressSet::from_iter([range]).contains(seen)
}

/// Returns a name that no other job has.
fn new_name() -> LeaseName {
    let random = uuid::Uuid::new_v4().simple().to_string();
    random[..12].parse().expect("it has 12 hexadecimal digits")
}

/// Returns the first address of a range, as the source address of requests to a sandbox.
pub fn first_address(range: Cidr) -> IpAddr {
    std::net::Ipv4Addr::from(range.first()).into()
}
