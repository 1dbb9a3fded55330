//! The parser of the command line.

use std::ffi::OsString;

use clap::{Arg, CommandFactory, Parser, Subcommand};

use super::args::globals::{CONNECTION, Globals, Repeated, SANDBOX};
use super::command::Command;
use super::commands::{
    ApplyArgs, AuditArgs, CloseArgs, CompletionsArgs, DiffArgs, DoctorArgs, EndpointsArgs, ExplainArgs,
    FmtArgs, ImportArgs, InitArgs, ManArgs, OpenArgs, PlanArgs, ReportArgs, RestoreArgs, RuleArgs,
    SandboxArgs, SchemaArgs, ValidateArgs, WithAccessArgs,
};
use super::exit_codes::exit_codes;
use super::io::color::ColorChoice;

/// Manage Azure Container Registry firewalls as code you review
///
/// Compares a YAML spec with the network rules of Azure container registries, shows who gains and who loses access,
/// applies the change without an outage, and verifies that Azure kept it.
#[derive(Debug, Parser)]
#[command(
    name = "ringfence",
    version,
    subcommand_required = true,
    arg_required_else_help = true
)]
#[command(after_help = after_help())]
pub(crate) struct Cli {
    #[command(flatten)]
    pub repeated: Repeated,
    #[command(flatten)]
    pub globals: Globals,
    #[command(subcommand)]
    pub subcommand: Subcommands,
}

fn after_help() -> String {
    const EXAMPLES: &str = "Examples:
  ringfence apply specs/quickstart.yaml --sandbox --yes   # without Azure
  ringfence plan registries.yaml                          # what would change
  ringfence apply registries.yaml                         # change it";
    format!("{EXAMPLES}\n\n{}", exit_codes())
}

/// The commands, in the order of the help.
#[derive(Debug, Subcommand)]
pub(crate) enum Subcommands {
    Validate(ValidateArgs),
    Fmt(FmtArgs),
    Diff(DiffArgs),
    Plan(PlanArgs),
    Apply(ApplyArgs),
    Restore(RestoreArgs),
    Audit(AuditArgs),
    Explain(ExplainArgs),
    Endpoints(EndpointsArgs),
    Rule(RuleArgs),
    WithAccess(WithAccessArgs),
    Open(OpenArgs),
    Close(CloseArgs),
    Import(ImportArgs),
    Init(InitArgs),
    Doctor(DoctorArgs),
    Report(ReportArgs),
    Sandbox(SandboxArgs),
    Schema(SchemaArgs),
    Completions(CompletionsArgs),
    Man(ManArgs),
}

impl Subcommands {
    /// Returns the command that was given.
    pub(crate) fn command(&self) -> &dyn Command {
        match self {
            Self::Validate(args) => args,
            Self::Fmt(args) => args,
            Self::Diff(args) => args,
            Self::Plan(args) => args,
            Self::Apply(args) => args,
            Self::Restore(args) => args,
            Self::Audit(args) => args,
            Self::Explain(args) => args,
            Self::Endpoints(args) => args,
            Self::Rule(args) => args.command(),
            Self::Import(args) => args,
            Self::Init(args) => args,
            Self::WithAccess(args) => args,
            Self::Open(args) => args,
            Self::Close(args) => args,
            Self::Doctor(args) => args,
            Self::Report(args) => args.command(),
            Self::Sandbox(args) => args,
            Self::Schema(args) => args,
            Self::Completions(args) => args,
            Self::Man(args) => args,
        }
    }
}

/// Returns the parser. A variable that is set but empty counts as unset, as an unset CI variable arrives that way.
pub(crate) fn parser(color: ColorChoice) -> clap::Command {
    let color = match color {
        ColorChoice::Auto => clap::ColorChoice::Auto,
        ColorChoice::Always => clap::ColorChoice::Always,
        ColorChoice::Never => clap::ColorChoice::Never,
    };
    without_empty_variables(bare_parser()).color(color)
}

/// Returns the parser with the variables as they are, for manual pages and completions.
pub(crate) fn bare_parser() -> clap::Command {
    let parser = Cli::command();
    let mut globals = Vec::new();
    for arg in parser.get_arguments() {
        globals.extend(arg.is_global_set().then(|| arg.clone()));
    }
    parser.mut_subcommands(|command| {
        let name = command.get_name();
        if WITHOUT_AZURE.contains(&name) {
            hide(command, &globals, &[CONNECTION, SANDBOX], &[])
        } else if name == "sandbox" {
            // The command runs a sandbox, so it has the files of one and needs no sign-in.
            hide(command, &globals, &[CONNECTION], &["sandbox"])
        } else {
            command
        }
    })
}

/// The commands that neither connect to Azure nor start a sandbox.
const WITHOUT_AZURE: [&str; 8] = [
    "validate",
    "fmt",
    "diff",
    "doctor",
    "report",
    "schema",
    "completions",
    "man",
];

/// Hides the global flags under these headings, and those with these ids, from the help of a command. They are taken all
/// the same, because they may stand before the command.
fn hide(mut command: clap::Command, globals: &[Arg], headings: &[&str], ids: &[&str]) -> clap::Command {
    for arg in globals {
        let heading = arg.get_help_heading().unwrap_or_default();
        if headings.contains(&heading) || ids.contains(&arg.get_id().as_str()) {
            // The parser adds a global flag only to a command that does not have it.
            command = command.arg(arg.clone().hide(true));
        }
    }
    command
}

fn without_empty_variables(command: clap::Command) -> clap::Command {
    command
        .mut_args(|arg| {
            if has_empty_variable(&arg) {
                arg.env(None::<&str>)
            } else {
                arg
            }
        })
        .mut_subcommands(without_empty_variables)
}

fn has_empty_variable(arg: &Arg) -> bool {
    arg.get_env().and_then(std::env::var_os) == Some(OsString::new())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parser_is_consistent() {
        parser(ColorChoice::Auto).debug_assert();
    }

    #[test]
    fn global_flags_work_before_and_after_the_command() {
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
        let repeated = cli.repeated.clone().and(cli.subcommand.command().repeated());
        assert_eq!((repeated.verbose, repeated.output.len()), (3, 2));
        assert_eq!(cli.globals.cloud, crate::azure::CloudName::UsGov);
        assert_eq!(cli.globals.timeout.as_secs(), 120);
        assert_eq!(cli.globals.sandbox, Some(Some("state.json".into())));
    }

    #[test]
    fn sandbox_flag_does_not_take_the_spec() {
        let cli = Cli::try_parse_from(["ringfence", "plan", "--sandbox", "spec.yaml"]).unwrap();
        assert_eq!(cli.globals.sandbox, Some(None));
    }
}
