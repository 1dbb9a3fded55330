//! `ringfence fmt`

use std::io;
use std::path::Path;

use clap::Args;

use crate::cli::args::globals::Repeated;
use crate::cli::args::output::{Format, with_formats};
use crate::cli::args::spec::SpecPathArgs;
use crate::cli::command::Command;
use crate::cli::inputs::STDIN;
use crate::cli::io::context::Context;
use crate::cli::io::spec_file;
use crate::error::{Error, Exit};
use crate::local_file;
use crate::render::safe;
use crate::run::SpecRequest;
use crate::spec::{LARGEST_FILE, files_of, formatted};

/// Give specs their canonical layout
///
/// Changes indentation, spaces and line breaks in the files. Values, their order, comments, quotes and anchors stay. A spec
/// with errors is not touched. A spec from stdin is printed. With --check nothing is written, and files that differ end
/// with 2.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  ringfence fmt registries.yaml
  ringfence fmt specs/ -R --check      # in a pipeline; exit 2: not formatted
  ringfence fmt - < registries.yaml")]
#[command(mut_arg("output", |output| with_formats(output, "the result", FORMATS)))]
pub(crate) struct FmtArgs {
    #[command(flatten)]
    files: SpecPathArgs,
    /// Write nothing, name the files that are not formatted, and end with 2 if there are any
    #[arg(long)]
    check: bool,
    #[command(flatten)]
    repeated: Repeated,
}

/// Formats of the result. The first is the default.
const FORMATS: &[Format] = &[Format::Text];

impl FmtArgs {
    /// Lays out one file. Returns true if it was not as it should be.
    fn file(&self, path: &Path) -> io::Result<bool> {
        let before = local_file::read(path, LARGEST_FILE)?;
        let after = formatted(&before).map_err(io::Error::other)?;
        if after.as_bytes() == before {
            return Ok(false);
        }
        if !self.check {
            spec_file::replace(path, &before, after.as_bytes())?;
        }
        Ok(true)
    }

    /// Lays out the spec on stdin: prints it, or with `--check` compares it.
    fn stdin(&self, bytes: &[u8], context: &Context) -> Result<Exit, Error> {
        let after = formatted(bytes)
            .map_err(|error| unformatted(Path::new("stdin"), io::Error::other(error)))?;
        if !self.check {
            context.write_bytes(after.as_bytes())?;
            return Ok(Exit::Done);
        }
        let differs = after.as_bytes() != bytes;
        let changed = if differs {
            vec!["stdin".to_owned()]
        } else {
            Vec::new()
        };
        self.tell(&changed, 1, context)
    }

    /// Lays out every file of the request.
    fn files(&self, request: &SpecRequest, context: &Context) -> Result<Exit, Error> {
        let (mut changed, mut all) = (Vec::new(), 0);
        for path in &request.paths {
            for file in files_of(path, request.subfolders)? {
                all += 1;
                let differs = self.file(&file).map_err(|source| unformatted(&file, source))?;
                if differs {
                    changed.push(file.display().to_string());
                }
            }
        }
        self.tell(&changed, all, context)
    }

    fn tell(&self, changed: &[String], all: usize, context: &Context) -> Result<Exit, Error> {
        let verb = if self.check { "not formatted" } else { "formatted" };
        let mut text = String::new();
        for file in changed {
            text += &format!("{verb}: {}\n", safe(file));
        }
        let files = if all == 1 { "file" } else { "files" };
        text += &match changed.len() {
            0 => format!("All fine. {all} {files}.\n"),
            some => format!("{some} of {all} {files} {verb}.\n"),
        };
        let shown = context.write_text_after(&text, !self.check && !changed.is_empty())?;
        Ok(match self.check && !changed.is_empty() {
            true => Exit::Differs,
            false => shown,
        })
    }
}

fn unformatted(path: &Path, source: io::Error) -> Error {
    Error::File {
        action: "format",
        path: path.to_owned(),
        source,
    }
}

impl Command for FmtArgs {
    fn run(&self, context: &Context) -> Result<Exit, Error> {
        let request = self.files.request("fmt", context)?;
        let has_stdin = request.stdin.is_some();
        if has_stdin && request.paths.len() > 1 {
            return Err(Error::usage(
                "`fmt` takes stdin or files, and not both",
                format!("leave out `{STDIN}`, or give nothing else"),
            ));
        }
        // A layout can hide a mistake, and the loader knows which files a link may lead to.
        request.load_quietly(false)?;
        match &request.stdin {
            Some(bytes) => self.stdin(bytes, context),
            None => self.files(&request, context),
        }
    }

    fn formats(&self) -> &'static [Format] {
        FORMATS
    }

    fn repeated(&self) -> &Repeated {
        &self.repeated
    }

    fn inputs(&self) -> Vec<&Path> {
        self.files.paths()
    }
}
