//! What a run shows and measures of its requests.

mod critical_path;
pub(crate) mod measurements;
pub(crate) mod observed_run;
pub(crate) mod registry_progress;
pub(crate) mod slowest;
pub(crate) mod trace;
