//! One file for each command.

mod apply;
mod audit;
mod close;
mod completions;
mod diff;
mod doctor;
mod explain;
mod fmt;
mod import;
mod man;
mod open;
mod plan;
mod restore;
mod rule;
mod sandbox;
mod schema;
mod validate;
mod with_access;

pub(crate) use apply::ApplyArgs;
pub(crate) use audit::AuditArgs;
pub(crate) use close::CloseArgs;
pub(crate) use completions::CompletionsArgs;
pub(crate) use diff::DiffArgs;
pub(crate) use doctor::DoctorArgs;
pub(crate) use explain::ExplainArgs;
pub(crate) use fmt::FmtArgs;
pub(crate) use import::ImportArgs;
pub(crate) use man::ManArgs;
pub(crate) use open::OpenArgs;
pub(crate) use plan::PlanArgs;
pub(crate) use restore::RestoreArgs;
pub(crate) use rule::RuleArgs;
pub(crate) use sandbox::SandboxArgs;
pub(crate) use schema::SchemaArgs;
pub(crate) use validate::ValidateArgs;
pub(crate) use with_access::WithAccessArgs;
