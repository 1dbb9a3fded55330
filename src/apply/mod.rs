//! Applying: walks a plan step by step and reads back what came of it. It never decides.

mod registry;
mod shared;
mod stale;
mod subnet;
mod types;
mod walk;

use std::sync::atomic::{AtomicBool, Ordering};

use futures::StreamExt;

pub use types::{ChangeReport, FORMAT, Outcome, RegistryReport, Report, ReportSummary, StepReport};

use crate::azure::{ArmClient, ArmError};
use crate::live::{Live, Say};
use crate::model::RegistryId;
use crate::plan::{Plan, RegistryPlan};

/// How a plan is applied.
pub struct Options<'a> {
    /// Registries that are worked on at the same time.
    pub parallel: usize,
    /// What the plan was made from, where that has just been read; otherwise everything is read again.
    pub fresh: Option<&'a Live>,
    pub say: Say<'a>,
}

/// What the steps of one registry share.
struct Context<'a> {
    client: &'a ArmClient,
    shared: &'a shared::Shared,
    written: &'a AtomicBool,
    id: &'a RegistryId,
    say: Say<'a>,
}

impl Context<'_> {
    fn say(&self, what: &str) {
        (self.say)(self.id, what);
    }

    /// Remembers that a write went through, or may have: only a 4xx answer says for sure that it did not.
    fn wrote<T>(&self, result: &Result<T, ArmError>) {
        let refused = result
            .as_ref()
            .err()
            .and_then(ArmError::status)
            .is_some_and(|status| status < 500);
        if !refused {
            self.written.store(true, Ordering::Relaxed);
        }
    }
}

/// Applies a plan. A registry that fails never stops another; a guard that was broken anywhere stops all,
/// before anything is written.
pub async fn apply(client: &ArmClient, plan: &Plan, options: &Options<'_>) -> Report {
    let written = AtomicBool::new(false);
    let shared = shared::Shared::default();
    let guarded = plan.registries.iter().find(|registry| registry.breaks_guard());
    let work = plan.registries.iter().map(|registry| {
        let context = Context {
            client,
            shared: &shared,
            written: &written,
            id: &registry.id,
            say: options.say,
        };
        let reading = options
            .fresh
            .and_then(|live| live.registries.get(&registry.id)?.as_ref().ok());
        async move {
            match guarded {
                Some(guarded) => walk::skip(registry, &refused(guarded)),
                None if !registry.refusals.is_empty() => walk::skip(registry, &refused(registry)),
                None => walk::registry(&context, registry, reading).await,
            }
        }
    });
    let mut registries: Vec<RegistryReport> = futures::stream::iter(work)
        .buffer_unordered(options.parallel.max(1))
        .collect()
        .await;
    registries.sort_by(|a, b| a.id.cmp(&b.id));
    let summary = walk::summarise(&registries, plan.failures.len(), written.into_inner());
    Report {
        format: FORMAT,
        plan: plan.checksum.clone(),
        created: plan.created.clone(),
        specs: plan.specs.clone(),
        registries,
        failures: plan.failures.clone(),
        summary,
    }
}

fn refused(registry: &RegistryPlan) -> String {
    let codes: Vec<&str> = registry.refusals.iter().map(|refusal| refusal.code).collect();
    format!("refused: {} ({})", codes.join(", "), registry.id.name())
}
