//! The question before a write.

use std::io::{self, BufRead, IsTerminal};

use super::context::Context;
use crate::error::{Error, RunRefusal};
use crate::model::Setting;
use crate::plan::Plan;

/// Asks on stderr. Refuses if stdin is not a terminal, because then there is no one to ask.
pub(crate) fn confirm(plan: &Plan, context: &Context) -> Result<(), Error> {
    let changes = named_changes(plan);
    if !io::stdin().is_terminal() {
        return Err(RunRefusal::NoTerminal { changes }.into());
    }
    let registries = match count_written(plan) {
        1 => "1 registry".to_owned(),
        many => format!("{many} registries"),
    };
    let also = match &changes[..] {
        [] => String::new(),
        changes => format!(", which changes {}", changes.join(" and ")),
    };
    context.tell(&format!("Write this to {registries}{also}? [yes/no] "));
    let answer = read_line(&mut io::stdin().lock())?;
    if !answer.ends_with(b"\n") {
        // Ctrl-D leaves the cursor behind the question.
        context.tell("\n");
    }
    decide(&answer)
}

fn count_written(plan: &Plan) -> usize {
    let mut count = 0;
    for registry in &plan.registries {
        count += usize::from(registry.writes());
    }
    count
}

/// Returns the names of the settings that the plan changes and that deserve a second look.
fn named_changes(plan: &Plan) -> Vec<&'static str> {
    // Only registries that are written count: the others keep their settings.
    let mut names = Vec::new();
    for setting in Setting::ALL {
        let Some(name) = setting.facts().asks_twice else {
            continue;
        };
        for registry in &plan.registries {
            if registry.writes() && registry.change(*setting).is_some() {
                names.push(name);
                break;
            }
        }
    }
    names
}

/// Reads one line as bytes; invalid UTF-8 counts as "no".
fn read_line(input: &mut impl BufRead) -> Result<Vec<u8>, Error> {
    let mut answer = Vec::new();
    match input.read_until(b'\n', &mut answer) {
        Ok(_) => Ok(answer),
        Err(source) => Err(Error::File {
            action: "read",
            path: "stdin".into(),
            source,
        }),
    }
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
    fn only_yes_confirms() {
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
            let answer = read_line(&mut input).unwrap();
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
