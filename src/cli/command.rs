//! The interface of a command.

use std::path::Path;

use super::args::globals::Repeated;
use super::args::output::Format;
use super::io::context::Context;
use crate::error::{Error, Exit};

/// One command of the command line, with its parsed arguments.
pub(crate) trait Command {
    /// Runs the command to its end.
    ///
    /// # Errors
    /// The command failed before it had a result. The caller reports the error.
    fn run(&self, context: &Context) -> Result<Exit, Error>;

    /// Returns the formats of the result. The first is the default.
    fn formats(&self) -> &'static [Format];

    /// Returns the flags given after the command that add to those given before it.
    fn repeated(&self) -> &Repeated;

    /// Returns the files and folders that the command reads, and that no result may overwrite.
    fn inputs(&self) -> Vec<&Path> {
        Vec::new()
    }

    /// Returns true if text shows everything: registries with nothing to say, and notes.
    fn shows_all(&self) -> bool {
        false
    }

    /// Returns true if stdout belongs to another program, even if that never starts.
    fn gives_stdout_away(&self) -> bool {
        false
    }

    /// Returns true for the command that is the sandbox itself.
    fn is_sandbox(&self) -> bool {
        false
    }
}
