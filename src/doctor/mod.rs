//! Diagnosis: from a symptom to its cause, and to the command that mends it.
//!
//! The ids are those of the rows of Microsoft's articles about network and login problems of registries, as
//! `docs/doctor.md` lists them. Pure: the log is read through a reader that the caller opens.

mod cause;
mod causes;
mod log;
mod types;

pub use cause::Cause;
pub use causes::all_causes;
pub use log::read_log;
pub use types::{Confidence, Diagnosis, FORMAT, Seen, Verdict};
