//! Diagnosis: from a symptom to its cause, and to the command that mends it.
//!
//! The ids are those of the rows of Microsoft's articles about network and login problems of registries, as
//! `docs/doctor.md` lists them. Symptoms are words of a log ([`read_log`]), or facts that probes saw ([`Observations`]).
//! One table of rules leads from facts to verdicts ([`diagnose`]). Pure: the log is read through a reader that the caller
//! opens, and the probes are those of [`crate::probe`].

mod cause;
mod causes;
mod delegation;
mod diagnose;
mod facts;
mod ladder;
mod log;
mod outbound;
mod private_connections;
mod private_names;
mod private_path;
mod remedies;
mod rules;
mod service_answers;
mod services;
mod steps;
mod subnet_answer;
mod types;

pub use cause::{Cause, FoundBy};
pub use causes::all_causes;
pub use diagnose::{diagnose, diagnose_with_log};
pub use facts::*;
pub(crate) use log::without_secrets;
pub use log::{LogReading, read_log};
pub use private_names::own_hosts;
pub use types::{Confidence, Diagnosis, FORMAT, Fact, Rung, RungStatus, Seen, Verdict};
