//! One file for each command.

mod access;
mod apply;
mod audit;
mod completions;
mod doctor;
mod endpoints;
mod explain;
mod man;
mod plan;
mod report;
mod restore;
mod rule;
mod sandbox;
mod schema;
mod spec;

pub(crate) use access::{CloseArgs, OpenArgs, WithAccessArgs};
pub(crate) use apply::ApplyArgs;
pub(crate) use audit::AuditArgs;
pub(crate) use completions::CompletionsArgs;
pub(crate) use doctor::DoctorArgs;
pub(crate) use endpoints::EndpointsArgs;
pub(crate) use explain::ExplainArgs;
pub(crate) use man::ManArgs;
pub(crate) use plan::PlanArgs;
pub(crate) use report::ReportArgs;
pub(crate) use restore::RestoreArgs;
pub(crate) use rule::RuleArgs;
pub(crate) use sandbox::SandboxArgs;
pub(crate) use schema::SchemaArgs;
pub(crate) use spec::{DiffArgs, FmtArgs, ImportArgs, InitArgs, ValidateArgs};
