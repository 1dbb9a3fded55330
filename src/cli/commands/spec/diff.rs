//! `ringfence diff`

use std::path::{Path, PathBuf};

use clap::{Args, ValueHint};
use jiff::civil::Date;

use crate::cli::args::globals::Repeated;
use crate::cli::args::output::{Format, with_formats};
use crate::cli::args::values::day;
use crate::cli::command::Command;
use crate::cli::io::context::Context;
use crate::error::{Error, Exit};
use crate::run::{self, DiffRequest};

/// Compare who gets in by two specs, without Azure
///
/// The old spec is taken for the live state, and the new one is planned on it. Reasons, tickets and the order of entries
/// do not count. Ends with 2 if the two specs differ.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  ringfence diff old.yaml new.yaml
  ringfence diff main:specs specs/         # a git revision, and the files here
  ringfence diff HEAD~1:registries.yaml HEAD:registries.yaml -o json")]
#[command(mut_arg("output", |output| with_formats(output, "the result", FORMATS)))]
pub(crate) struct DiffArgs {
    /// File or folder of the old spec, or REV:PATH of a git revision
    #[arg(value_name = "OLD", value_hint = ValueHint::AnyPath)]
    old: PathBuf,
    /// File or folder of the new spec, or REV:PATH of a git revision
    #[arg(value_name = "NEW", value_hint = ValueHint::AnyPath)]
    new: PathBuf,
    /// Load the files of subfolders too
    #[arg(short = 'R', long)]
    recursive: bool,
    /// Expire rules as of this day, UTC [default: today]
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day, value_hint = ValueHint::Other)]
    as_of: Option<Date>,
    #[command(flatten)]
    repeated: Repeated,
}

const FORMATS: &[Format] = Format::ANSWER;

impl Command for DiffArgs {
    fn run(&self, context: &Context) -> Result<Exit, Error> {
        let request = DiffRequest {
            old: self.old.clone(),
            new: self.new.clone(),
            subfolders: self.recursive,
            day: self.as_of.unwrap_or_else(run::today),
        };
        let diff = run::diff_specs(&request, context)?;
        context.write(&diff)?;
        Ok(match diff.is_empty() {
            true => Exit::Done,
            false => Exit::Differs,
        })
    }

    fn formats(&self) -> &'static [Format] {
        FORMATS
    }

    fn repeated(&self) -> &Repeated {
        &self.repeated
    }

    fn inputs(&self) -> Vec<&Path> {
        vec![&self.old, &self.new]
    }
}
