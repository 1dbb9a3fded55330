//! `ringfence completions`

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use crate::cli::{Cli, Context, Repeated};
use crate::error::{Error, Exit};

/// Print a completion script for a shell
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  ringfence completions bash > /etc/bash_completion.d/ringfence
  ringfence completions zsh > \"${fpath[1]}/_ringfence\"
  ringfence completions fish > ~/.config/fish/completions/ringfence.fish")]
pub(crate) struct CompletionsArgs {
    /// The shell
    pub shell: Shell,
    #[command(flatten)]
    pub repeated: Repeated,
}

pub(crate) fn run(args: &CompletionsArgs, context: &Context) -> Result<Exit, Error> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "ringfence", &mut script);
    context.write_bytes(&script)?;
    Ok(Exit::Done)
}
