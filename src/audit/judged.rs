//! Posture in an audit, and registries without a spec.

use super::left_out::LeftOut;
use super::types::{Audit, AuditState, AuditedRegistry};
use crate::live::{Live, UnreadPlace};
use crate::model::RegistryId;
use crate::plan::{AccessChange, AccessPicture, RegistryFailure, live_mode};
use crate::posture::{PostureCount, PostureFinding};

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

    /// Adds subscriptions and registries that could not be read.
    pub fn add_unread(&mut self, unread: Vec<UnreadPlace>) {
        for place in unread {
            self.summary.failed += 1;
            self.summary.incomplete += 1;
            match RegistryId::parse(&place.id) {
                Ok(id) => {
                    self.summary.registries += 1;
                    self.failures.push(RegistryFailure {
                        id,
                        source: None,
                        error: place.error,
                    });
                }
                Err(_) => self.unread.push(place),
            }
        }
    }
}
