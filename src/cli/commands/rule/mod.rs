//! `ringfence rule`

mod add;
mod edit_spec;
mod list;
mod remove;
mod show;

use clap::{Args, Subcommand};

use crate::cli::command::Command;
use add::AddArgs;
use list::ListArgs;
use remove::RemoveArgs;

/// List, add or remove rules of one registry, as az acr network-rule does
///
/// Takes the flags of `az acr network-rule` and prints its JSON, so a script can swap the command. A change is planned
/// and guarded like any other, written without being asked, and can be undone. With --spec, the rules of a spec
/// are listed or changed instead, without a connection; every other byte of the file stays.
///
/// A change of addresses is one read and one write. The answer of the write is the proof, and the registry is not read
/// again; `rule list` reads it.
#[derive(Clone, Debug, Args)]
#[command(disable_help_subcommand = true)]
#[command(after_help = "Examples:
  ringfence rule list -n contoso
  ringfence rule add -n contoso --ip-address 203.0.113.9
  ringfence rule remove -n contoso --ip-address 203.0.113.9
  ringfence rule add -n contoso --spec registries.yaml --ip-address 203.0.113.9")]
pub(crate) struct RuleArgs {
    #[command(subcommand)]
    command: RuleCommands,
}

#[derive(Clone, Debug, Subcommand)]
enum RuleCommands {
    List(ListArgs),
    Add(AddArgs),
    Remove(RemoveArgs),
}

impl RuleArgs {
    /// Returns the command that was given.
    pub(crate) fn command(&self) -> &dyn Command {
        match &self.command {
            RuleCommands::List(args) => args,
            RuleCommands::Add(args) => args,
            RuleCommands::Remove(args) => args,
        }
    }
}
