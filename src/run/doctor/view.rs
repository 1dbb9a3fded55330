//! The registry as Azure Resource Manager shows it, with everything that its rules rest on.

use std::time::Duration;

use tokio::time::timeout;

use super::limits::too_slow;
use super::told::told;
use crate::azure::ArmClient;
use crate::doctor::RegistryView;
use crate::live::{Reading, find_registry, read_with_rules};
use crate::model::{ErrorCode, Failure, FailureKind, RegistryId};
use crate::run::registry::named_registry::NamedRegistry;

/// Longest time of reading. The network is probed all the same.
const LONGEST: Duration = Duration::from_secs(14);

/// Reads the registry with this name or id. A registry that cannot be read is a fact.
pub(super) async fn registry(
    client: &ArmClient,
    name: &str,
    known: Option<RegistryId>,
    flags: &NamedRegistry,
) -> RegistryView {
    match timeout(LONGEST, read(client, name, known, flags)).await {
        Ok(Ok(reading)) => RegistryView::Read(Box::new(reading)),
        Ok(Err(failure)) => RegistryView::Unread(told(failure)),
        Err(_) => RegistryView::Unread(told(too_slow())),
    }
}

/// Keeps the view of a registry if the host is its login server. Another registry can have the name in front of a host.
pub(super) fn of_host(view: RegistryView, host: &str) -> RegistryView {
    match view {
        RegistryView::Read(reading) if !reading.registry.login_server.eq_ignore_ascii_case(host) => {
            let (name, login_server) = (reading.registry.id.name(), &reading.registry.login_server);
            let message = format!(
                "this account sees a registry `{name}` with the login server {login_server}, and none with {host}"
            );
            RegistryView::Unread(Failure {
                kind: FailureKind::NotFound,
                ..Failure::new(ErrorCode::RegistryNotFound, message)
            })
        }
        view => view,
    }
}

async fn read(
    client: &ArmClient,
    name: &str,
    known: Option<RegistryId>,
    flags: &NamedRegistry,
) -> Result<Reading, Failure> {
    let id = match known {
        Some(id) => id,
        None => find_registry(client, name, flags.subscription.as_deref()).await?,
    };
    read_with_rules(client, &id).await
}
