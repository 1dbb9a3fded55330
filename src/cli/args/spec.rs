//! The files of the spec.

use std::path::{Path, PathBuf};

use clap::Args;
use jiff::civil::Date;

use crate::run::today;

/// YAML files or folders of the spec.
#[derive(Clone, Debug, Args)]
pub(crate) struct SpecArgs {
    /// YAML file, or folder whose *.yaml and *.yml files are all loaded
    #[arg(value_name = "SPEC", required = true)]
    pub specs: Vec<PathBuf>,
    /// Expire rules as of this day, UTC [default: today]
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub as_of: Option<Date>,
}

impl SpecArgs {
    /// Returns the day that decides which rules have expired.
    pub(crate) fn day(&self) -> Date {
        self.as_of.unwrap_or_else(today)
    }

    /// Returns the files and folders of the spec.
    pub(crate) fn paths(&self) -> Vec<&Path> {
        self.specs.iter().map(PathBuf::as_path).collect()
    }
}
