//! The tables of causes, one file for each article.
//!
//! Sources: Microsoft's articles container-registry-troubleshoot-access (N, NC, NX), container-registry-troubleshoot-login
//! (L, LC, LX), container-registry-vnet (S), and container-registry-health-error-reference (codes).

mod links;
mod login;
mod network;
mod service;
mod subnet;
mod surroundings;

use super::cause::Cause;
pub(super) use login::*;
pub(super) use network::*;
pub(super) use service::*;
pub(super) use subnet::*;
pub(super) use surroundings::*;

/// Returns every cause, by article.
pub fn all_causes() -> impl Iterator<Item = &'static Cause> {
    [NETWORK, LOGIN, SUBNET, SERVICE, SURROUNDINGS]
        .into_iter()
        .flatten()
        .copied()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_cause_is_listed_once_and_complete() {
        let mut ids = BTreeSet::new();
        for cause in all_causes() {
            assert!(ids.insert(cause.id), "{} is listed twice", cause.id);
            assert!(!cause.remedies.is_empty(), "{} has no remedy", cause.id);
            assert!(cause.link.starts_with("https://"), "{} has no link", cause.id);
        }
    }

    #[test]
    fn no_remedy_weakens_the_registry() {
        for cause in all_causes() {
            for remedy in cause.remedies {
                let remedy = remedy.to_ascii_lowercase();
                for bad in [
                    "--admin-enabled",
                    "default-allow",
                    "--default-action allow",
                    "allow all",
                ] {
                    assert!(!remedy.contains(bad), "{}: {remedy}", cause.id);
                }
            }
        }
    }
}
