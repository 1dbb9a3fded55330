//! `ringfence completions`

use clap::Args;
use clap_complete::Shell;

use crate::cli::args::globals::Repeated;
use crate::cli::args::output::Format;
use crate::cli::command::Command;
use crate::cli::io::context::Context;
use crate::error::{Error, Exit};

/// Print a completion script for a shell
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  ringfence completions bash > /etc/bash_completion.d/ringfence
  ringfence completions zsh > \"${fpath[1]}/_ringfence\"
  ringfence completions fish | source")]
pub(crate) struct CompletionsArgs {
    /// The shell
    shell: Shell,
    #[command(flatten)]
    repeated: Repeated,
}

impl Command for CompletionsArgs {
    fn run(&self, context: &Context) -> Result<Exit, Error> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut (context.parser)(), "ringfence", &mut script);
        context.write_bytes(&script)?;
        Ok(Exit::Done)
    }

    fn formats(&self) -> &'static [Format] {
        &[Format::Text]
    }

    fn repeated(&self) -> &Repeated {
        &self.repeated
    }
}
