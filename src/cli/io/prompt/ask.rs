//! Questions for what the command line leaves out.

use std::io::{self, ErrorKind, IsTerminal};
use std::thread;
use std::time::Duration;

use dialoguer::console::Term;
use dialoguer::{Completion, Input};

use crate::cli::io::context::Context;
use crate::error::Error;
use crate::render::{safe, wrap};
use crate::run::Question;

/// Most names that are listed above a question. Completion has all.
const MOST_LISTED: usize = 12;
/// Time that a signal gets to end the process.
const SIGNAL: Duration = Duration::from_secs(1);

/// Returns true if a user can be asked: at a terminal, and not in a pipeline, whose log may look like one.
pub(crate) fn can_ask() -> bool {
    let in_pipeline = std::env::var_os("CI").is_some_and(|value| !value.is_empty() && value != "false");
    !in_pipeline && io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks on stderr. Tab completes the names of the question. An empty answer is asked for again, unless there is a default.
///
/// # Errors
/// The terminal cannot be read.
pub(crate) fn ask(question: &Question<'_>, context: &Context) -> Result<String, Error> {
    context.tell(&listed(question.names, context));
    let names = Names(question.names);
    let mut input = Input::<String>::new()
        .with_prompt(question.what)
        .completion_with(&names);
    if let Some(default) = question.default {
        input = input.default(default.to_owned());
    }
    match input.interact_text_on(&Term::stderr()) {
        Ok(answer) => Ok(answer.trim().to_owned()),
        Err(dialoguer::Error::IO(source)) => {
            if source.kind() == ErrorKind::Interrupted {
                // Another thread hears the signal and ends the process.
                thread::park_timeout(SIGNAL);
            }
            Err(Error::File {
                action: "read",
                path: "the terminal".into(),
                source,
            })
        }
    }
}

/// Lists the first names, and says how many there are.
fn listed(names: &[String], context: &Context) -> String {
    if names.is_empty() {
        return String::new();
    }
    let mut shown: Vec<_> = names.iter().take(MOST_LISTED).map(|name| safe(name)).collect();
    if names.len() > MOST_LISTED {
        shown.push(format!("and {} more", names.len() - MOST_LISTED).into());
    }
    let line = format!("{} (Tab completes)", shown.join(", "));
    let width = context.paint().width().unwrap_or(usize::MAX);
    wrap(&line, width, 2).join("\n") + "\n"
}

/// Names that complete an answer, as a shell does: as far as they agree.
struct Names<'a>(&'a [String]);

impl Completion for Names<'_> {
    fn get(&self, input: &str) -> Option<String> {
        // The last word of an answer of several names is completed.
        let start = input.rfind([',', ' ']).map_or(0, |at| at + 1);
        let (before, word) = input.split_at(start);
        let mut fitting = self.0.iter().filter(|name| begins_with(name, word));
        let mut common = fitting.next()?.clone();
        for name in fitting {
            while !begins_with(name, &common) {
                common.pop();
            }
        }
        Some(format!("{before}{common}"))
    }
}

/// Returns true if a name begins with a text, in any case.
fn begins_with(name: &str, text: &str) -> bool {
    name.get(..text.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_complete_the_last_word_as_far_as_they_agree() {
        let names = ["contosoprod", "contosotest", "fabrikam"].map(str::to_owned);
        let rows = [
            ("f", Some("fabrikam")),
            ("CON", Some("contoso")),
            ("contosop", Some("contosoprod")),
            ("x", None),
            ("fabrikam, contosot", Some("fabrikam, contosotest")),
        ];
        for (input, want) in rows {
            assert_eq!(Names(&names).get(input).as_deref(), want, "{input}");
        }
    }
}
