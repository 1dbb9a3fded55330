//! The private endpoint connections of a registry.

use serde_json::Value;

use super::Observations;
use crate::model::ResourceId;

/// Counts of the private endpoint connections of a registry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PrivateEndpoints {
    pub total: usize,
    pub approved: usize,
}

/// A private endpoint connection, as the registry shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PrivateConnection {
    pub(crate) name: String,
    /// `Approved`, `Pending`, `Rejected` or `Disconnected`.
    pub(crate) state: String,
    pub(crate) endpoint: Option<ResourceId>,
}

impl PrivateEndpoints {
    /// Counts the connections that the registry shows.
    pub(crate) fn of(facts: &Observations) -> Self {
        let mut counts = Self::default();
        for connection in PrivateConnection::all(facts) {
            counts.total += 1;
            counts.approved += usize::from(connection.is("Approved"));
        }
        counts
    }

    /// Describes the counts.
    pub(crate) fn in_words(self) -> String {
        format!("{}, of which {} approved", self.total, self.approved)
    }
}

impl PrivateConnection {
    /// Returns the connections that the registry shows.
    pub(crate) fn all(facts: &Observations) -> Vec<Self> {
        let mut all = Vec::new();
        let Some(reading) = facts.reading() else {
            return all;
        };
        let listed = &reading.registry.body["properties"]["privateEndpointConnections"];
        for connection in listed.as_array().into_iter().flatten() {
            all.push(Self::read(connection));
        }
        all
    }

    fn read(connection: &Value) -> Self {
        let properties = &connection["properties"];
        let id = connection["id"].as_str().unwrap_or_default();
        let endpoint = properties["privateEndpoint"]["id"].as_str();
        let state = &properties["privateLinkServiceConnectionState"]["status"];
        Self {
            name: id.rsplit('/').next().unwrap_or_default().to_owned(),
            state: state.as_str().unwrap_or_default().to_owned(),
            endpoint: endpoint.and_then(|id| ResourceId::parse(id).ok()),
        }
    }

    /// Returns true if the connection is in this state.
    pub(crate) fn is(&self, state: &str) -> bool {
        self.state.eq_ignore_ascii_case(state)
    }
}
