//! `ringfence man`

use std::path::PathBuf;

use clap::Args;
use clap_mangen::Man;

use crate::cli::args::globals::Repeated;
use crate::cli::args::output::Format;
use crate::cli::command::Command;
use crate::cli::io::context::Context;
use crate::error::{Error, Exit};

/// Print the manual page, or write one page per command
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  ringfence man | man -l -
  ringfence man --dir ~/.local/share/man/man1")]
pub(crate) struct ManArgs {
    /// Write a page per command into DIR, which must exist
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    #[command(flatten)]
    repeated: Repeated,
}

impl Command for ManArgs {
    fn run(&self, context: &Context) -> Result<Exit, Error> {
        let parser = (context.parser)();
        match &self.dir {
            Some(dir) => {
                clap_mangen::generate_to(parser, dir).map_err(|source| Error::File {
                    action: "write manual pages into",
                    path: dir.clone(),
                    source,
                })?;
            }
            None => context.write_bytes(&main_page(parser)?)?,
        }
        Ok(Exit::Done)
    }

    fn formats(&self) -> &'static [Format] {
        &[Format::Text]
    }

    fn repeated(&self) -> &Repeated {
        &self.repeated
    }
}

fn main_page(parser: clap::Command) -> Result<Vec<u8>, Error> {
    let mut page = Vec::new();
    match Man::new(parser).render(&mut page) {
        Ok(()) => Ok(page),
        Err(source) => Err(Error::File {
            action: "render",
            path: "ringfence.1".into(),
            source,
        }),
    }
}
