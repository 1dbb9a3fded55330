//! `ringfence doctor`

use std::fs::File;
use std::io::{BufReader, ErrorKind, stdin};
use std::path::{Path, PathBuf};

use clap::{Args, ValueHint};

use crate::cli::args::globals::Repeated;
use crate::cli::args::output::{Format, with_formats};
use crate::cli::command::Command;
use crate::cli::inputs::STDIN;
use crate::cli::io::context::Context;
use crate::doctor::{Diagnosis, read_log};
use crate::error::{Error, Exit};
use crate::local_file;

/// Find the cause of a network or login problem
///
/// Reads what Docker, containerd, kubelet, the Azure CLI, Terraform or a CI job printed, and names the causes that it
/// speaks of, with what to do. Makes no request. A problem that is found ends with 2.
#[derive(Clone, Debug, Args)]
#[command(mut_arg("output", |output| with_formats(output, "the result", FORMATS)))]
#[command(after_help = "Examples:
  ringfence doctor --log build.log
  ringfence doctor --log - -o json < events.txt")]
pub(crate) struct DoctorArgs {
    /// File with what was printed, or - for stdin
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    log: PathBuf,
    #[command(flatten)]
    repeated: Repeated,
}

/// Formats of the result. The first is the default.
const FORMATS: &[Format] = &[Format::Text, Format::Json, Format::Jsonl];

impl DoctorArgs {
    fn diagnosis(&self) -> Result<Diagnosis, Error> {
        let read = if self.log == Path::new(STDIN) {
            read_log(stdin().lock())
        } else {
            local_file::open_regular(&self.log).and_then(|file: File| read_log(BufReader::new(file)))
        };
        read.map_err(|source| match source.kind() {
            ErrorKind::NotFound => Error::NoInput {
                path: self.log.clone(),
                help: "give `--log` a file with what was printed, or - for stdin".to_owned(),
            },
            _ => Error::File {
                action: "read",
                path: self.log.clone(),
                source,
            },
        })
    }
}

impl Command for DoctorArgs {
    fn run(&self, context: &Context) -> Result<Exit, Error> {
        let diagnosis = self.diagnosis()?;
        context.write(&diagnosis)?;
        Ok(if diagnosis.verdicts.is_empty() {
            Exit::Done
        } else {
            Exit::Differs
        })
    }

    fn formats(&self) -> &'static [Format] {
        FORMATS
    }

    fn repeated(&self) -> &Repeated {
        &self.repeated
    }

    fn inputs(&self) -> Vec<&Path> {
        vec![&self.log]
    }
}
