//! Whether to colour: the flag, then the variables, then the terminal.

use std::ffi::{OsStr, OsString};
use std::io::{self, IsTerminal};

/// `--color`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum ColorChoice {
    /// On a terminal, unless a variable says otherwise
    #[default]
    Auto,
    Always,
    Never,
}

/// A stream that may be a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    Stdout,
    Stderr,
}

impl Stream {
    /// Whether it is a terminal that moves its cursor.
    pub(crate) fn is_terminal(self) -> bool {
        let terminal = match self {
            Self::Stdout => io::stdout().is_terminal(),
            Self::Stderr => io::stderr().is_terminal(),
        };
        terminal && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
    }
}

/// Whether text on this stream is coloured.
pub(crate) fn decide(choice: ColorChoice, stream: Stream) -> bool {
    resolve(choice, |name| std::env::var_os(name), stream.is_terminal())
}

/// `--color` beats a non-empty `NO_COLOR` (no-color.org) beats `CLICOLOR_FORCE` beats `CLICOLOR=0`
/// (bixense.com/clicolors) beats the terminal.
fn resolve(choice: ColorChoice, variable: impl Fn(&str) -> Option<OsString>, terminal: bool) -> bool {
    let set = |name| variable(name).is_some_and(|value| !value.is_empty());
    let zero = |name| variable(name).is_some_and(|value| value == "0");
    match choice {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto if set("NO_COLOR") => false,
        ColorChoice::Auto if set("CLICOLOR_FORCE") && !zero("CLICOLOR_FORCE") => true,
        ColorChoice::Auto if zero("CLICOLOR") => false,
        ColorChoice::Auto => terminal,
    }
}

/// The `--color` among the arguments, for help and usage errors, which come before there are parsed arguments.
pub(crate) fn flag(args: &[OsString]) -> ColorChoice {
    let mut found = ColorChoice::Auto;
    for (at, arg) in args.iter().enumerate().take_while(|(_, arg)| *arg != "--") {
        let value = match arg.to_str() {
            Some("--color") => args.get(at + 1).map(OsString::as_os_str),
            Some(text) => text.strip_prefix("--color=").map(OsStr::new),
            None => None,
        };
        found = match value.and_then(OsStr::to_str) {
            Some("always") => ColorChoice::Always,
            Some("never") => ColorChoice::Never,
            _ => found,
        };
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flag_beats_the_variables_and_they_beat_the_terminal() {
        use ColorChoice::{Always, Auto, Never};
        type Variables = &'static [(&'static str, &'static str)];
        let rows: [(ColorChoice, Variables, bool, bool); 10] = [
            (Auto, &[], true, true),
            (Auto, &[], false, false),
            (Auto, &[("NO_COLOR", "1")], true, false),
            (Auto, &[("NO_COLOR", "")], true, true),
            (Auto, &[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")], false, false),
            (Auto, &[("CLICOLOR_FORCE", "1"), ("CLICOLOR", "0")], false, true),
            (Auto, &[("CLICOLOR_FORCE", "0")], false, false),
            (Auto, &[("CLICOLOR", "0")], true, false),
            (Always, &[("NO_COLOR", "1")], false, true),
            (Never, &[("CLICOLOR_FORCE", "1")], true, false),
        ];
        for (choice, variables, terminal, want) in rows {
            let variable = |name: &str| {
                variables
                    .iter()
                    .find(|(key, _)| *key == name)
                    .map(|(_, value)| OsString::from(value))
            };
            assert_eq!(
                resolve(choice, variable, terminal),
                want,
                "{choice:?} {variables:?} {terminal}"
            );
        }
    }

    #[test]
    fn the_flag_is_found_before_parsing() {
        let rows: [(&[&str], ColorChoice); 5] = [
            (&["x", "--color", "never"], ColorChoice::Never),
            (&["x", "plan", "--color=always"], ColorChoice::Always),
            (&["x", "--", "--color=always"], ColorChoice::Auto),
            (&["x", "--color"], ColorChoice::Auto),
            (&["x", "--color=odd"], ColorChoice::Auto),
        ];
        for (args, want) in rows {
            let args: Vec<OsString> = args.iter().map(OsString::from).collect();
            assert_eq!(flag(&args), want, "{args:?}");
        }
    }
}
