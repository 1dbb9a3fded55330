//! Audits: what differs from the spec or from an earlier state, and what posture rules find.

use std::collections::BTreeSet;
use std::path::PathBuf;

use jiff::Timestamp;
use jiff::civil::Date;

use super::interface::Interface;
use super::options::{PlanOptions, RunOptions};
use super::registry::scope::{RegistryScope, nothing_found};
use super::restore::earlier::{EarlierStates, Extent};
use super::session::{Planning, Session};
use crate::audit::{self, Audit};
use crate::error::Error;
use crate::live::{Cache, FoundRegistries, Live, LiveSubnet, Reading, read_for_posture, read_subnets};
use crate::model::{RegistryId, SubnetId};
use crate::posture::{Moment, RunFacts, judge_live};
use crate::spec::{RegistrySpec, Spec};

/// The registries to audit, and what they are compared with.
#[derive(Clone, Debug)]
pub struct AuditRequest {
    /// The wanted state; empty without a spec.
    pub spec: Spec,
    /// Registries beside those of the spec.
    pub scope: Option<RegistryScope>,
    /// Earlier states to compare with in place of a spec: runs, reports and snapshots.
    pub since: Vec<PathBuf>,
    /// The day that decides which entries have expired.
    pub today: Date,
    /// Days ahead in which an entry expires soon.
    pub days_ahead: u16,
}

impl AuditRequest {
    /// Returns true if all that the account sees is asked about, and nothing else. A subscription that is named may be empty.
    fn is_about_all(&self) -> bool {
        let has_spec = !self.spec.files.is_empty() || !self.spec.registries.is_empty();
        matches!(self.scope, Some(RegistryScope::Visible)) && !has_spec
    }
}

/// Reads the registries and returns what was found. A registry that cannot be read is a failure in the audit.
///
/// # Errors
/// There is no connection to Azure, the sandbox does not start, an earlier state is unusable, or all is audited and the account sees
/// no registry.
pub fn audit(
    request: &AuditRequest,
    options: &RunOptions,
    interface: &dyn Interface,
) -> Result<Audit, Error> {
    // A service endpoint that was lost is drift too.
    let plan_options = PlanOptions {
        verify_endpoints: true,
        ..PlanOptions::default()
    };
    let planning = Planning::with(&plan_options);
    if !request.since.is_empty() {
        return audit_since(request, &planning, options, interface);
    }
    let spec = &request.spec;
    let session = Session::open(options, interface, &with_seeds(request)?)?;
    // Compare what the spec names.
    let (plan, mut live) = session.plan(spec, &planning)?;
    let mut audit = audit::audit(&plan);
    // Find the others.
    if let Some(scope) = &request.scope {
        let mut found = scope.read(&session)?;
        if found.is_empty() && request.is_about_all() {
            return Err(nothing_found());
        }
        audit.add_unread(std::mem::take(&mut found.unread));
        let others = without(found, &live, spec);
        audit.add_unlisted(&others);
        live.registries.extend(others.registries);
    }
    // Judge all of them.
    session.block_on(read_for_posture(session.client(), &mut live, options.parallel));
    audit.add_subnets(&live, &plan);
    audit.add_unjudged(&live);
    let moment = Moment::new(request.today, Timestamp::now(), request.days_ahead);
    let run = RunFacts::of(spec, &live)
        .with_plan(&plan)
        .with_service_flags(options.same_service_flags());
    audit.add_posture(judge_live(spec, &live, &run, &moment));
    Ok(audit)
}

/// Compares live state with earlier states. The posture of either is not judged: it needs no earlier state.
fn audit_since(
    request: &AuditRequest,
    planning: &Planning,
    options: &RunOptions,
    interface: &dyn Interface,
) -> Result<Audit, Error> {
    let folder = options.snapshot_folder(None);
    let earlier = EarlierStates::read(&request.since, &folder, Extent::Whole)?;
    let session = Session::open(options, interface, &earlier.spec)?;
    earlier.check_place(&session.environment())?;
    let (plan, _) = session.plan(&earlier.spec, planning)?;
    let mut audit = audit::audit(&plan);
    let turned_on = still_on(&session, earlier.turned_on());
    audit.compare_with_earlier(turned_on, earlier.unwritten);
    Ok(audit)
}

/// Returns those of the service endpoints that are on now.
fn still_on(
    session: &Session<'_>,
    turned_on: Vec<(RegistryId, SubnetId)>,
) -> Vec<(RegistryId, SubnetId)> {
    let subnets: BTreeSet<SubnetId> = turned_on.iter().map(|(_, subnet)| subnet.clone()).collect();
    let cache = Cache::default();
    let read = read_subnets(session.client(), &cache, subnets.into_iter().collect());
    let read = session.block_on(read);
    let mut on = Vec::new();
    for (registry, subnet) in turned_on {
        if matches!(read.get(&subnet), Some(LiveSubnet::Present(found)) if found.has_endpoint) {
            on.push((registry, subnet));
        }
    }
    on
}

/// Returns the spec with the registries that are named by id. A fresh sandbox gets all of them.
fn with_seeds(request: &AuditRequest) -> Result<Spec, Error> {
    let mut spec = request.spec.clone();
    let seeds: Vec<RegistryId> = match &request.scope {
        Some(scope) => scope.seeds()?,
        None => Vec::new(),
    };
    for id in seeds {
        if !spec.registries.iter().any(|wanted| wanted.id == id) {
            spec.registries.push(RegistrySpec::unmanaged(id));
        }
    }
    Ok(spec)
}

/// Returns the registries that were found, without those in `live` and those that the flags leave out of the spec.
fn without(found: FoundRegistries, live: &Live, spec: &Spec) -> Live {
    // What live state leaves out is not in `live` either.
    let mut named = BTreeSet::new();
    for registry in spec.left_out.iter().chain(&spec.registries) {
        named.insert(&registry.id);
    }
    let mut others = Live::default();
    for (id, registry) in found.registries {
        if !live.registries.contains_key(&id) && !named.contains(&id) {
            others.registries.insert(id, Ok(Reading::of(registry)));
        }
    }
    others
}
