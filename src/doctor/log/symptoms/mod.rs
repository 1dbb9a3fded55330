//! The table of symptoms: the words of clients, and the causes that they speak for.
//!
//! Sources of the words: the articles named in `causes`; the error reference of `az acr check-health`; public reports,
//! such as docker/build-push-action#1214, Azure/AKS#4459, docker/login-action#718 and spotify/docker-maven-plugin#364; the errors
//! of Windows sockets (WSAETIMEDOUT, WSAECONNREFUSED, WSAHOST_NOT_FOUND) in the languages of the system.

mod registry;
mod way;

use super::symptom::Symptom;

/// Words after which work with a registry is over: it went well, and a failure below is about something else, unless the registry is
/// named again.
pub(super) const DONE: &[&str] = &[
    "login succeeded",
    "successfully logged in",
    "digest: sha256:",
    "successfully pulled image",
    "creation complete after",
    "already present on machine",
    "image is up to date for",
    "status: downloaded newer image",
];

/// Returns every symptom. The first one of two that say the same of a place comes first among equals.
pub(super) fn all_symptoms() -> impl Iterator<Item = &'static Symptom> {
    registry::REGISTRY.iter().chain(way::WAY)
}
