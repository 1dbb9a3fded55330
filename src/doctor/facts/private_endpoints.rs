//! The private endpoint connections of a registry.

use super::Observations;

/// Counts of the private endpoint connections of a registry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PrivateEndpoints {
    pub total: usize,
    pub approved: usize,
}

impl PrivateEndpoints {
    /// Counts the connections that the registry shows.
    pub(crate) fn of(facts: &Observations) -> Self {
        let mut counts = Self::default();
        let Some(reading) = facts.reading() else {
            return counts;
        };
        let listed = &reading.registry.body["properties"]["privateEndpointConnections"];
        for connection in listed.as_array().into_iter().flatten() {
            counts.total += 1;
            let state = &connection["properties"]["privateLinkServiceConnectionState"]["status"];
            if state
                .as_str()
                .is_some_and(|state| state.eq_ignore_ascii_case("Approved"))
            {
                counts.approved += 1;
            }
        }
        counts
    }

    /// Describes the counts.
    pub(crate) fn in_words(self) -> String {
        format!("{}, of which {} approved", self.total, self.approved)
    }
}
