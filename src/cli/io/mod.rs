//! Files, terminals, signals and child processes.

pub(crate) mod atomic_file;
pub(crate) mod child;
pub(crate) mod color;
pub(crate) mod context;
pub(crate) mod interface;
mod interruption;
pub(crate) mod logging;
pub(crate) mod observed;
pub(crate) mod output_target;
pub(crate) mod outputs;
pub(crate) mod prompt;
pub(crate) mod protected_files;
pub(crate) mod spec_file;
pub(crate) mod stderr;
pub(crate) mod stdout;
