//! Posture in an audit, and registries without a spec.

use std::collections::BTreeMap;

use super::left_out::LeftOut;
use super::types::{Audit, AuditState, AuditedRegistry};
use crate::live::{Live, LiveSubnet, Reading, UnreadPlace};
use crate::model::{Failure, FailureKind, RegistryId};
use crate::plan::{AccessChange, AccessPicture, Plan, RegistryFailure, RegistryPlan, live_mode};
use crate::posture::{PostureCount, PostureFinding};
use crate::spec::Source;

impl Audit {
    /// Adds the posture findings, which are sorted by registry.
    pub fn add_posture(&mut self, findings: Vec<PostureFinding>) {
        self.summary.posture = PostureCount::of(&findings);
        self.posture = findings;
    }

    /// Adds registries that no spec names. They have no drift.
    pub fn add_unlisted(&mut self, live: &Live) {
        for (id, reading) in &live.registries {
            if let Ok(reading) = reading {
                self.registries.push(AuditedRegistry {
                    id: id.clone(),
                    state: AuditState::NoSpec,
                    mode: live_mode(&reading.registry),
                    access: AccessChange::default(),
                    picture: AccessPicture::as_read(reading),
                    left: LeftOut::default(),
                    source: None,
                });
                self.summary.registries += 1;
                self.summary.no_spec += 1;
            }
        }
        self.registries.sort_by(|a, b| a.id.cmp(&b.id));
    }

    /// Adds what is known of the subnets of live rules to the pictures: a rule admits no client of a subnet whose service endpoint
    /// is off. Whom drift lets in or shuts out follows from that.
    pub fn add_subnets(&mut self, live: &Live, plan: &Plan) {
        let mut planned: BTreeMap<&RegistryId, &RegistryPlan> = BTreeMap::new();
        planned.extend(plan.registries.iter().map(|registry| (&registry.id, registry)));
        for registry in &mut self.registries {
            let Some(Ok(reading)) = live.registries.get(&registry.id) else {
                continue;
            };
            registry.picture.add_subnets(reading);
            if let Some(planned) = planned.get(&registry.id)
                && !reading.subnets.is_empty()
            {
                registry.access = planned.access_in(&registry.picture);
            }
        }
    }

    /// Adds subscriptions and registries that could not be read.
    pub fn add_unread(&mut self, unread: Vec<UnreadPlace>) {
        for place in unread {
            let Ok(id) = RegistryId::parse(&place.id) else {
                self.summary.places += 1;
                self.unread.push(place);
                continue;
            };
            self.summary.registries += 1;
            self.summary.failed += 1;
            self.summary.incomplete += 1;
            self.failures.push(RegistryFailure {
                id,
                source: None,
                error: place.error,
            });
        }
    }

    /// Adds what posture rules could not judge because a read failed that a plan does not make. One that the account may not
    /// make is counted; any other failure leaves the audit incomplete.
    pub fn add_unjudged(&mut self, live: &Live) {
        for (id, reading) in &live.registries {
            let Ok(reading) = reading else { continue };
            let mut failed = false;
            let mut parts = Vec::new();
            // A comparison in part has named its subnets already.
            if !self.uncompared.iter().any(|part| part.id == *id) {
                parts.extend(unread_subnets(reading));
            }
            parts.extend(unread_parts(reading));
            self.summary.unjudged += usize::from(!parts.is_empty());
            for (what, error) in parts {
                failed |= error.kind != FailureKind::Forbidden;
                let message = format!("{what}: {}", error.message);
                self.unjudged.push(RegistryFailure {
                    id: id.clone(),
                    source: self.source_of(id),
                    error: Failure {
                        message,
                        ..error.clone()
                    },
                });
            }
            self.summary.unanswered += usize::from(failed);
        }
    }

    fn source_of(&self, id: &RegistryId) -> Option<Source> {
        let registry = self.registries.iter().find(|registry| registry.id == *id);
        registry.and_then(|registry| registry.source.clone())
    }
}

/// Returns the subnets that could not be read. One that does not exist was read.
fn unread_subnets(reading: &Reading) -> Vec<(String, &Failure)> {
    let mut parts = Vec::new();
    for (subnet, found) in &reading.subnets {
        if let LiveSubnet::Unreadable(error) = found
            && error.kind != FailureKind::NotFound
        {
            parts.push((format!("subnet `{}`", subnet.short()), error));
        }
    }
    parts
}

/// Returns the reads that failed and that only the judgement needs.
fn unread_parts(reading: &Reading) -> Vec<(String, &Failure)> {
    let mut parts = Vec::new();
    for (what, error) in &reading.unread {
        parts.push((what.clone(), error));
    }
    parts
}
