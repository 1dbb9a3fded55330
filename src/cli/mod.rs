//! The command line: arguments in, exit code out. Each command has a file of its own.

mod args;
mod clock;
mod command;
mod commands;
mod io;
mod parser;

use std::ffi::OsString;
use std::time::SystemTime;

use clap::FromArgMatches;
use clap::error::{ContextKind, ContextValue};

use crate::error::{Error, Exit};
use crate::render::safe;
use clock::is_usable_clock;
use io::color;
use io::context::Context;
use parser::{Cli, parser};

/// Runs the command line to its end. Results go to stdout, everything else to stderr.
pub fn main(args: impl IntoIterator<Item = OsString>) -> Exit {
    let args: Vec<OsString> = args.into_iter().collect();
    // Help and usage errors are coloured before the flags are parsed.
    let choice = color::find_flag(&args);
    let parsed = parser(choice)
        .try_get_matches_from(args)
        .and_then(|mut matches| Cli::from_arg_matches_mut(&mut matches));
    match parsed {
        Ok(cli) => run(cli),
        Err(error) => print_parser_message(&without_tips_to_open(with_safe_words(error))),
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
    );
    if command.gives_stdout_away() {
        context.leave_stdout();
    }
    // The context exists even if a check failed: it reports the error in the format that was asked for.
    let ended = allowed.and(checked).and_then(|()| command.run(&context));
    ended.unwrap_or_else(|error| context.fail(&error))
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

/// Removes characters that could act on a terminal or a CI log from the words that the error quotes. Tips quote them
/// too, so an error with a changed word has none.
fn with_safe_words(mut error: clap::Error) -> clap::Error {
    let mut changed = Vec::new();
    for (kind, value) in error.context() {
        if let ContextValue::String(text) = value
            && safe(text) != *text
        {
            changed.push((kind, safe(text).into_owned()));
        }
    }
    for (kind, text) in changed {
        error.insert(kind, ContextValue::String(text));
        error.insert(ContextKind::Suggested, ContextValue::None);
    }
    error
}

/// Removes the tips that lead to opening a registry: a typo must not end there.
fn without_tips_to_open(mut error: clap::Error) -> clap::Error {
    for kind in [
        ContextKind::SuggestedSubcommand,
        ContextKind::SuggestedArg,
        ContextKind::Suggested,
    ] {
        match error.remove(kind) {
            Some(ContextValue::Strings(mut tips)) => {
                tips.retain(|tip| !leads_to_restore(tip));
                if !tips.is_empty() {
                    error.insert(kind, ContextValue::Strings(tips));
                }
            }
            Some(tip) if !leads_to_restore(&tip.to_string()) => {
                error.insert(kind, tip);
            }
            _ => {}
        }
    }
    error
}

fn leads_to_restore(tip: &str) -> bool {
    tip.contains("restore") || tip.contains("--default-allow")
}

/// Prints help and version on stdout, and mistakes on stderr. The parser's own exit code 2 would read as drift.
fn print_parser_message(error: &clap::Error) -> Exit {
    // A reader that has gone away has read enough.
    let _ = error.print();
    if error.use_stderr() {
        Exit::Usage
    } else {
        Exit::Done
    }
}
