//! What a resource of a state is, by its id.

use crate::model::{RegistryId, ResourceId, SubnetId};
use crate::sandbox::forms::egress;
use crate::sandbox::forms::surroundings::{self, SurroundingType};
use crate::sandbox::forms::types::{
    GROUPS, LOCKS, NETWORKS, PRIVATE_ENDPOINTS, REGISTRIES, REPLICATIONS, SUBNETS,
};

/// Part of a lock's id between the scope that it locks and its name, in lower case.
pub(crate) const LOCKS_PATH: &str = "/providers/microsoft.authorization/locks/";

/// A resource of a state.
pub(crate) enum StoredKind {
    Registry(RegistryId),
    Replication,
    Network(ResourceId),
    Subnet,
    /// A NAT gateway, a public IP address or a public IP prefix, with its type.
    Egress(&'static str),
    /// A resource around a registry, which a diagnosis reads.
    Surrounding(&'static SurroundingType),
    Group,
    /// A lock. Its name may have characters that no other id has.
    Lock,
    /// A resource that the sandbox lists and keeps as it is, with its type.
    Other(String),
}

impl StoredKind {
    /// Returns the kind of the resource with this id. The error is the reason as text.
    pub(crate) fn of(id: &str) -> Result<Self, String> {
        if let Some((scope, name)) = lock(id) {
            ResourceId::parse(scope).map_err(|error| error.to_string())?;
            if name.is_empty() || name.contains('/') {
                return Err(format!("`{id}` is not the id of a lock"));
            }
            return Ok(Self::Lock);
        }
        let parsed = ResourceId::parse(id).map_err(|error| error.to_string())?;
        let segments: Vec<&str> = parsed.as_str().split('/').skip(3).collect();
        match segments.as_slice() {
            [] => Err(format!(
                "`{id}` is a subscription, which belongs into `subscriptions`"
            )),
            [groups, _] if groups.eq_ignore_ascii_case("resourceGroups") => Ok(Self::Group),
            [groups, _, rest @ ..] if groups.eq_ignore_ascii_case("resourceGroups") => {
                Self::of_type(&parsed, type_of(rest, id)?)
            }
            rest => Ok(Self::of_other_type(type_of(rest, id)?)),
        }
    }

    fn of_type(id: &ResourceId, name: String) -> Result<Self, String> {
        if let Ok(registry) = RegistryId::parse(id.as_str()) {
            return Ok(Self::Registry(registry));
        }
        if SubnetId::parse(id.as_str()).is_ok() {
            return Ok(Self::Subnet);
        }
        if name.eq_ignore_ascii_case(NETWORKS) {
            return Ok(Self::Network(id.clone()));
        }
        if name.eq_ignore_ascii_case(REPLICATIONS) {
            return Ok(Self::Replication);
        }
        if name.eq_ignore_ascii_case(PRIVATE_ENDPOINTS) {
            return Err(format!(
                "`{id}` belongs into `properties.privateEndpointConnections` of its registry"
            ));
        }
        Ok(match egress::kind(id) {
            Some(kind) => Self::Egress(kind),
            None => Self::of_other_type(name),
        })
    }

    fn of_other_type(name: String) -> Self {
        match surroundings::of_type(&name) {
            Some(kind) => Self::Surrounding(kind),
            None => Self::Other(name),
        }
    }

    /// Returns the ARM type.
    pub(crate) fn type_name(&self) -> &str {
        match self {
            Self::Registry(_) => REGISTRIES,
            Self::Replication => REPLICATIONS,
            Self::Network(_) => NETWORKS,
            Self::Subnet => SUBNETS,
            Self::Egress(name) => name,
            Self::Surrounding(kind) => kind.name,
            Self::Group => GROUPS,
            Self::Lock => LOCKS,
            Self::Other(name) => name,
        }
    }
}

/// Splits the id of a lock into the scope that it locks and its name. Returns `None` for any other id.
pub(crate) fn lock(id: &str) -> Option<(&str, &str)> {
    let at = id.to_ascii_lowercase().rfind(LOCKS_PATH)?;
    Some((&id[..at], &id[at + LOCKS_PATH.len()..]))
}

/// Returns the type in the part of an id that follows its scope: `providers/NAMESPACE/TYPE/NAME`, with more pairs of
/// type and name. The last provider counts.
fn type_of(rest: &[&str], id: &str) -> Result<String, String> {
    let provider = rest
        .iter()
        .rposition(|segment| segment.eq_ignore_ascii_case("providers"));
    let pairs = provider.map(|at| &rest[at + 1..]);
    let Some([namespace, pairs @ ..]) = pairs.filter(|_| rest[0].eq_ignore_ascii_case("providers"))
    else {
        return Err(not_a_resource(id));
    };
    if pairs.is_empty() || !pairs.len().is_multiple_of(2) {
        return Err(not_a_resource(id));
    }
    let mut name = (*namespace).to_owned();
    for kind in pairs.iter().step_by(2) {
        name = format!("{name}/{kind}");
    }
    Ok(name)
}

fn not_a_resource(id: &str) -> String {
    format!("`{id}` is not the id of a resource group or a resource")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::forms::types::{ROLE_ASSIGNMENTS, SECURITY_GROUPS};

    #[test]
    fn id_tells_the_type() {
        let group = "/subscriptions/s/resourceGroups/rg";
        let rows = [
            ("/subscriptions/s", ""),
            ("/subscriptions/s/resourceGroups", ""),
            (group, GROUPS),
            ("/subscriptions/s/providers/P.N/things/x", "P.N/things"),
            ("/subscriptions/s/things/x", ""),
        ];
        let below = [
            ("/Microsoft.ContainerRegistry/registries/x", REGISTRIES),
            (
                "/microsoft.containerregistry/REGISTRIES/x/replications/y",
                REPLICATIONS,
            ),
            ("/Microsoft.Network/virtualNetworks/x", NETWORKS),
            ("/Microsoft.Network/virtualNetworks/x/subnets/y", SUBNETS),
            ("/microsoft.network/NETWORKSECURITYGROUPS/x", SECURITY_GROUPS),
            (
                "/P.N/things/x/providers/microsoft.authorization/roleassignments/y",
                ROLE_ASSIGNMENTS,
            ),
            ("/P.N/things/x/parts/y", "P.N/things/parts"),
            ("/P.N/things/x/providers/Q.O/notes/y", "Q.O/notes"),
            ("/P.N/things/x/providers/microsoft.authorization/Locks/a b", LOCKS),
            (
                "/Microsoft.ContainerRegistry/registries/x/privateEndpointConnections/y",
                "",
            ),
            ("/P.N/things/x/parts", ""),
            ("/P.N/things", ""),
            ("/P.N", ""),
        ];
        let below = below.map(|(path, want)| (format!("{group}/providers{path}"), want));
        let rows = rows.map(|(id, want)| (id.to_owned(), want));
        for (id, want) in rows.into_iter().chain(below) {
            let found = StoredKind::of(&id);
            let found = found.as_ref().map_or("", StoredKind::type_name);
            assert_eq!(found, want, "{id}");
        }
    }
}
