//! `ringfence completions`

use clap::Args;
use clap_complete::Shell;

use crate::cli::args::globals::Repeated;
use crate::cli::args::output::{Format, with_formats};
use crate::cli::command::Command;
use crate::cli::io::context::Context;
use crate::error::{Error, Exit};

/// Print a completion script for a shell
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  ringfence completions bash > /etc/bash_completion.d/ringfence
  ringfence completions zsh > \"${fpath[1]}/_ringfence\"
  ringfence completions fish | source")]
#[command(mut_arg("output", |output| with_formats(output, "the result", FORMATS)))]
pub(crate) struct CompletionsArgs {
    /// The shell
    shell: Shell,
    #[command(flatten)]
    repeated: Repeated,
}

/// Formats of the result. The first is the default.
const FORMATS: &[Format] = &[Format::Text];

impl Command for CompletionsArgs {
    fn run(&self, context: &Context) -> Result<Exit, Error> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut (context.parser)(), "ringfence", &mut script);
        context.write_bytes(&script)?;
        Ok(Exit::Done)
    }

    fn formats(&self) -> &'static [Format] {
        FORMATS
    }

    fn repeated(&self) -> &Repeated {
        &self.repeated
    }
}
