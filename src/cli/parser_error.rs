//! Mistakes that the parser finds, as errors of ringfence.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::habits;
use crate::doctor::without_secrets;
use crate::error::Error;
use crate::render::safe;

/// The command that opens registries. A typo must not lead to it.
const RESTORE: &str = "restore";
/// Least similarity of a name that a typo may have meant (Jaro).
const SIMILAR: f64 = 0.8;

/// Returns the mistake on the command line, with what to write instead.
pub(crate) fn usage_error(
    error: clap::Error,
    args: &[OsString],
    parser: &impl Fn() -> clap::Command,
) -> Error {
    let mut command = parser();
    // Only arguments of a built parser have a text.
    command.build();
    let names: Vec<&str> = command.get_subcommands().map(clap::Command::get_name).collect();
    // The words that the parser quotes could act on a terminal or a CI log.
    let error = with_safe_words(error);
    let given = names.iter().find(|name| args.iter().any(|arg| arg == **name));
    let manual = manual(given.copied(), args, &command);
    match error.kind() {
        ErrorKind::UnknownArgument => {
            let word = quoted(&error, ContextKind::InvalidArg);
            let help = habits::help(args, &word, &names, |args| parses(parser, args))
                .or_else(|| with_name_flag(args, &word, parser))
                .or_else(|| did_you_mean(&error, ContextKind::SuggestedArg))
                .unwrap_or(manual);
            Error::usage(format!("unexpected argument `{word}`"), help)
        }
        ErrorKind::InvalidSubcommand => {
            let word = quoted(&error, ContextKind::InvalidSubcommand);
            if let Some(inner) = commands_of(given.copied(), &command) {
                let help = nearest_command(&word, &inner).unwrap_or(manual);
                return Error::usage(format!("unknown command `{word}`"), help);
            }
            let help = habits::help(args, &word, &names, |args| parses(parser, args))
                .or_else(|| nearest_command(&word, &names))
                .unwrap_or_else(|| "`ringfence --help` lists the commands".to_owned());
            Error::usage(format!("unknown command `{word}`"), help)
        }
        // The parser's usage line would offer both again.
        ErrorKind::ArgumentConflict => {
            let help = format!("leave out one of the two; {manual}");
            Error::usage(message(error), help)
        }
        _ => {
            let unnamed = with_variables(args, &command, given.copied());
            let help = did_you_mean(&error, ContextKind::SuggestedValue)
                .or_else(|| usage(&error, &unnamed))
                .unwrap_or(manual);
            let variable = variable(&error, &unnamed);
            Error::usage(message(error) + &variable, help)
        }
    }
}

/// Names the help of the command that was given, or of the one inside it.
fn manual(given: Option<&str>, args: &[OsString], parser: &clap::Command) -> String {
    let Some(name) = given else {
        return "`ringfence --help` lists the commands".to_owned();
    };
    for inner in commands_of(given, parser).unwrap_or_default() {
        if args.iter().any(|arg| arg == inner) {
            return format!("`ringfence {name} {inner} --help` explains the flags");
        }
    }
    format!("`ringfence {name} --help` explains the flags")
}

/// Returns true for a command line that the parser takes, help and version included.
fn parses(parser: &impl Fn() -> clap::Command, args: &[OsString]) -> bool {
    match parser().try_get_matches_from(args) {
        Ok(_) => true,
        Err(error) => !error.use_stderr(),
    }
}

/// Removes characters that could act on a terminal or a CI log, and passwords, from the words that the error quotes. Tips quote
/// them too, so an error with a changed word has none.
fn with_safe_words(mut error: clap::Error) -> clap::Error {
    let mut changed = Vec::new();
    for (kind, value) in error.context() {
        if let ContextValue::String(text) = value
            && safe_in_quotes(text) != *text
        {
            changed.push((kind, safe_in_quotes(text)));
        }
    }
    for (kind, text) in changed {
        error.insert(kind, ContextValue::String(text));
        error.insert(ContextKind::Suggested, ContextValue::None);
    }
    error
}

/// Returns a word for the quotes of a message. No line begins with it, so a first colon stays, as in `::1`.
fn safe_in_quotes(word: &str) -> String {
    let quoted = format!("'{}", without_secrets(word));
    safe(&quoted)[1..].to_owned()
}

