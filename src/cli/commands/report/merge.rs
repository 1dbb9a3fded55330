//! `ringfence report merge`

use std::path::{Path, PathBuf};

use clap::{Args, ValueHint};

use crate::cli::args::globals::Repeated;
use crate::cli::args::output::{Format, with_formats};
use crate::cli::args::values::severities;
use crate::cli::command::Command;
use crate::cli::io::context::Context;
use crate::error::{Error, Exit};
use crate::run;
use crate::spec::Severity;

/// Merge the JSON reports of the shards of one run
///
/// Takes what plan, apply or audit wrote with -o json=FILE, all of one command and one spec. Ends as one run over all
/// registries would have ended.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  ringfence plan specs/ --shard 1/2 -o json=shard-1.json
  ringfence plan specs/ --shard 2/2 -o json=shard-2.json
  ringfence report merge shard-1.json shard-2.json --shards 2")]
#[command(mut_arg("output", |output| with_formats(output, "the result", FORMATS)))]
pub(crate) struct MergeArgs {
    /// JSON report of a shard
    #[arg(value_name = "FILE", required = true, value_hint = ValueHint::FilePath)]
    files: Vec<PathBuf>,
    /// Number of shards of the run; another number of files is a mistake
    #[arg(long, value_name = "N", value_hint = ValueHint::Other)]
    shards: Option<usize>,
    /// For plans, end with 2 instead of 0 if something would change
    #[arg(long)]
    detailed_exitcode: bool,
    /// For audits, end with 2 for a posture finding of this severity or a worse one
    #[arg(long, value_name = "SEVERITY", value_parser = severities(), default_value = "error")]
    fail_on: Severity,
    #[command(flatten)]
    repeated: Repeated,
}

/// Formats of the result. The first is the default.
const FORMATS: &[Format] = &[
    Format::Text,
    Format::Json,
    Format::Jsonl,
    Format::Markdown,
    Format::Ci,
];

impl Command for MergeArgs {
    fn run(&self, context: &Context) -> Result<Exit, Error> {
        let report = run::merge_reports(&self.files, self.shards)?;
        context.write(&report)?;
        Ok(run::exit_of_merged(&report, self.detailed_exitcode, self.fail_on))
    }

    fn formats(&self) -> &'static [Format] {
        FORMATS
    }

    fn repeated(&self) -> &Repeated {
        &self.repeated
    }

    fn inputs(&self) -> Vec<&Path> {
        self.files.iter().map(PathBuf::as_path).collect()
    }
}
