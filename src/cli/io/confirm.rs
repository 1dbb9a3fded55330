//! The question before a write.

use std::collections::BTreeSet;
use std::io::{self, BufRead, IsTerminal};

use super::context::Context;
use crate::error::{Error, RunRefusal};
use crate::model::Setting;
use crate::plan::Plan;
use crate::render::safe;

/// Most registries that the question names. The plan above it has all.
const MOST_NAMED: usize = 5;

/// Asks on stderr. Refuses if stdin is not a terminal, because then there is no one to ask.
pub(crate) fn confirm(plan: &Plan, context: &Context) -> Result<(), Error> {
    let changes = named_changes(plan);
    if !io::stdin().is_terminal() {
        return Err(RunRefusal::NoTerminal { changes }.into());
    }
    context.tell(&question(plan, &changes));
    let answer = read_line(&mut io::stdin().lock())?;
    if !answer.ends_with(b"\n") {
        // Ctrl-D leaves the cursor behind the question.
        context.tell("\n");
    }
    decide(&answer)
}

/// Returns the question: how many registries, in which subscriptions, their names, and what is grave about the changes.
fn question(plan: &Plan, changes: &[&str]) -> String {
    let (mut names, mut subscriptions) = (Vec::new(), BTreeSet::new());
    for registry in plan.registries.iter().filter(|registry| registry.writes()) {
        names.push(safe(registry.id.name()));
        subscriptions.insert(safe(registry.id.subscription()));
    }
    let noun = if names.len() == 1 {
        "registry"
    } else {
        "registries"
    };
    let place = match (subscriptions.first(), subscriptions.len()) {
        (Some(only), 1) => format!("subscription {only}"),
        (_, many) => format!("{many} subscriptions"),
    };
    let more = match names.len().saturating_sub(MOST_NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let count = names.len();
    names.truncate(MOST_NAMED);
    let mut text = format!(
        "Apply to {count} {noun} in {place}: {}{more}?\n",
        names.join(", ")
    );
    if !changes.is_empty() {
        text += &format!("This changes {}.\n", changes.join(" and "));
    }
    text + "Only `yes` is taken as an answer: "
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
        b"yes" => Ok(()),
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
            (b" yes\r\n", true),
            (b"", false),
            (b"\n", false),
            (b"y\n", false),
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
