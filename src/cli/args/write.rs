//! Flags of commands that write.

use std::path::PathBuf;

use clap::Args;

use super::globals::Globals;
use crate::run::WriteOptions;

/// The way in which a plan is written.
#[derive(Clone, Debug, Args)]
pub(crate) struct WriteArgs {
    /// Write without being asked
    #[arg(short, long)]
    pub yes: bool,
    /// Folder for snapshots of the state before the write [default: .ringfence, in the sandbox .ringfence/sandbox]
    #[arg(long, value_name = "DIR")]
    pub snapshots: Option<PathBuf>,
}

impl WriteArgs {
    /// Returns the options of the run. Snapshots of the sandbox have a folder of their own: they name the same
    /// registries, and must never be restored in Azure.
    pub(crate) fn options(&self, globals: &Globals) -> WriteOptions {
        let snapshots = match &self.snapshots {
            Some(folder) => folder.clone(),
            None if globals.sandbox.is_some() => ".ringfence/sandbox".into(),
            None => ".ringfence".into(),
        };
        WriteOptions {
            yes: self.yes,
            partial: false,
            snapshots,
        }
    }
}
