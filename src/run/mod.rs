//! Runs: the steps that join spec, Azure, plan and apply, from the first request to the exit code.
//!
//! A run knows no command line and prints nothing. Its caller describes it with plain values ([`RunOptions`],
//! [`PlanOptions`], [`WriteOptions`]) and implements [`Interface`], through which the run shows, asks and reports.

mod apply;
mod connect;
mod document_file;
mod interface;
mod interruption;
mod local_sandbox;
mod options;
mod pipeline;
mod plan;
mod restore;
mod restore_source;
mod restore_target;
mod runtime;
mod saved_plan;
mod session;
mod undo_command;

pub use apply::{ApplyRequest, Reviewed, apply};
pub use interface::{Interface, Notice};
pub use local_sandbox::{load_faults, not_started, with_conditions};
pub use options::{PlanOptions, RunOptions, SandboxOptions, WriteOptions};
pub use plan::{load_spec, plan, today};
pub use restore::{open_access, restore_default_access, restore_snapshots};
pub use restore_target::{NamedRegistry, RestoreTarget};
pub use runtime::start_runtime;
