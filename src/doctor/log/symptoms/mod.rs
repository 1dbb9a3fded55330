//! The table of symptoms: the words of clients, and the causes that they speak for.
//!
//! Sources of the words: the articles named in `causes`; the error reference of `az acr check-health`; public reports,
//! such as docker/build-push-action#1214, Azure/AKS#4459, docker/login-action#718 and spotify/docker-maven-plugin#364; the errors
//! of Windows sockets (WSAETIMEDOUT, WSAECONNREFUSED, WSAHOST_NOT_FOUND) in the languages of the system.

mod registry;
mod way;

use super::symptom::Symptom;

/// Returns every symptom. The first one of two that say the same of a place comes first among equals.
pub(super) fn all_symptoms() -> impl Iterator<Item = &'static Symptom> {
    registry::REGISTRY.iter().chain(way::WAY)
}
