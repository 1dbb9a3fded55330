//! `ringfence man`

use std::path::{Path, PathBuf};

use clap::Args;

use crate::cli::args::globals::Repeated;
use crate::cli::args::output::{Format, with_formats};
use crate::cli::command::Command;
use crate::cli::io::context::Context;
use crate::cli::manual::{self, Page};
use crate::error::{Error, Exit};

/// Print the manual page, or write one page per command
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  ringfence man | man -l -
  ringfence man --dir ~/.local/share/man/man1")]
#[command(mut_arg("output", |output| with_formats(output, "the result", FORMATS)))]
pub(crate) struct ManArgs {
    /// Write a page per command into DIR, which must exist
    #[arg(long, value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    dir: Option<PathBuf>,
    #[command(flatten)]
    repeated: Repeated,
}

/// Formats of the result. The first is the default.
const FORMATS: &[Format] = &[Format::Text];

impl Command for ManArgs {
    fn run(&self, context: &Context) -> Result<Exit, Error> {
        let pages = manual::pages((context.parser)()).map_err(|source| Error::System {
            action: "write the manual pages",
            source,
        })?;
        match &self.dir {
            Some(dir) => write_all(dir, &pages)?,
            None => context.write_bytes(&pages[0].text)?,
        }
        Ok(Exit::Done)
    }

    fn formats(&self) -> &'static [Format] {
        FORMATS
    }

    fn repeated(&self) -> &Repeated {
        &self.repeated
    }
}

/// Writes each page into a file of a folder.
fn write_all(dir: &Path, pages: &[Page]) -> Result<(), Error> {
    for page in pages {
        std::fs::write(dir.join(&page.file), &page.text).map_err(|source| Error::File {
            action: "write manual pages into",
            path: dir.to_owned(),
            source,
        })?;
    }
    Ok(())
}
