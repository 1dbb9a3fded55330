//! The identities of a service, and those with which it pulls.

use crate::live::parse::json_node::{JsonNode, UnexpectedJson};

/// The identity with which a service pulls from a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PullIdentity {
    /// A managed identity, by its object id.
    Object(String),
    /// A managed identity whose object id is not shown.
    Managed,
    /// A user name and a password.
    Password,
    /// The service does not show it.
    Unknown,
}

/// The credentials of a service for one registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PullCredential {
    /// Login server of the registry.
    pub server: String,
    pub pulls_as: PullIdentity,
}

/// The managed identities of a resource (docs: managed-identities-azure-resources, `identity` of a resource).
pub(super) struct Identities {
    system: Option<String>,
    users: Vec<UserIdentity>,
}

struct UserIdentity {
    /// Resource id.
    id: String,
    client_id: Option<String>,
    object_id: Option<String>,
}

impl Identities {
    /// Reads the identities of a resource.
    pub(super) fn of(resource: &JsonNode<'_>) -> Result<Self, UnexpectedJson> {
        let identity = resource.at("identity")?;
        let mut users = Vec::new();
        let listed = identity.at("userAssignedIdentities")?;
        for id in listed.keys()? {
            let user = listed.at(id)?;
            users.push(UserIdentity {
                id: id.to_owned(),
                client_id: user.at("clientId")?.text()?,
                object_id: user.at("principalId")?.text()?,
            });
        }
        Ok(Self {
            system: identity.at("principalId")?.text()?,
            users,
        })
    }

    /// Returns the system-assigned identity.
    pub(super) fn of_system(&self) -> PullIdentity {
        object(self.system.as_ref())
    }

    /// Returns the user-assigned identity with this client id.
    pub(super) fn with_client_id(&self, client_id: &str) -> PullIdentity {
        let mut users = self.users.iter();
        let user = users.find(|user| user.client_id.as_deref() == Some(client_id));
        object(user.and_then(|user| user.object_id.as_ref()))
    }

    /// Returns the identity that a setting names: by its resource id, or the system-assigned one as `system`.
    fn named(&self, name: &str) -> PullIdentity {
        if name.eq_ignore_ascii_case("system") {
            return self.of_system();
        }
        let mut users = self.users.iter();
        let user = users.find(|user| user.id.eq_ignore_ascii_case(name));
        object(user.and_then(|user| user.object_id.as_ref()))
    }
}

fn object(id: Option<&String>) -> PullIdentity {
    id.map_or(PullIdentity::Managed, |id| PullIdentity::Object(id.clone()))
}

/// Reads the credentials of a service for registries (azure-mgmt-containerinstance, `ImageRegistryCredential`;
/// azure-mgmt-appcontainers, `RegistryCredentials`).
pub(super) fn pull_credentials(
    resource: &JsonNode<'_>,
    listed: &JsonNode<'_>,
) -> Result<Vec<PullCredential>, UnexpectedJson> {
    let identities = Identities::of(resource)?;
    let mut credentials = Vec::new();
    for credential in listed.elements()? {
        let identity = credential.at("identity")?.text()?;
        let user = credential.at("username")?.text()?;
        credentials.push(PullCredential {
            server: credential.at("server")?.text()?.unwrap_or_default(),
            pulls_as: match (identity, user) {
                (Some(identity), _) if !identity.is_empty() => identities.named(&identity),
                (_, Some(user)) if !user.is_empty() => PullIdentity::Password,
                _ => PullIdentity::Unknown,
            },
        });
    }
    Ok(credentials)
}
