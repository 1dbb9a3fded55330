//! What governs changes of a registry: locks, and the rights of the caller; and whether a name is free.

use serde_json::Value;

use super::fetch::{entries, reference, texts};
use crate::azure::{ArmClient, ArmError, Surrounding};
use crate::live::parse::json_node::{JsonNode, UnexpectedJson};
use crate::model::{Failure, RegistryId, ResourceId};

/// A lock at a registry or above it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceLock {
    pub id: ResourceId,
    /// `ReadOnly` or `CanNotDelete`.
    pub level: String,
}

/// What a role of the caller allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permission {
    pub actions: Vec<String>,
    pub not_actions: Vec<String>,
}

/// Reads the locks that hold for a registry, those of its group and subscription included (docs: lock-resources, "Who can
/// create or delete locks"; `atScope()` leaves out what is below).
///
/// # Errors
/// The account may not read them.
pub async fn read_locks(
    client: &ArmClient,
    registry: &RegistryId,
) -> Result<Vec<ResourceLock>, Failure> {
    let path = format!("{registry}/providers/Microsoft.Authorization/locks");
    let list = client
        .surroundings(Surrounding::Lock, &path, Some("atScope()"))
        .await?;
    let locks = entries(&list, &path, lock)?;
    Ok(locks.into_iter().flatten().collect())
}

fn lock(node: &JsonNode<'_>) -> Result<Option<ResourceLock>, UnexpectedJson> {
    let level = node.at("properties")?.at("level")?.needed_text()?;
    let id = reference(node)?;
    Ok(id.map(|id| ResourceLock { id, level }))
}

/// Reads what the caller may do at a registry (docs: Permissions - List For Resource).
///
/// # Errors
/// They cannot be read.
pub async fn read_permissions(
    client: &ArmClient,
    registry: &RegistryId,
) -> Result<Vec<Permission>, Failure> {
    let path = format!("{registry}/providers/Microsoft.Authorization/permissions");
    let list = client.surroundings(Surrounding::Permission, &path, None).await?;
    entries(&list, &path, permission)
}

fn permission(node: &JsonNode<'_>) -> Result<Permission, UnexpectedJson> {
    Ok(Permission {
        actions: texts(&node.at("actions")?)?,
        not_actions: texts(&node.at("notActions")?)?,
    })
}

impl Permission {
    /// Returns true if it allows an action.
    pub fn allows(&self, action: &str) -> bool {
        any_covers(&self.actions, action) && !any_covers(&self.not_actions, action)
    }
}

fn any_covers(patterns: &[String], action: &str) -> bool {
    patterns.iter().any(|pattern| covers(pattern, action))
}

/// Returns true if a pattern fits an action. `*` stands for any text (docs: role-definitions, "Actions format").
fn covers(pattern: &str, action: &str) -> bool {
    let (pattern, action) = (pattern.to_ascii_lowercase(), action.to_ascii_lowercase());
    let Some((before, after)) = pattern.split_once('*') else {
        return pattern == action;
    };
    let Some(mut rest) = action.strip_prefix(before) else {
        return false;
    };
    let mut parts: Vec<&str> = after.split('*').collect();
    let last = parts.pop().unwrap_or_default();
    for part in parts {
        match rest.split_once(part) {
            Some((_, behind)) => rest = behind,
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// Asks whether a registry name is free in the whole cloud. Any subscription can ask.
///
/// # Errors
/// The account sees no subscription, or may not ask.
pub async fn name_is_free(
    client: &ArmClient,
    name: &str,
    subscription: Option<&str>,
) -> Result<bool, ArmError> {
    let subscription = match subscription {
        Some(subscription) => subscription.to_owned(),
        None => {
            let list = client
                .surroundings(Surrounding::Subscription, "/subscriptions", None)
                .await?;
            let first = list.first().and_then(|first| first["subscriptionId"].as_str());
            first.unwrap_or_default().to_owned()
        }
    };
    let answer = client.check_registry_name(&subscription, name).await?;
    Ok(answer["nameAvailable"] == Value::Bool(true))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_are_covered_as_roles_write_them() {
        let write = "Microsoft.Authorization/roleAssignments/write";
        for (pattern, covered) in [
            ("*", true),
            ("Microsoft.Authorization/*", true),
            ("microsoft.authorization/roleassignments/write", true),
            ("*/write", true),
            ("Microsoft.Authorization/*/Write", true),
            ("*/read", false),
            ("Microsoft.ContainerRegistry/*", false),
            ("Microsoft.Authorization/*/write/x", false),
            ("", false),
        ] {
            assert_eq!(covers(pattern, write), covered, "{pattern}");
        }
        let contributor = Permission {
            actions: vec!["*".to_owned()],
            not_actions: vec!["Microsoft.Authorization/*/Write".to_owned()],
        };
        assert!(!contributor.allows(write) && contributor.allows("Microsoft.Authorization/locks/read"));
    }
}
