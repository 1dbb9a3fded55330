//! Writers that share a registry's lists. Azure has no etag on registries, so two of them can overwrite each other;
//! what can be done is to merge, to look again, and to write again.

use std::time::Duration;

use super::Context;
use super::registry::{Patched, patch};
use super::stale::moved;
use crate::live::{Failure, LiveRegistry, read_registry};
use crate::plan::{RegistryPlan, lacks};

/// How often our rules are written again before giving up.
const ROUNDS: u32 = 8;

/// How the rounds ended.
pub(super) enum Settled {
    /// Written; the state before our last write, and what is there after everybody came to rest.
    Written {
        before: Box<LiveRegistry>,
        now: Box<LiveRegistry>,
    },
    /// Something else than the lists moved, so the plan does not hold any more.
    Moved(Box<LiveRegistry>),
    Failed(Failure),
}

/// Adds our rules to what is there right before the write, reads back, and once more after a while: a rival who read
/// before our write and wrote after it has dropped our rules, and by then has done so.
pub(super) async fn write(context: &Context<'_>, plan: &RegistryPlan) -> Settled {
    let mut last = None;
    for round in 0..ROUNDS {
        if round > 0 {
            context.say(&format!(
                "another writer dropped our rules: writing again, round {}",
                round + 1
            ));
            tokio::time::sleep(jitter(context.settle)).await;
        }
        let before = match read_registry(context.client, &plan.id).await {
            Ok(live) => live,
            Err(error) => return Settled::Failed(error),
        };
        if !moved(plan, &before).is_empty() {
            return Settled::Moved(Box::new(before));
        }
        match patch(context, plan, &before).await {
            Patched::Sent(Ok(now)) if lacks(plan, &now) => last = Some((before, now)),
            Patched::Sent(Ok(_)) => {
                context.say("waiting for other writers to come to rest");
                tokio::time::sleep(context.settle + jitter(context.settle)).await;
                match read_registry(context.client, &plan.id).await {
                    Ok(now) if lacks(plan, &now) => last = Some((before, Box::new(now))),
                    Ok(now) => {
                        return Settled::Written {
                            before: Box::new(before),
                            now: Box::new(now),
                        };
                    }
                    Err(error) => return Settled::Failed(unread(error)),
                }
            }
            Patched::Sent(Err(error)) => return Settled::Failed(unread(error)),
            Patched::Failed(error) => return Settled::Failed(error),
        }
    }
    let (before, now) = last.expect("every round that does not return remembers what it saw");
    Settled::Written {
        before: Box::new(before),
        now,
    }
}

/// A write that went through and could not be looked at.
pub(super) fn unread(mut error: Failure) -> Failure {
    error.message = format!("written, but it could not be read back: {}", error.message);
    error
}

/// A random part of a time, so that rivals do not meet again in the next round.
fn jitter(most: Duration) -> Duration {
    let (random, _) = uuid::Uuid::new_v4().as_u64_pair();
    most.mul_f64((random >> 11) as f64 / (1u64 << 53) as f64)
}
