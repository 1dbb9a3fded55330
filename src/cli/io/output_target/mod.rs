//! One format and its place.

mod pipeline;

use std::fmt;
use std::io::{self, Write};
use std::path::PathBuf;

use clap::ValueEnum;

use super::atomic_file::{self, unwritten};
use super::stdout::{print, print_parts};
use crate::cli::args::output::{Format, OutputArg, in_words};
use crate::error::Error;
use crate::local_file::{repository_top, resolve};
use crate::render::{self, Document, LARGEST_COMMENT, Paint, Places};

/// A format and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OutputTarget {
    pub format: Format,
    /// `None`: stdout.
    pub file: Option<PathBuf>,
}

impl OutputTarget {
    /// Returns the target of an argument, if its format is one of `formats`.
    pub(crate) fn of(arg: &OutputArg, formats: &[Format]) -> Result<Self, Error> {
        Ok(Self {
            format: find_format(arg, formats)?,
            file: arg.file.clone(),
        })
    }

    /// Returns true for text on stdout, which people read.
    pub(crate) fn is_read_by_people(&self) -> bool {
        self.format.resolved() == Format::Text && self.file.is_none()
    }

    /// Refuses another target with the same format or the same place.
    pub(crate) fn check_apart(&self, other: &Self) -> Result<(), Error> {
        let format = other.format.name();
        let message = if self.format == other.format {
            format!("output format `{format}` is given twice")
        } else if self.is_same_place(other) {
            let place = match &self.file {
                Some(file) => format!("`{}`", file.display()),
                None => "stdout".to_owned(),
            };
            format!("outputs `{self}` and `{other}` both go to {place}")
        } else {
            return Ok(());
        };
        let help = format!("send one of them elsewhere: --output {format}=FILE");
        Err(Error::usage(message, help))
    }

    /// Returns true if both go to stdout or into one file, under whatever name.
    fn is_same_place(&self, other: &Self) -> bool {
        match (&self.file, &other.file) {
            (None, None) => true,
            (Some(a), Some(b)) if a == b => true,
            // Two names can lead to one file, by links or by `..`.
            (Some(a), Some(b)) => match (resolve(a), resolve(b)) {
                (Ok(a), Ok(b)) => a == b,
                _ => false,
            },
            _ => false,
        }
    }

    /// Writes a document in this format.
    pub(crate) fn write_document(&self, document: &dyn Document, paint: Paint) -> Result<(), Error> {
        // Colours are for terminals only, also with `--color always`.
        let paint = match &self.file {
            Some(_) => paint.plain(),
            None => paint,
        };
        let places = places();
        let text = match self.format.resolved() {
            Format::Json => return self.write_parts(|out| document.write_json(out)),
            Format::Jsonl => return self.write_parts(|out| document.write_jsonl(out)),
            Format::Markdown => document.markdown(LARGEST_COMMENT),
            Format::Yaml => document.yaml(),
            Format::Html => document.html(),
            Format::Sarif => render::sarif(document, &places),
            Format::Junit => render::junit(document),
            Format::Gitlab => render::gitlab(document, &places),
            Format::GitlabTerraform => render::gitlab_terraform(document),
            Format::Github => render::github(document, &places),
            Format::AzurePipelines => render::azure_pipelines(document, &places),
            Format::Table => document.table(paint),
            Format::Text | Format::Ci => document.text(paint),
        };
        self.write_bytes(text.as_bytes())?;
        match self.format {
            Format::Ci => pipeline::write_beside(document, &places),
            _ => Ok(()),
        }
    }

    /// Writes a document that takes the place of a missing result, in the formats that have one.
    pub(crate) fn write_failure(&self, document: &dyn Document, paint: Paint) -> Result<(), Error> {
        if !self.format.resolved().is_for_results() {
            return self.write_document(document, paint);
        }
        match self.format {
            // Text goes to stderr in any case.
            Format::Ci => pipeline::write_failure_beside(document),
            _ => Ok(()),
        }
    }

    /// Writes bytes that have only one form, such as a schema.
    pub(crate) fn write_bytes(&self, bytes: &[u8]) -> Result<(), Error> {
        self.write_parts(|out| out.write_all(bytes))
    }

    /// Writes what `write` makes, part by part.
    fn write_parts(&self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Error> {
        match &self.file {
            Some(file) => {
                atomic_file::write_parts(file, write).map_err(|source| unwritten(file, source))
            }
            None => print_parts(write),
        }
    }

    /// Writes bytes that only the user may read.
    pub(crate) fn write_secret(&self, bytes: &[u8]) -> Result<(), Error> {
        match &self.file {
            Some(file) => {
                atomic_file::write_secret(file, bytes).map_err(|source| unwritten(file, source))
            }
            None => print(bytes),
        }
    }
}

impl fmt::Display for OutputTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.format.name())?;
        match &self.file {
            Some(file) => write!(f, "={}", file.display()),
            None => Ok(()),
        }
    }
}

/// Returns the format of an argument, if the command has it.
fn find_format(arg: &OutputArg, formats: &[Format]) -> Result<Format, Error> {
    let name = &arg.format;
    let message = match Format::from_str(name, false) {
        Ok(format) if formats.contains(&format) => return Ok(format),
        Ok(_) => format!("output format `{name}` is not available for this command"),
        Err(_) => format!("unknown output format `{name}`"),
    };
    let help = match meant_file(arg) {
        Some(file) if formats.contains(&Format::Json) => format!("write `-o json={file}`"),
        _ => expected(formats),
    };
    Err(Error::usage(message, help))
}

/// Returns the file of `-o plan.json`, and of `-out=plan.json`, which the parser reads as `-o ut=plan.json`.
fn meant_file(arg: &OutputArg) -> Option<String> {
    let file = match (&*arg.format, &arg.file) {
        ("ut", Some(file)) => file.to_str()?,
        (name, None) if name.ends_with(".json") => name,
        _ => return None,
    };
    Some(file.to_owned())
}

fn expected(formats: &[Format]) -> String {
    let mut names = Vec::new();
    for format in formats {
        names.push(format!("`{}`", format.name()));
    }
    format!("expected {}", in_words(&names))
}

/// Returns the places of files in the repository of the working folder. Outside of one, names start at the working folder.
fn places() -> Places {
    match std::env::current_dir() {
        Ok(folder) => {
            let top = repository_top(&folder).unwrap_or(&folder).to_owned();
            Places::new(folder, top)
        }
        Err(_) => Places::default(),
    }
}
