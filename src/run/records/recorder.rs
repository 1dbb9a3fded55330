//! The records that one run leaves: before it writes a registry, and when it has come to its end.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use futures::stream::{self, StreamExt};

use crate::apply::{Begin, RegistryOutcome, RegistryReport, Report};
use crate::live::LiveRegistry;
use crate::model::RegistryId;
use crate::plan::{LeftState, Plan, RegistryPlan};
use crate::run::records::left_records::LeftRecords;

/// Records that are written at the same time: a disk takes many at once in hardly more time than one.
const SIDE_BY_SIDE: usize = 64;

/// The records of one run.
pub(crate) struct Recorder<'a> {
    /// `None` where the state is gone with the run.
    pub(crate) records: Option<LeftRecords>,
    /// When the run began to write; RFC 3339, UTC.
    created: &'a str,
    /// Id of the run.
    run: &'a str,
    /// The older record of each registry that the run began to write.
    older: Mutex<BTreeMap<RegistryId, Option<LeftState>>>,
}

impl<'a> Recorder<'a> {
    /// Returns the records of a run that has not begun to write.
    pub(crate) fn new(records: Option<LeftRecords>, created: &'a str, run: &'a str) -> Self {
        Self {
            records,
            created,
            run,
            older: Mutex::default(),
        }
    }

    /// Keeps a record of each registry that is as the plan wants it. The older record comes back where nothing was written.
    ///
    /// # Errors
    /// The first error of the file system. The other records are written all the same.
    pub(crate) async fn end(&self, plan: &Plan, report: &Report) -> io::Result<()> {
        let Some(records) = &self.records else {
            return Ok(());
        };
        let mut plans = BTreeMap::new();
        for plan in &plan.registries {
            plans.insert(&plan.id, plan);
        }
        let mut ends = Vec::new();
        for registry in &report.registries {
            if let Some(plan) = plans.get(&registry.id) {
                ends.push(self.end_one(records, plan, registry));
            }
        }
        let kept: Vec<io::Result<()>> = stream::iter(ends).buffered(SIDE_BY_SIDE).collect().await;
        kept.into_iter().collect()
    }

    async fn end_one(
        &self,
        records: &LeftRecords,
        plan: &RegistryPlan,
        report: &RegistryReport,
    ) -> io::Result<()> {
        let is_as_wanted = matches!(
            report.outcome,
            RegistryOutcome::Unchanged | RegistryOutcome::Changed
        );
        if is_as_wanted {
            let environment = &records.environment;
            let left = LeftState::after(plan, self.created, self.run, environment);
            return records.save(&left).await;
        }
        // A report without an undo is about a registry that was not written. Another run may have kept its record since.
        let is_ours = records.read_one(&plan.id).is_ok_and(|kept| kept.run == self.run);
        if !is_ours {
            return Ok(());
        }
        let older = {
            // The lock must not be held while the disk is waited for.
            let mut olders = self.older.lock().unwrap_or_else(PoisonError::into_inner);
            olders.remove(&plan.id)
        };
        match (older, &report.undo) {
            (Some(Some(older)), None) => records.save(&older).await,
            (Some(None), None) => records.remove(&plan.id),
            // What was written may be there or not, as the record of the beginning says.
            (_, Some(_)) | (None, None) => Ok(()),
        }
    }
}

/// The record of a beginning. A run that is killed leaves it.
#[async_trait]
impl Begin for Recorder<'_> {
    async fn begin(&self, plan: &RegistryPlan, live: &LiveRegistry) -> io::Result<()> {
        let Some(records) = &self.records else {
            return Ok(());
        };
        // A record that cannot be read is worth nothing later either.
        let older = records.read_one(&plan.id).ok();
        let begun = LeftState::begun(plan, live, self.created, self.run, &records.environment);
        records.save(&begun).await?;
        let mut olders = self.older.lock().unwrap_or_else(PoisonError::into_inner);
        olders.insert(plan.id.clone(), older);
        Ok(())
    }
}
