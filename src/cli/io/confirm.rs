//! The question before something is written.

use std::io::{self, BufRead, IsTerminal};

use crate::cli::Context;
use crate::error::{Error, RunRefusal};
use crate::model::Setting;
use crate::plan::{Plan, RegistryPlan};

/// Asks on stderr. Without a terminal nobody can answer, so that is a refusal.
pub(crate) fn confirm(plan: &Plan, context: &Context) -> Result<(), Error> {
    if !io::stdin().is_terminal() {
        return Err(RunRefusal::NoTerminal { also: also(plan) }.into());
    }
    context.tell(&format!("{} [yes/no] ", question(plan)));
    let answer = read(&mut io::stdin().lock())?;
    if !answer.ends_with(b"\n") {
        // Ctrl-D leaves the cursor behind the question.
        context.tell("\n");
    }
    decide(&answer)
}

fn question(plan: &Plan) -> String {
    let registries = match plan
        .registries
        .iter()
        .filter(|registry| registry.writes())
        .count()
    {
        1 => "1 registry".to_owned(),
        many => format!("{many} registries"),
    };
    format!("Write this to {registries}{}?", also(plan))
}

/// What deserves a second look, whatever else changes.
fn also(plan: &Plan) -> String {
    let mut named = Vec::new();
    for setting in Setting::ALL {
        let Some(name) = setting.facts().asks_twice else {
            continue;
        };
        let changes = |registry: &RegistryPlan| registry.writes() && registry.change(*setting).is_some();
        if plan.registries.iter().any(changes) {
            named.push(name);
        }
    }
    match &named[..] {
        [] => String::new(),
        named => format!(", which changes {}", named.join(" and ")),
    }
}

/// A line, as the bytes that it is: what is no text is no yes.
fn read(input: &mut impl BufRead) -> Result<Vec<u8>, Error> {
    let mut answer = Vec::new();
    let read = input.read_until(b'\n', &mut answer);
    read.map(|_| answer).map_err(|source| Error::File {
        action: "read",
        path: "stdin".into(),
        source,
    })
}

fn decide(answer: &[u8]) -> Result<(), Error> {
    match answer.trim_ascii() {
        b"yes" | b"y" | b"YES" | b"Y" | b"Yes" => Ok(()),
        _ => Err(RunRefusal::NotConfirmed.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Exit;

    #[test]
    fn only_yes_is_yes_and_everything_else_is_a_no_without_advice() {
        let rows: [(&[u8], bool); 7] = [
            (b"yes\nand more", true),
            (b" Y\r\n", true),
            (b"", false),
            (b"\n", false),
            (b"no\n", false),
            (b"yess", false),
            (b"\xff\xfe\n", false),
        ];
        for (mut input, yes) in rows {
            let answer = read(&mut input).unwrap();
            let Err(error) = decide(&answer) else {
                assert!(yes, "{answer:?}");
                continue;
            };
            assert!(!yes, "{answer:?}");
            assert_eq!((error.exit(), error.help()), (Exit::Refused, None));
            assert_eq!(error.to_string(), "not confirmed: nothing was written");
        }
    }
}
