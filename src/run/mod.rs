//! Runs: the steps that join spec, Azure, plan and apply, from the first request to the exit code.
//!
//! A run knows no command line and prints nothing. Its caller describes it with plain values ([`RunOptions`],
//! [`PlanOptions`], [`WriteOptions`]) and implements [`Interface`], through which the run shows, asks and reports.

mod access;
mod apply;
mod audit;
mod callers;
mod chosen_rule;
mod doctor;
mod document_file;
mod git;
mod import;
mod init;
mod interface;
mod options;
mod pipeline;
mod plan;
mod records;
mod registry;
mod reports;
mod restore;
mod resume;
mod saved_plan;
mod session;
mod spec_diff;
mod spec_edit;
mod spec_request;

pub use crate::live::ProgressEvent;
pub use access::{
    AccessRequest, CloseError, CloseRequest, NotClosed, TemporaryAccess, close_leases, first_address,
};
pub use apply::{ApplyRequest, Reviewed, apply};
pub use audit::{AuditRequest, audit};
pub use callers::CallerSource;
pub use chosen_rule::ChosenRule;
pub use doctor::{AroundRequest, DoctorRequest, doctor};
pub use import::files::{ImportFiles, import_files};
pub use import::{ImportRequest, import};
pub use init::{FirstSpec, InitRequest, SpecOrigin, file_exists, init};
pub use interface::{Account, Interface, Notice, Question, SignalEffect, SignalNotice};
pub use options::{PlanOptions, RunOptions, SandboxOptions, WriteOptions};
pub use plan::{plan, today};
pub use registry::{
    CLIENTS, ChosenClient, EndpointsRequest, NamedRegistry, NamedSubnet, RegistryScope, RuleAction,
    RuleAnswer, RuleRequest, change_rules, endpoints, explain_live, explain_live_with, explain_wanted,
    list_rules,
};
pub use reports::{exit_of_audit, exit_of_merged, exit_of_plan, merge_reports};
pub use restore::{RestoreTarget, open_access, restore_default_access, restore_snapshots};
pub use resume::{Resumed, leave_out_done};
#[cfg(unix)]
pub use session::ignores_hangup;
pub use session::{Applied, load_faults, not_started, seed, start_runtime, with_conditions};
pub use spec_diff::{DiffRequest, diff_specs};
pub use spec_edit::{
    EditedSpec, GivenEntry, ImportedInto, SpecEditRequest, edit_rules, import_into, list_wanted_rules,
};
pub use spec_request::{Selection, SpecRequest};
