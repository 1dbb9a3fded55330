//! Flags that every command takes, before or after its name.

use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgAction, Args, ValueEnum, ValueHint};
use url::Url;

use super::output::{Format, OutputArg, OutputParser};
use super::values::{clouds, duration, https_url, sign_in_methods};
use crate::azure::{AuthMethod, CloudName};
use crate::cli::io::color::ColorChoice;
use crate::error::Error;
use crate::run::{RunOptions, SandboxOptions};

/// Flags with one value. If a flag is given before and after the command, the later one wins.
#[derive(Clone, Debug, Args)]
pub(crate) struct Globals {
    /// How to sign in
    #[arg(long, global = true, value_name = "METHOD", default_value = "auto", value_parser = sign_in_methods())]
    #[arg(env = "RINGFENCE_AUTH", hide_env_values = true, help_heading = CONNECTION)]
    pub auth: AuthMethod,
    /// Azure cloud: public, usgov, china, or the URL of its Resource Manager
    #[arg(long, global = true, value_name = "CLOUD", default_value = "public", value_parser = clouds(), hide_possible_values = true)]
    #[arg(env = "RINGFENCE_CLOUD", hide_env_values = true, help_heading = CONNECTION)]
    pub cloud: CloudName,
    /// Azure Resource Manager at another URL (https)
    #[arg(long, global = true, value_name = "URL", value_parser = https_url, value_hint = ValueHint::Url)]
    #[arg(env = "RINGFENCE_ARM_ENDPOINT", hide_env_values = true, help_heading = CONNECTION)]
    pub arm_endpoint: Option<Url>,
    /// PEM file with a further certificate authority to trust
    #[arg(long, global = true, value_name = "FILE")]
    #[arg(env = "RINGFENCE_CA_FILE", hide_env_values = true, help_heading = CONNECTION)]
    pub ca_file: Option<PathBuf>,
    /// Longest time for one operation, such as 90s or 15m
    #[arg(long, global = true, value_name = "DURATION", default_value = "15m", value_parser = duration, value_hint = ValueHint::Other)]
    #[arg(help_heading = CONNECTION)]
    pub timeout: Duration,
    /// Most requests in flight; fewer at first, and as many as ARM's limits allow
    #[arg(long, global = true, value_name = "N", default_value = "64", value_hint = ValueHint::Other)]
    #[arg(value_parser = clap::value_parser!(u16).range(1..=256), help_heading = CONNECTION)]
    pub parallel: u16,
    /// Write the time of each request to FILE, as a trace that ui.perfetto.dev shows
    #[arg(long, global = true, value_name = "FILE", help_heading = CONNECTION, value_hint = ValueHint::FilePath)]
    pub timings: Option<PathBuf>,

    /// Use a local stand-in for Azure: a fresh one, or the one kept in the file STATE
    #[arg(long, global = true, value_name = "STATE", num_args = 0..=1, require_equals = true)]
    #[arg(help_heading = SANDBOX)]
    pub sandbox: Option<Option<PathBuf>>,
    /// Write a JSON line to FILE for each request to the sandbox
    #[arg(long, global = true, value_name = "FILE", help_heading = SANDBOX)]
    pub request_log: Option<PathBuf>,
    /// Inject the faults listed in the JSON of FILE into the sandbox
    #[arg(long, global = true, value_name = "FILE", help_heading = SANDBOX)]
    pub faults: Option<PathBuf>,
    /// Set the sandbox's permissions, policies and load, from the JSON of FILE
    #[arg(long, global = true, value_name = "FILE", help_heading = SANDBOX)]
    pub conditions: Option<PathBuf>,

    /// Colour the text; auto obeys NO_COLOR, FORCE_COLOR, CLICOLOR_FORCE and CLICOLOR
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", help_heading = OUTPUT)]
    pub color: ColorChoice,
    /// No progress, notices or warnings on stderr; a sandbox is still named
    #[arg(short, long, global = true, help_heading = OUTPUT)]
    pub quiet: bool,
}

/// Flags that add up over both places. The parser's own global flags would forget those before the command.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct Repeated {
    /// Format of the result, such as text or json; FORMAT=FILE writes it into that file (repeatable)
    #[arg(short, long, value_name = "FORMAT[=FILE]", hide_possible_values = true)]
    #[arg(value_parser = OutputParser(Format::value_variants()))]
    #[arg(help_heading = OUTPUT)]
    pub output: Vec<OutputArg>,
    /// Log each request to stderr and show whole resource ids; -vv logs more
    #[arg(short, long, action = ArgAction::Count, help_heading = OUTPUT)]
    pub verbose: u8,
}

pub(crate) const CONNECTION: &str = "Connection";
pub(crate) const SANDBOX: &str = "Sandbox";
const OUTPUT: &str = "Output";

impl Globals {
    /// Checks the combinations that the parser cannot check: flags that need the sandbox, and flags that the command
    /// `sandbox` does not take.
    pub(crate) fn check(&self, is_sandbox: bool) -> Result<(), Error> {
        if is_sandbox && self.sandbox.is_some() {
            return Err(Error::usage(
                "`--sandbox` does not go with the command `sandbox`",
                "give `--state FILE` to keep the state in a file",
            ));
        }
        // The flags below work with a sandbox, as a command or as a flag.
        if is_sandbox || self.sandbox.is_some() {
            return Ok(());
        }
        for (flag, file) in [
            ("request-log", &self.request_log),
            ("faults", &self.faults),
            ("conditions", &self.conditions),
        ] {
            if file.is_some() {
                return Err(Error::usage(
                    format!("`--{flag}` needs `--sandbox`"),
                    "add --sandbox, or leave it out",
                ));
            }
        }
        Ok(())
    }

    /// Returns the way to Azure, or to a sandbox in its place.
    pub(crate) fn run_options(&self) -> RunOptions {
        let sandbox = self.sandbox.as_ref().map(|state_file| SandboxOptions {
            state_file: state_file.clone(),
            request_log: self.request_log.clone(),
            faults: self.faults.clone(),
            conditions: self.conditions.clone(),
            client_ip: None,
        });
        RunOptions {
            auth: self.auth,
            cloud: self.cloud.clone(),
            arm_endpoint: self.arm_endpoint.clone(),
            ca_file: self.ca_file.clone(),
            timeout: self.timeout,
            parallel: self.parallel.into(),
            sandbox,
        }
    }
}

impl Repeated {
    /// Returns these flags and those given after the command.
    pub(crate) fn and(mut self, later: &Self) -> Self {
        self.output.extend(later.output.iter().cloned());
        self.verbose = self.verbose.saturating_add(later.verbose);
        self
    }
}
