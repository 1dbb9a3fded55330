//! Roles of an identity at a registry.

use super::fetch::entries;
use crate::azure::{ArmClient, Surrounding};
use crate::live::parse::json_node::{JsonNode, UnexpectedJson};
use crate::model::{Failure, RegistryId};

/// A role that an identity has at the registry, or above it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleAssignment {
    /// The last part of the role's id, a GUID, in lower case.
    pub role: String,
    pub scope: String,
    /// True if an attribute-based condition limits the role.
    pub has_condition: bool,
}

/// Reads the roles that an identity has at a registry by itself. Roles of its groups are not among them: only a lookup in
/// Microsoft Entra knows those.
///
/// # Errors
/// The account may not read role assignments.
pub async fn read_roles(
    client: &ArmClient,
    registry: &RegistryId,
    principal: &str,
) -> Result<Vec<RoleAssignment>, Failure> {
    let path = format!("{registry}/providers/Microsoft.Authorization/roleAssignments");
    let filter = format!("principalId eq '{principal}'");
    let list = client
        .surroundings(Surrounding::RoleAssignment, &path, Some(&filter))
        .await?;
    entries(&list, &path, role_assignment)
}

fn role_assignment(node: &JsonNode<'_>) -> Result<RoleAssignment, UnexpectedJson> {
    let properties = node.at("properties")?;
    let role = properties.at("roleDefinitionId")?.needed_text()?;
    let name = role.rsplit('/').next().unwrap_or_default();
    Ok(RoleAssignment {
        role: name.to_ascii_lowercase(),
        scope: properties.at("scope")?.text()?.unwrap_or_default(),
        has_condition: properties
            .at("condition")?
            .text()?
            .is_some_and(|text| !text.is_empty()),
    })
}
