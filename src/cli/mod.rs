//! The command line: one file a command, arguments in, exit code out.

mod args;
mod commands;
mod connect;
mod io;
mod saved;
mod session;
mod stand_in;

use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::error::{ContextKind, ContextValue};
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};

pub use args::globals::{Globals, Repeated};
pub use io::color::{ColorChoice, Stream};
pub use io::context::Context;
pub use io::output::{Format, Outputs};

use crate::error::{Error, Exit};
use crate::render::safe;

/// Network access of Azure container registries as reviewed YAML
///
/// Compares a YAML spec with the network rules of Azure container registries, shows what would change and whom it
/// opens or closes, applies it without a gap, and proves that it holds.
#[derive(Debug, Parser)]
#[command(
    name = "ringfence",
    version,
    subcommand_required = true,
    arg_required_else_help = true
)]
#[command(after_help = "Examples:
  ringfence apply specs/quickstart.yaml --sandbox --yes   try it without Azure
  ringfence plan registries.yaml                          what would change
  ringfence apply registries.yaml                         change it, after asking

Exit codes:
  0   done, nothing to do, in sync
  1   error
  2   plan --detailed-exitcode: changes; audit: drift
  3   refused: a guardrail, a failed `expect`, no confirmation
  4   written, but not verified or only in part
  130 interrupted, 143 terminated: after the report
  64  usage error
  65  invalid spec")]
struct Cli {
    #[command(flatten)]
    repeated: Repeated,
    #[command(flatten)]
    globals: Globals,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Validate(commands::validate::ValidateArgs),
    Plan(commands::plan::PlanArgs),
    Apply(commands::apply::ApplyArgs),
    Restore(commands::restore::RestoreArgs),
    Audit(commands::audit::AuditArgs),
    Sandbox(commands::sandbox::SandboxArgs),
    Schema(commands::schema::SchemaArgs),
    Completions(commands::completions::CompletionsArgs),
    Man(commands::man::ManArgs),
}

/// YAML files or folders of the spec.
#[derive(Clone, Debug, Args)]
pub struct SpecArgs {
    /// YAML file, or folder whose *.yaml and *.yml files are all loaded
    #[arg(value_name = "SPEC", required = true)]
    pub specs: Vec<PathBuf>,
    /// Expire rules as of this day, UTC [default: today]
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub as_of: Option<jiff::civil::Date>,
}

impl SpecArgs {
    /// The day that decides which rules have expired. The same everywhere in the world, so that a pipeline and a
    /// laptop plan the same.
    fn day(&self) -> jiff::civil::Date {
        self.as_of
            .unwrap_or_else(|| jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date())
    }
}

/// Runs the command line to its end. Results go to stdout, everything else to stderr.
pub fn main(args: impl IntoIterator<Item = OsString>) -> Exit {
    let args: Vec<OsString> = args.into_iter().collect();
    let matches = command(io::color::flag(&args)).try_get_matches_from(args);
    match matches.and_then(|mut matches| Cli::from_arg_matches_mut(&mut matches)) {
        Ok(cli) => run(cli),
        Err(error) => usage(&with_safe_words(error)),
    }
}

/// The parser. A variable that is set but empty counts as unset, as an unset CI variable arrives that way.
fn command(color: ColorChoice) -> clap::Command {
    let color = match color {
        ColorChoice::Auto => clap::ColorChoice::Auto,
        ColorChoice::Always => clap::ColorChoice::Always,
        ColorChoice::Never => clap::ColorChoice::Never,
    };
    without_empty_variables(Cli::command()).color(color)
}

fn without_empty_variables(command: clap::Command) -> clap::Command {
    let is_empty = |arg: &clap::Arg| {
        arg.get_env()
            .and_then(std::env::var_os)
            .is_some_and(|value| value.is_empty())
    };
    command
        .mut_args(|arg| {
            if is_empty(&arg) {
                arg.env(None::<&str>)
            } else {
                arg
            }
        })
        .mut_subcommands(without_empty_variables)
}

/// The parser's error without what its quoted words could do to a terminal or a CI log. Tips quote them too, so
/// there are none where a word had to be changed.
fn with_safe_words(mut error: clap::Error) -> clap::Error {
    let words: Vec<(ContextKind, String)> = error
        .context()
        .filter_map(|(kind, value)| match value {
            ContextValue::String(text) if safe(text) != *text => Some((kind, safe(text).into_owned())),
            _ => None,
        })
        .collect();
    for (kind, text) in words {
        error.insert(kind, ContextValue::String(text));
        error.insert(ContextKind::Suggested, ContextValue::None);
    }
    error
}

/// What the parser itself answers: help and version on stdout, mistakes on stderr. Its own exit code 2 would read as
/// drift.
fn usage(error: &clap::Error) -> Exit {
    // A closed pipe is no reason to fail: whoever reads has read enough.
    let _ = error.print();
    if error.use_stderr() {
        Exit::Usage
    } else {
        Exit::Done
    }
}

