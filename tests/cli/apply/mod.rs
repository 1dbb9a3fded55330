//! What becomes of a run when the service, another writer, a file or a signal does not do what was hoped for. Each
//! path through the built binary: the exit code, the words, the report, and the state afterwards.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends there")]

mod azure;
mod forged;
mod joins;
mod kept;
mod rebase;
mod refusals;
mod saved;
mod shared;
mod signals;
mod snapshots;
mod stale;
mod steps;
#[path = "../support/mod.rs"]
mod support;
mod tools;
