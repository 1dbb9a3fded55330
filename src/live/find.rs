//! Finds a registry by its name, which is unique in the whole cloud.

use crate::azure::ArmClient;
use crate::model::{ErrorCode, Failure, FailureKind, RegistryId};

/// Finds the registry with this name among those that the account can see: one request. `subscription` limits the search.
///
/// # Errors
/// The search fails, or the account sees no such registry.
pub async fn find_registry(
    client: &ArmClient,
    name: &str,
    subscription: Option<&str>,
) -> Result<RegistryId, Failure> {
    let found = client.find_registries(name, subscription).await?;
    let rows = found["data"].as_array().into_iter().flatten();
    let ids = rows.filter_map(|row| RegistryId::parse(row["id"].as_str()?).ok());
    let mut named = ids.filter(|id| id.name().eq_ignore_ascii_case(name));
    named.next().ok_or_else(|| not_found(name, subscription))
}

fn not_found(name: &str, subscription: Option<&str>) -> Failure {
    let place = match subscription {
        Some(subscription) => format!(" in subscription `{subscription}`"),
        None => String::new(),
    };
    let message = format!("this account sees no registry `{name}`{place}");
    Failure {
        kind: FailureKind::NotFound,
        ..Failure::new(ErrorCode::RegistryNotFound, message)
    }
    .with_help("correct the name, give the registry's id, or sign in to its tenant with an account that may read it")
}
