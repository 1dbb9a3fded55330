//! Questions for what the command line leaves out.

use std::io::{self, IsTerminal};

use inquire::autocompletion::{Autocomplete, Replacement};
use inquire::ui::RenderConfig;
use inquire::validator::ValueRequiredValidator;
use inquire::{CustomUserError, InquireError, Text};

use crate::cli::ci_system::CiSystem;
use crate::cli::io::context::Context;
use crate::error::{Error, Exit, RunRefusal};
use crate::render::{safe, wrap};
use crate::run::{Question, SignalEffect};

/// Most names that are listed above a question. Completion has all.
const MOST_LISTED: usize = 12;

/// Returns true if a user can be asked: at a terminal, and not in a pipeline, whose log may look like one.
pub(crate) fn can_ask() -> bool {
    // Azure Pipelines do not set `CI`.
    let in_pipeline = std::env::var_os("CI").is_some_and(|value| !value.is_empty() && value != "false")
        || CiSystem::detect().is_some();
    !in_pipeline && io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks on stderr. Tab completes the names of the question. An empty answer is asked for again, unless there is a default.
/// Ctrl-C ends the process, as the signal does.
///
/// # Errors
/// The user gives no answer (Ctrl-D, Esc), or the terminal cannot be read.
pub(crate) fn ask(question: &Question<'_>, context: &Context) -> Result<String, Error> {
    context.tell(&listed(question.names, context));
    let message = format!("{}:", question.what);
    let mut text = Text::new(&message)
        .with_render_config(RenderConfig::empty())
        .with_autocomplete(Names(question.names))
        .with_validator(ValueRequiredValidator::default());
    if let Some(default) = question.default {
        text = text.with_default(default);
    }
    match text.prompt() {
        Ok(answer) => Ok(answer.trim().to_owned()),
        Err(InquireError::OperationCanceled) => {
            let instead = question.instead.to_owned();
            Err(RunRefusal::NoAnswer { instead }.into())
        }
        // The terminal sends no signal while the question reads keys.
        Err(InquireError::OperationInterrupted) => {
            context.interruption_teller()(SignalEffect::EndsQuestion);
            std::process::exit(Exit::Interrupted.code().into());
        }
        Err(InquireError::IO(source)) => Err(unread(source, question)),
        Err(error) => Err(unread(io::Error::other(error), question)),
    }
}

fn unread(source: io::Error, question: &Question<'_>) -> Error {
    let instead = question.instead.to_owned();
    RunRefusal::TerminalLost { source, instead }.into()
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
#[derive(Clone)]
struct Names<'a>(&'a [String]);

impl Autocomplete for Names<'_> {
    /// Suggests nothing while the user types: the names are above the question.
    fn get_suggestions(&mut self, _: &str) -> Result<Vec<String>, CustomUserError> {
        Ok(Vec::new())
    }

    fn get_completion(
        &mut self,
        input: &str,
        _: Option<String>,
    ) -> Result<Replacement, CustomUserError> {
        Ok(self.completion(input))
    }
}

impl Names<'_> {
    fn completion(&self, input: &str) -> Option<String> {
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
            assert_eq!(Names(&names).completion(input).as_deref(), want, "{input}");
        }
    }
}
