//! The command line: arguments in, exit code out. Each command has a file of its own.

mod args;
mod ci_system;
mod clock;
mod command;
mod commands;
mod exit_codes;
mod habits;
mod inputs;
mod io;
mod list_file;
mod manual;
mod parser;
mod parser_error;
mod sandbox_lines;

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::SystemTime;

use clap::FromArgMatches;
use clap::error::ErrorKind;

use crate::error::{Error, Exit};
use crate::render::{Document, Paint};
use args::output::{Format, find_outputs};
use clock::is_usable_clock;
use inputs::DEFAULT_SPEC;
use io::color::{self, ColorChoice, Stream};
use io::context::Context;
use io::outputs::Outputs;
use io::protected_files::ProtectedFiles;
use io::stderr::tell;
use io::stdout::unless_reader_left;
use parser::{Cli, parser};
use parser_error::usage_error;

/// Runs the command line to its end. Results go to stdout, everything else to stderr.
pub fn main(args: impl IntoIterator<Item = OsString>) -> Exit {
    let args: Vec<OsString> = args.into_iter().collect();
    // Help and usage errors are coloured before the flags are parsed.
    let choice = color::find_flag(&args);
    let parsed = parser(choice)
        .try_get_matches_from(&args)
        .and_then(|mut matches| Cli::from_arg_matches_mut(&mut matches));
    match parsed {
        Ok(cli) => run(cli),
        Err(error) => print_parser_message(error, &args, choice),
    }
}

/// Runs the command, with the flags of both places.
fn run(cli: Cli) -> Exit {
    let Cli {
        globals,
        repeated,
        subcommand,
    } = cli;
    let command = subcommand.command();
    let repeated = repeated.and(command.repeated());
    // The context reports a failed check, so it is made first.
    let allowed = check_clock().and_then(|()| globals.check(command.is_sandbox()));
    let (mut context, checked) = Context::new(
        globals,
        &repeated,
        command.formats(),
        &command.inputs(),
        parser::bare_parser,
        command.shows_all(),
    );
    if command.gives_stdout_away() {
        context.leave_stdout();
    }
    // The context exists even if a check failed: it reports the error in the format that was asked for.
    let ended = allowed.and(checked).and_then(|()| command.run(&context));
    let exit = ended.unwrap_or_else(|error| context.fail(&error));
    context.end_measurements(exit)
}

/// Fails if the clock of this machine gives a time from which no date can be reckoned.
fn check_clock() -> Result<(), Error> {
    if is_usable_clock(SystemTime::now()) {
        return Ok(());
    }
    Err(Error::System {
        action: "use the clock of this machine",
        source: std::io::Error::other("its time is not between the years 1970 and 9000"),
    })
}

/// Prints help and version on stdout, and mistakes as errors. The parser's own exit code 2 would read as drift.
fn print_parser_message(error: clap::Error, args: &[OsString], choice: ColorChoice) -> Exit {
    let is_mistake =
        error.use_stderr() && error.kind() != ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand;
    if is_mistake {
        return report_mistake(&usage_error(error, args, &|| parser(choice)), args, choice);
    }
    // A reader that has gone away has read enough.
    let _ = error.print();
    if error.use_stderr() {
        Exit::Usage
    } else {
        Exit::Done
    }
}

/// Returns every file that the run may have read: any word of the command line, any value after `=`, and the files that
/// are read without being named.
fn any_input(args: &[OsString]) -> ProtectedFiles {
    let mut paths = vec![PathBuf::from(DEFAULT_SPEC)];
    paths.extend(std::env::var_os("RINGFENCE_CA_FILE").map(PathBuf::from));
    for arg in args.iter().skip(1) {
        paths.push(arg.into());
        // The files of `--output` are results.
        if let Some((flag, value)) = arg.to_str().and_then(|text| text.split_once('='))
            && flag.starts_with("--")
            && flag != "--output"
        {
            paths.push(value.into());
        }
    }
    ProtectedFiles::default().specs(paths.iter().map(PathBuf::as_path))
}

/// Reports a mistake on a command line that could not be parsed: to people on stderr, to programs in the place of the
/// result.
fn report_mistake(error: &Error, args: &[OsString], choice: ColorChoice) -> Exit {
    let protected = any_input(args);
    let paint = Paint::new(color::decide(choice, Stream::Stderr));
    let formats = [
        Format::Text,
        Format::Json,
        Format::Jsonl,
        Format::Markdown,
        Format::Junit,
        Format::Github,
        Format::AzurePipelines,
        Format::Ci,
    ];
    let (outputs, _) = Outputs::new(&find_outputs(args), &formats, &protected, paint);
    if let Err(second) = unless_reader_left(outputs.write_failure(error)) {
        tell(&second.text(paint));
    }
    tell(&error.text(paint));
    error.exit()
}
