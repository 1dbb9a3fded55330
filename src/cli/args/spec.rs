//! The spec of a command: its files, and the registries that are meant.

use std::path::{Path, PathBuf};

use clap::Args;
use jiff::civil::Date;

use super::values::{day, selector, shard};
use crate::cli::inputs::{self, DEFAULT_SPEC, GivenBy, STDIN};
use crate::cli::io::context::Context;
use crate::error::Error;
use crate::local_file::read_bounded;
use crate::model::shell_word;
use crate::run::{self, Selection, SpecRequest};
use crate::spec::{Choice, LARGEST_FILE, Selector, Shard};

/// YAML files or folders.
#[derive(Clone, Debug, Args)]
pub(crate) struct SpecPathArgs {
    /// YAML file, folder whose *.yaml and *.yml files are all loaded, or - for stdin [default: ringfence.yaml]
    #[arg(value_name = "SPEC", value_hint = clap::ValueHint::AnyPath)]
    specs: Vec<PathBuf>,
    /// Load the files of subfolders too
    #[arg(short = 'R', long)]
    recursive: bool,
}

/// YAML files or folders of the spec, and the registries that are meant.
#[derive(Clone, Debug, Args)]
pub(crate) struct SpecArgs {
    #[command(flatten)]
    files: SpecPathArgs,
    /// Take only these registries of the spec (repeatable): a name, glob or id, or subscription:ID, group:NAME,
    /// tag:NAME=VALUE, mode:MODE, changed:REVISION (docs/scale.md)
    #[arg(long, value_name = "WHICH", value_parser = selector, value_hint = clap::ValueHint::Other)]
    only: Vec<Selector>,
    /// Leave these registries of the spec out (repeatable): the same forms as --only
    #[arg(long, value_name = "WHICH", value_parser = selector, value_hint = clap::ValueHint::Other)]
    except: Vec<Selector>,
    /// Take one of several shards of the spec, such as 2/4; a subscription is whole in its shard
    #[arg(long, value_name = "NUMBER/OF", value_parser = shard, value_hint = clap::ValueHint::Other)]
    shard: Option<Shard>,
    /// Expire rules as of this day, UTC [default: today]
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day, value_hint = clap::ValueHint::Other)]
    as_of: Option<Date>,
}

impl SpecArgs {
    /// Returns true if the command line names files or folders.
    pub(crate) fn is_given(&self) -> bool {
        !self.files.specs.is_empty()
    }

    /// Returns the day that decides which entries have expired.
    pub(crate) fn day(&self) -> Date {
        self.as_of.unwrap_or_else(run::today)
    }

    /// Returns the shard that is taken.
    pub(crate) fn shard(&self) -> Option<Shard> {
        self.shard
    }

    /// Returns a flag that needs a spec, if one is given.
    pub(crate) fn flag(&self) -> Option<&'static str> {
        let given = [
            (self.as_of.is_some(), "--as-of"),
            (self.files.recursive, "--recursive"),
            (!self.only.is_empty(), "--only"),
            (!self.except.is_empty(), "--except"),
            (self.shard.is_some(), "--shard"),
        ];
        given
            .into_iter()
            .find_map(|(is_given, flag)| is_given.then_some(flag))
    }

    fn choice(&self) -> Choice {
        Choice {
            only: self.only.clone(),
            except: self.except.clone(),
            is_partial: self.shard.is_some(),
        }
    }

    /// Returns the files and folders of the spec.
    pub(crate) fn paths(&self) -> Vec<&Path> {
        self.files.paths()
    }

    /// Returns these arguments as words of a shell, each with a blank before it. A text on stdin cannot be read again.
    pub(crate) fn words(&self) -> Option<String> {
        if self.files.specs.iter().any(|path| path == Path::new(STDIN)) {
            return None;
        }
        let mut words = String::new();
        for path in &self.files.specs {
            // A file whose name begins like a flag is named with its folder.
            let path = match path.to_string_lossy().starts_with('-') {
                true => &Path::new(".").join(path),
                false => path,
            };
            words += &format!(" {}", shell_word(path));
        }
        if self.files.recursive {
            words += " -R";
        }
        for (flag, selector) in self.choice().flags() {
            words += &format!(" {flag} {}", shell_word(selector.as_str()));
        }
        if let Some(shard) = self.shard {
            words += &format!(" --shard {shard}");
        }
        if let Some(day) = self.as_of {
            words += &format!(" --as-of {day}");
        }
        Some(words)
    }

    /// Returns the spec to load for `command`. Reads stdin if it is one of the paths.
    ///
    /// # Errors
    /// As for [`SpecPathArgs::request`].
    pub(crate) fn request(
        &self,
        command: &'static str,
        context: &Context,
    ) -> Result<SpecRequest, Error> {
        let request = self.files.request(command, context)?;
        Ok(SpecRequest {
            day: self.as_of.unwrap_or(request.day),
            selection: Selection {
                choice: self.choice(),
                shard: self.shard,
            },
            ..request
        })
    }
}

impl SpecPathArgs {
    /// Returns the files and folders.
    pub(crate) fn paths(&self) -> Vec<&Path> {
        if self.specs.is_empty() {
            return vec![Path::new(DEFAULT_SPEC)];
        }
        self.specs.iter().map(PathBuf::as_path).collect()
    }

    /// Returns the request for all registries of these files, as of today. Reads stdin if it is one of the paths.
    ///
    /// # Errors
    /// A path does not exist or is not a spec, no path is given or found, or stdin cannot be read.
    pub(crate) fn request(
        &self,
        command: &'static str,
        context: &Context,
    ) -> Result<SpecRequest, Error> {
        let paths = self.paths();
        if self.specs.is_empty() && !Path::new(DEFAULT_SPEC).exists() {
            return Err(inputs::no_spec(command));
        }
        let bare_sandbox = context.globals.sandbox == Some(None);
        let given = GivenBy {
            command,
            bare_sandbox,
        };
        Ok(SpecRequest {
            subfolders: self.recursive,
            ..request_of(&paths, given)?
        })
    }
}

/// Returns the request for all registries of these paths, as of today. Reads stdin if it is one of them.
///
/// # Errors
/// A path does not exist or is not a spec, or stdin cannot be read.
pub(crate) fn request_of(paths: &[&Path], given: GivenBy) -> Result<SpecRequest, Error> {
    inputs::check(paths, given)?;
    let stdin = match paths.contains(&Path::new(STDIN)) {
        true => Some(read_stdin()?),
        false => None,
    };
    let paths = paths.iter().map(|path| path.to_path_buf()).collect();
    Ok(SpecRequest {
        stdin,
        ..SpecRequest::of_files(paths)
    })
}

/// Reads the spec from stdin, with the limit of a file.
fn read_stdin() -> Result<Vec<u8>, Error> {
    read_bounded(std::io::stdin().lock(), LARGEST_FILE).map_err(|source| Error::File {
        action: "read",
        path: "stdin".into(),
        source,
    })
}
