//! The question before a write.

use std::collections::BTreeSet;
use std::io::{self, BufRead, IsTerminal};

use crate::cli::io::context::Context;
use crate::error::{Error, RunRefusal, UNASKED};
use crate::model::Setting;
use crate::plan::Plan;
use crate::render::{safe, wrap};
use crate::run::Account;

/// Most registries that the question names. The plan above it has all.
const MOST_NAMED: usize = 5;

/// Asks on stderr. Refuses if stdin is not a terminal: no user could answer.
pub(crate) fn confirm(plan: &Plan, account: &Account, context: &Context) -> Result<(), Error> {
    let grave = grave_changes(plan);
    if !io::stdin().is_terminal() {
        let mut changes: Vec<&str> = grave.iter().map(|change| change.subject).collect();
        changes.dedup();
        return Err(RunRefusal::NoTerminal { changes }.into());
    }
    context.tell(&fitted(&question(plan, account, &grave), context));
    context.tell("Only `yes` is taken as an answer: ");
    let answer = read_line(&mut io::stdin().lock())?;
    if !answer.ends_with(b"\n") {
        // Ctrl-D leaves the cursor behind the question.
        context.tell("\n");
    }
    decide(&answer)
}

/// A change that deserves a second look, and the registries that it is made on.
struct GraveChange<'a> {
    /// The change in words, such as `the default action`.
    subject: &'static str,
    /// The value after the change, such as `Deny`.
    after: String,
    registries: Vec<&'a str>,
}

/// Returns the question: which registries, where, as whom, and what is grave about the changes.
fn question(plan: &Plan, account: &Account, grave: &[GraveChange<'_>]) -> String {
    let (mut names, mut subscriptions) = (Vec::new(), BTreeSet::new());
    for registry in plan.registries.iter().filter(|registry| registry.writes()) {
        names.push(registry.id.name());
        subscriptions.insert(safe(registry.id.subscription()));
    }
    let noun = match names.len() {
        1 => "registry",
        _ => "registries",
    };
    let mut text = format!("Apply to {} {noun}: {}?\n", names.len(), named(&names));
    // Where, and as whom.
    let cloud = safe(&account.cloud);
    text += &match (subscriptions.first(), subscriptions.len()) {
        (Some(only), 1) => format!("  in {cloud}, subscription {only}\n"),
        (_, many) => format!("  in {cloud}, {many} subscriptions\n"),
    };
    if let Some(identity) = &account.identity {
        text += &format!("  signed in as {}\n", safe(identity));
    }
    // What is grave.
    for change in grave {
        let verb = match change.registries.len() {
            1 => "switches",
            _ => "switch",
        };
        let (who, subject, after) = (named(&change.registries), change.subject, safe(&change.after));
        text += &format!("  {who} {verb} {subject} to {after}\n");
    }
    text
}

/// Breaks the lines of the question between words at the width of the terminal.
fn fitted(text: &str, context: &Context) -> String {
    let Some(width) = context.paint().width() else {
        return text.to_owned();
    };
    let mut fitted = String::new();
    for line in text.lines() {
        fitted += &wrap(line, width, 4).join("\n");
        fitted.push('\n');
    }
    fitted
}

/// Names the first registries: `contoso, fabrikam and 3 more`, `contoso and fabrikam`.
fn named(names: &[&str]) -> String {
    let mut shown: Vec<_> = names.iter().take(MOST_NAMED).map(|name| safe(name)).collect();
    let last = match names.len() - shown.len() {
        0 => shown.pop().unwrap_or_default(),
        more => format!("{more} more").into(),
    };
    match shown.is_empty() {
        true => last.into_owned(),
        false => format!("{} and {last}", shown.join(", ")),
    }
}

/// Returns the changes of settings that deserve a second look. Only registries that are written count.
fn grave_changes(plan: &Plan) -> Vec<GraveChange<'_>> {
    let mut found: Vec<GraveChange<'_>> = Vec::new();
    for setting in Setting::ALL {
        let Some(subject) = setting.facts().asks_twice else {
            continue;
        };
        for registry in plan.registries.iter().filter(|registry| registry.writes()) {
            let Some(after) = registry.change(*setting).and_then(|change| change.after.as_ref()) else {
                continue;
            };
            let name = registry.id.name();
            let after = after.as_str().map_or_else(|| after.to_string(), str::to_owned);
            match found
                .iter_mut()
                .find(|change| change.subject == subject && change.after == after)
            {
                Some(change) => change.registries.push(name),
                None => found.push(GraveChange {
                    subject,
                    after,
                    registries: vec![name],
                }),
            }
        }
    }
    found
}

/// Reads one line as bytes; invalid UTF-8 counts as "no".
fn read_line(input: &mut impl BufRead) -> Result<Vec<u8>, Error> {
    let mut answer = Vec::new();
    match input.read_until(b'\n', &mut answer) {
        Ok(_) => Ok(answer),
        // As of a terminal that is closed.
        Err(source) => Err(RunRefusal::TerminalLost {
            source,
            instead: UNASKED.to_owned(),
        }
        .into()),
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
            assert_eq!(error.to_string(), "the answer was not `yes`: nothing was written");
        }
    }
}
