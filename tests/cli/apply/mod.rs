//! `apply` when the service, another writer, a file or a signal interferes. Each test checks the exit code, the text,
//! the report and the state afterwards.

pub(crate) mod apply_run;
mod ending;
mod endpoints;
mod forged;
mod joins;
mod kept;
mod old_versions;
mod rebase;
mod refusals;
pub(crate) mod sandbox_in_test;
mod saved;
mod shared;
mod shared_endpoint;
mod signals;
mod snapshots;
mod stale;
mod steps;