fn run(cli: Cli) -> Exit {
    let Cli {
        globals,
        repeated,
        command,
    } = cli;
    let repeated = repeated.and(command.repeated());
    let fit = globals.check(matches!(command, Command::Sandbox(_)));
    let (mut context, checked) = Context::new(globals, &repeated, command.formats(), &command.specs());
    if command.gives_stdout_away() {
        context.outputs = context.outputs.without_stdout();
    }
    let checked = fit.and(checked);
    let ended = checked.and_then(|()| command.run(&context));
    ended.unwrap_or_else(|error| context.fail(&error))
}

impl Command {
    fn run(&self, context: &Context) -> Result<Exit, Error> {
        match self {
            Self::Validate(args) => commands::validate::run(args, context),
            Self::Plan(args) => commands::plan::run(args, context),
            Self::Apply(args) => commands::apply::run(args, context),
            Self::Restore(args) => commands::restore::run(args, context),
            Self::Audit(args) => commands::audit::run(args, context),
            Self::Sandbox(args) => commands::sandbox::run(args, context),
            Self::Schema(args) => commands::schema::run(args, context),
            Self::Completions(args) => commands::completions::run(args, context),
            Self::Man(args) => commands::man::run(args, context),
        }
    }

    /// Whether stdout is another program's, also where that never starts.
    fn gives_stdout_away(&self) -> bool {
        matches!(self, Self::Sandbox(args) if !args.command.is_empty())
    }

    /// The flags given after the command that add to those given before it.
    fn repeated(&self) -> &Repeated {
        match self {
            Self::Validate(args) => &args.repeated,
            Self::Plan(args) => &args.repeated,
            Self::Apply(args) => &args.repeated,
            Self::Restore(args) => &args.repeated,
            Self::Audit(args) => &args.repeated,
            Self::Sandbox(args) => &args.repeated,
            Self::Schema(args) => &args.repeated,
            Self::Completions(args) => &args.repeated,
            Self::Man(args) => &args.repeated,
        }
    }

    /// Files and folders of the spec, which nothing may be written over. A target of `restore` that is no file does
    /// no harm here.
    fn specs(&self) -> Vec<&Path> {
        fn paths(paths: &[PathBuf]) -> Vec<&Path> {
            paths.iter().map(PathBuf::as_path).collect()
        }
        match self {
            Self::Validate(args) => paths(&args.specs.specs),
            Self::Plan(args) => paths(&args.specs.specs),
            Self::Apply(args) => args
                .specs
                .iter()
                .chain(&args.plan)
                .map(PathBuf::as_path)
                .collect(),
            Self::Audit(args) => paths(&args.specs.specs),
            Self::Restore(args) => args
                .targets
                .iter()
                .map(Path::new)
                .chain(args.from.iter().map(PathBuf::as_path))
                .collect(),
            Self::Sandbox(_) | Self::Schema(_) | Self::Completions(_) | Self::Man(_) => Vec::new(),
        }
    }

    /// The formats that suit the command; the first is the default.
    fn formats(&self) -> &'static [Format] {
        match self {
            Self::Validate(_) | Self::Plan(_) | Self::Apply(_) | Self::Restore(_) | Self::Audit(_) => {
                &[Format::Text, Format::Json]
            }
            Self::Schema(_) | Self::Sandbox(_) => &[Format::Json],
            Self::Completions(_) | Self::Man(_) => &[Format::Text],
        }
    }
}

/// Writes to stdout. A reader that has gone away, as `head` does, has read enough: that is no error.
fn print(bytes: &[u8]) -> Result<(), Error> {
    match print_to_somebody(bytes) {
        Err(Error::File { source, .. }) if source.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        printed => printed,
    }
}

/// The same where a reader that has gone away is an error.
fn print_to_somebody(bytes: &[u8]) -> Result<(), Error> {
    let mut stdout = std::io::stdout().lock();
    let written = stdout.write_all(bytes).and_then(|()| stdout.flush());
    written.map_err(|source| Error::File {
        action: "write",
        path: "stdout".into(),
        source,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parser_is_consistent() {
        command(ColorChoice::Auto).debug_assert();
    }

    #[test]
    fn global_flags_hold_before_and_after_the_command() {
        let args = [
            "ringfence",
            "-v",
            "-o",
            "json=a",
            "--cloud",
            "usgov",
            "--timeout=90s",
            "plan",
            "-vv",
        ];
        let rest = [
            "-o",
            "text=b",
            "--sandbox=state.json",
            "--timeout",
            "2m",
            "spec.yaml",
        ];
        let cli = Cli::try_parse_from(args.iter().chain(&rest)).unwrap();
        let repeated = cli.repeated.clone().and(cli.command.repeated());
        assert_eq!((repeated.verbose, repeated.output.len()), (3, 2));
        assert_eq!(cli.globals.cloud, crate::azure::CloudName::UsGov);
        assert_eq!(cli.globals.timeout.as_secs(), 120);
        assert_eq!(cli.globals.sandbox, Some(Some("state.json".into())));
    }

    #[test]
    fn the_sandbox_takes_no_spec_for_its_state() {
        let cli = Cli::try_parse_from(["ringfence", "plan", "--sandbox", "spec.yaml"]).unwrap();
        assert_eq!(cli.globals.sandbox, Some(None));
    }
}
