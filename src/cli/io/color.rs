//! The choice of colour: the flag, then the variables, then the terminal.

use std::ffi::OsString;
use std::io::{self, IsTerminal};

/// `--color`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum ColorChoice {
    /// On a terminal, unless a variable says otherwise
    #[default]
    Auto,
    Always,
    Never,
}

/// A stream that may be a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stream {
    Stdout,
    Stderr,
}

impl Stream {
    /// Returns true for a terminal that can move its cursor.
    pub(crate) fn is_terminal(self) -> bool {
        let terminal = match self {
            Self::Stdout => io::stdout().is_terminal(),
            Self::Stderr => io::stderr().is_terminal(),
        };
        terminal && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
    }
}

impl Stream {
    /// Returns the number of characters in a line of a terminal.
    pub(crate) fn width(self) -> Option<usize> {
        let size = match self {
            Self::Stdout => terminal_size::terminal_size_of(io::stdout()),
            Self::Stderr => terminal_size::terminal_size_of(io::stderr()),
        };
        let (terminal_size::Width(columns), _) = size?;
        // A pseudo-terminal without a size reports 0.
        (columns > 0).then_some(columns.into())
    }
}

/// Returns true if text on this stream is coloured.
pub(crate) fn decide(choice: ColorChoice, stream: Stream) -> bool {
    resolve(choice, |name| std::env::var_os(name), stream.is_terminal())
}

/// `--color` beats a non-empty `NO_COLOR` (no-color.org) beats `FORCE_COLOR` (force-color.org) and `CLICOLOR_FORCE` beat
/// `CLICOLOR=0` (bixense.com/clicolors) beats the terminal.
fn resolve(choice: ColorChoice, variable: impl Fn(&str) -> Option<OsString>, terminal: bool) -> bool {
    match choice {
        ColorChoice::Always => return true,
        ColorChoice::Never => return false,
        ColorChoice::Auto => {}
    }
    // An empty variable counts as unset.
    let no_color = variable("NO_COLOR").unwrap_or_default();
    let force = ["FORCE_COLOR", "CLICOLOR_FORCE"].map(|name| variable(name).unwrap_or_default());
    let clicolor = variable("CLICOLOR").unwrap_or_default();
    // The first variable that says something decides.
    if !no_color.is_empty() {
        false
    } else if force.iter().any(|value| !value.is_empty() && value != "0") {
        true
    } else {
        clicolor != "0" && terminal
    }
}

/// Finds `--color` among unparsed arguments, for help and usage errors: these come before arguments are parsed.
pub(crate) fn find_flag(args: &[OsString]) -> ColorChoice {
    let mut found = ColorChoice::Auto;
    for (at, arg) in args.iter().enumerate() {
        // Words after it belong to another command.
        if arg == "--" {
            break;
        }
        let value = match arg.to_str() {
            Some("--color") => args.get(at + 1).and_then(|value| value.to_str()),
            Some(text) => text.strip_prefix("--color="),
            None => None,
        };
        match value {
            Some("always") => found = ColorChoice::Always,
            Some("never") => found = ColorChoice::Never,
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flag_beats_variables_and_variables_beat_the_terminal() {
        use ColorChoice::{Always, Auto, Never};
        type Variables = &'static [(&'static str, &'static str)];
        let rows: [(ColorChoice, Variables, bool, bool); 13] = [
            (Auto, &[], true, true),
            (Auto, &[], false, false),
            (Auto, &[("NO_COLOR", "1")], true, false),
            (Auto, &[("NO_COLOR", "")], true, true),
            (Auto, &[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")], false, false),
            (Auto, &[("CLICOLOR_FORCE", "1"), ("CLICOLOR", "0")], false, true),
            (Auto, &[("CLICOLOR_FORCE", "0")], false, false),
            (Auto, &[("FORCE_COLOR", "1")], false, true),
            (Auto, &[("FORCE_COLOR", "0")], false, false),
            (Auto, &[("FORCE_COLOR", "3"), ("NO_COLOR", "1")], false, false),
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
    fn flag_is_found_before_parsing() {
        let rows: [(&[&str], ColorChoice); 5] = [
            (&["x", "--color", "never"], ColorChoice::Never),
            (&["x", "plan", "--color=always"], ColorChoice::Always),
            (&["x", "--", "--color=always"], ColorChoice::Auto),
            (&["x", "--color"], ColorChoice::Auto),
            (&["x", "--color=odd"], ColorChoice::Auto),
        ];
        for (args, want) in rows {
            let args: Vec<OsString> = args.iter().map(OsString::from).collect();
            assert_eq!(find_flag(&args), want, "{args:?}");
        }
    }
}
