//! Registers the resource provider `Microsoft.ContainerRegistry` in a subscription.

use super::context::{RegistryRun, WriteTarget};
use super::outcome::Outcome;
use super::registry_report::INTERRUPTED;
use crate::azure::CONTAINER_REGISTRY;

/// Registers the provider in the subscription of a virtual network, once per run.
pub(crate) async fn register(registry: &RegistryRun<'_>, subscription: &str) -> Outcome {
    let run = registry.run;
    // The lock is held to the end, so that others wait for this registration instead of sending their own.
    let registered = run.locks.subscription(subscription);
    let mut registered = registered.lock().await;
    if *registered {
        return Outcome::UNCHANGED;
    }
    registry.say(&format!(
        "registering Microsoft.ContainerRegistry in subscription {subscription}"
    ));
    let result = run
        .client
        .register_provider(subscription, CONTAINER_REGISTRY)
        .await;
    registry.mark_result(&result, WriteTarget::Beside);
    let Err(error) = result else {
        *registered = true;
        return Outcome::Done;
    };
    if error.is_stopped() && !error.accepted {
        return Outcome::skipped(INTERRUPTED);
    }
    // An error proves nothing: the provider's own state tells if the registration has begun.
    let state = run.client.provider_state(subscription, CONTAINER_REGISTRY).await;
    let has_begun = matches!(state.as_deref(), Ok("Registering" | "Registered"));
    Outcome::Failed {
        error: registry.write_failure(error, has_begun, WriteTarget::Beside),
    }
}
