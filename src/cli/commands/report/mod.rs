//! `ringfence report`

mod merge;

use clap::{Args, Subcommand};

use crate::cli::command::Command;
use merge::MergeArgs;

/// Put the reports of several shards together
#[derive(Clone, Debug, Args)]
#[command(disable_help_subcommand = true)]
#[command(after_help = "Examples:
  ringfence report merge shard-*.json
  ringfence report merge shard-*.json --shards 4 -o json=report.json")]
pub(crate) struct ReportArgs {
    #[command(subcommand)]
    command: ReportCommands,
}

#[derive(Clone, Debug, Subcommand)]
enum ReportCommands {
    Merge(MergeArgs),
}

impl ReportArgs {
    /// Returns the command that was given.
    pub(crate) fn command(&self) -> &dyn Command {
        match &self.command {
            ReportCommands::Merge(args) => args,
        }
    }
}
