//! Flags of rules that are in a spec instead of in the registry.

use std::path::{Path, PathBuf};

use clap::{Args, ValueHint};
use jiff::civil::Date;

use super::spec::request_of;
use super::values::day;
use crate::cli::inputs::GivenBy;
use crate::error::Error;
use crate::run::{SpecRequest, today};
use crate::spec::RuleInfo;

/// The spec that a command is about.
#[derive(Clone, Debug, Args)]
pub(crate) struct SpecFileArgs {
    /// Take the rules of this spec, a file or a folder, instead of those of the registry; without a connection
    #[arg(long, value_name = "SPEC", value_hint = ValueHint::AnyPath)]
    spec: Option<PathBuf>,
}

/// Information about addresses.
#[derive(Clone, Debug, Args)]
pub(crate) struct RuleInfoArgs {
    /// Reason for the addresses, in the spec
    #[arg(long, value_name = "TEXT", requires = "spec", value_parser = said, value_hint = ValueHint::Other)]
    reason: Option<String>,
    /// Team or person responsible for the addresses, in the spec
    #[arg(long, value_name = "TEXT", requires = "spec", value_parser = said, value_hint = ValueHint::Other)]
    owner: Option<String>,
    /// Ticket in which the addresses were requested, in the spec
    #[arg(long, value_name = "TEXT", requires = "spec", value_parser = said, value_hint = ValueHint::Other)]
    ticket: Option<String>,
    /// First day on which the addresses are no longer wanted, in the spec
    #[arg(long, value_name = "YYYY-MM-DD", requires = "spec", value_parser = day, value_hint = ValueHint::Other)]
    expires: Option<Date>,
}

impl SpecFileArgs {
    /// Returns the path of the spec, if one is given.
    pub(crate) fn path(&self) -> Option<&Path> {
        self.spec.as_deref()
    }

    /// Returns the spec of `command`, if one is given.
    ///
    /// # Errors
    /// The path does not exist, or is not a spec.
    pub(crate) fn request(&self, command: &'static str) -> Result<Option<SpecRequest>, Error> {
        let Some(path) = self.path() else {
            return Ok(None);
        };
        let given = GivenBy {
            command,
            bare_sandbox: false,
        };
        request_of(&[path], given).map(Some)
    }
}

impl RuleInfoArgs {
    /// Returns the information.
    ///
    /// # Errors
    /// The day has come, so that the addresses would not be wanted.
    pub(crate) fn info(&self) -> Result<RuleInfo, Error> {
        if let Some(day) = self.expires
            && day <= today()
        {
            return Err(Error::usage(
                format!("`--expires {day}` has come already: the addresses would not be wanted"),
                "give a later day",
            ));
        }
        Ok(RuleInfo {
            owner: self.owner.as_deref().map(Into::into),
            reason: self.reason.as_deref().map(Into::into),
            ticket: self.ticket.as_deref().map(Into::into),
            expires: self.expires,
        })
    }
}

/// Reads a text that says something.
fn said(text: &str) -> Result<String, String> {
    match text.trim() {
        "" => Err("expected words; to say nothing, leave the flag out".to_owned()),
        _ => Ok(text.to_owned()),
    }
}
