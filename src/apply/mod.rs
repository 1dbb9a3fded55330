//! Applying: walks a plan step by step and reads back what came of it. It never decides.

mod types;

pub use types::{ChangeReport, FORMAT, Outcome, RegistryReport, Report, ReportSummary, StepReport};
