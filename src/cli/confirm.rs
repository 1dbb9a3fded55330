//! The question before something is written.

use std::io::{self, BufRead, IsTerminal};

use super::Context;
use crate::error::Error;

/// Asks on stderr. Without a terminal nobody can answer, so that is a refusal.
pub fn confirm(question: &str, context: &Context) -> Result<(), Error> {
    if !io::stdin().is_terminal() {
        return Err(refused("stdin is no terminal, so nobody can confirm"));
    }
    context.tell(&format!("{question} [yes/no] "));
    let mut answer = String::new();
    io::stdin()
        .lock()
        .read_line(&mut answer)
        .map_err(|source| Error::Io {
            action: "read",
            path: "stdin".into(),
            source,
        })?;
    if is_yes(&answer) {
        Ok(())
    } else {
        Err(refused("not confirmed, so nothing was written"))
    }
}

fn is_yes(answer: &str) -> bool {
    matches!(answer.trim(), "yes" | "y" | "YES" | "Y" | "Yes")
}

fn refused(message: &str) -> Error {
    let help = "look at the plan first, then pass --yes to apply without being asked";
    Error::Refused {
        code: "not-confirmed",
        message: message.to_owned(),
        help: Some(help.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_yes_is_yes() {
        for (answer, want) in [
            ("yes\n", true),
            ("Y", true),
            ("", false),
            ("no", false),
            ("yess", false),
        ] {
            assert_eq!(is_yes(answer), want, "{answer:?}");
        }
    }
}
