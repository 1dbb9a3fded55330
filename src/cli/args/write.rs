//! Flags of commands that write.

use std::path::PathBuf;

use clap::Args;

use crate::run::WriteOptions;

/// The way in which a plan is written.
#[derive(Clone, Debug, Args)]
pub(crate) struct WriteArgs {
    /// Write without being asked
    #[arg(short, long)]
    pub yes: bool,
    /// Folder for snapshots of the state before the write [default: .ringfence, and a folder in it for each sandbox and each other cloud]
    #[arg(long, value_name = "DIR")]
    pub snapshots: Option<PathBuf>,
}

impl WriteArgs {
    /// Returns the options of the run.
    pub(crate) fn options(&self) -> WriteOptions {
        WriteOptions {
            yes: self.yes,
            partial: false,
            snapshots: self.snapshots.clone(),
        }
    }
}
