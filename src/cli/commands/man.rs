//! `ringfence man`

use std::path::{Path, PathBuf};

use clap::{Args, CommandFactory};
use clap_mangen::Man;

use crate::cli::{Cli, Context, Repeated};
use crate::error::{Error, Exit};

/// Print the manual page, or write one page per command
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  ringfence man | man -l -
  ringfence man --dir ~/.local/share/man/man1")]
pub(crate) struct ManArgs {
    /// Write a page per command into DIR, which must exist
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
    #[command(flatten)]
    pub repeated: Repeated,
}

pub(crate) fn run(args: &ManArgs, context: &Context) -> Result<Exit, Error> {
    match &args.dir {
        Some(dir) => write_pages(dir)?,
        None => context.write_bytes(&main_page()?)?,
    }
    Ok(Exit::Done)
}

fn main_page() -> Result<Vec<u8>, Error> {
    let mut page = Vec::new();
    let rendered = Man::new(Cli::command()).render(&mut page);
    rendered.map_err(|source| Error::File {
        action: "render",
        path: "ringfence.1".into(),
        source,
    })?;
    Ok(page)
}

fn write_pages(dir: &Path) -> Result<(), Error> {
    clap_mangen::generate_to(Cli::command(), dir).map_err(|source| Error::File {
        action: "write manual pages into",
        path: dir.into(),
        source,
    })
}