/// Returns the command line with `-n` before a registry that stands alone, if the parser takes that: commands that have the
/// flags of `az` name it so.
fn with_name_flag(args: &[OsString], word: &str, parser: &impl Fn() -> clap::Command) -> Option<String> {
    let at = args.iter().position(|arg| arg == word)?;
    let mut meant = args.to_vec();
    meant.insert(at, "-n".into());
    parses(parser, &meant).then(|| format!("the registry has a flag: {}", habits::shown(&meant)))
}

/// Returns the word that the error quotes.
fn quoted(error: &clap::Error, kind: ContextKind) -> String {
    match error.get(kind) {
        Some(ContextValue::String(word)) => word.clone(),
        _ => String::new(),
    }
}

/// Returns the parser's suggestion, unless it opens a registry.
fn did_you_mean(error: &clap::Error, kind: ContextKind) -> Option<String> {
    let word = match error.get(kind)? {
        ContextValue::String(word) => word,
        ContextValue::Strings(words) => words.first()?,
        _ => return None,
    };
    (word != "--default-allow").then(|| format!("did you mean `{}`?", safe(word)))
}

/// Returns the names of the commands inside the command that was given, if it has any.
fn commands_of<'a>(given: Option<&str>, parser: &'a clap::Command) -> Option<Vec<&'a str>> {
    let given = parser.find_subcommand(given?)?;
    let names: Vec<&str> = given.get_subcommands().map(clap::Command::get_name).collect();
    (!names.is_empty()).then_some(names)
}

/// Returns the command that a typo most likely meant. A word that is nearest to `restore` has none.
fn nearest_command(word: &str, names: &[&str]) -> Option<String> {
    let mut best: Option<(f64, &str)> = None;
    for name in names {
        let similarity = strsim::jaro(word, name);
        let better = best.is_none_or(|(so_far, _)| similarity > so_far);
        if similarity > SIMILAR && better {
            best = Some((similarity, name));
        }
    }
    let (_, name) = best?;
    (name != RESTORE).then(|| format!("did you mean `{name}`?"))
}

/// Returns the usage line, without the flags that variables set.
fn usage(error: &clap::Error, unnamed: &[&clap::Arg]) -> Option<String> {
    match error.get(ContextKind::Usage)? {
        ContextValue::StyledStr(usage) => {
            let mut line = usage.to_string();
            for arg in unnamed {
                line = line.replace(&format!(" {arg}"), "");
            }
            let line = line.trim_start_matches("Usage:").trim();
            Some(format!("usage: {}", safe(line)))
        }
        _ => None,
    }
}

/// Names the variable that an invalid value came from, if the flag was not given.
fn variable(error: &clap::Error, unnamed: &[&clap::Arg]) -> String {
    let invalid = quoted(error, ContextKind::InvalidArg);
    let found = unnamed.iter().find(|arg| arg.to_string() == invalid);
    match found.and_then(|arg| arg.get_env()) {
        Some(variable) => format!(" (from the variable {})", variable.to_string_lossy()),
        None => String::new(),
    }
}

/// Returns the flags of the command that was given that a variable can set, and that are not given themselves.
fn with_variables<'a>(
    args: &[OsString],
    parser: &'a clap::Command,
    given: Option<&str>,
) -> Vec<&'a clap::Arg> {
    let command = given.and_then(|name| parser.find_subcommand(name));
    let inner = command.into_iter().flat_map(clap::Command::get_subcommands);
    let commands = std::iter::once(parser).chain(command).chain(inner);
    let mut found = Vec::new();
    for arg in commands.flat_map(clap::Command::get_arguments) {
        let Some(long) = arg.get_long().filter(|_| arg.get_env().is_some()) else {
            continue;
        };
        let flag = format!("--{long}");
        if !args.iter().any(|word| word.to_string_lossy().starts_with(&flag)) {
            found.push(arg);
        }
    }
    found
}

/// Returns the parser's own sentence, on one line.
fn message(mut error: clap::Error) -> String {
    for kind in [
        ContextKind::Usage,
        ContextKind::Suggested,
        ContextKind::SuggestedArg,
        ContextKind::SuggestedValue,
    ] {
        error.remove(kind);
    }
    let text = error.render().to_string();
    let sentence = text.trim_start_matches("error:");
    // The last paragraph only points to the help.
    let end = sentence.rfind("\n\n").unwrap_or(sentence.len());
    let words: Vec<&str> = sentence[..end].split_whitespace().collect();
    words.join(" ")
}
