//! What becomes of a run when the service, another writer, a file or a signal does not do what was hoped for. Each
//! path through the built binary: the exit code, the words, the report, and the state afterwards.

mod apply_run;
mod forged;
mod joins;
mod kept;
mod rebase;
mod refusals;
mod sandbox_in_test;
mod saved;
mod shared;
mod signals;
mod snapshots;
mod stale;
mod steps;
