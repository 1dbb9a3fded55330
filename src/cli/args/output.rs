//! The flag `--output`.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use clap::builder::{PossibleValue, TypedValueParser};
use clap::{Arg, ValueEnum};

use crate::cli::ci_system::CiSystem;

/// A format of results. Each command has some of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Text,
    Table,
    Json,
    Jsonl,
    Markdown,
    Yaml,
    Sarif,
    Junit,
    Github,
    AzurePipelines,
    Gitlab,
    Html,
    GitlabTerraform,
    /// The format of the pipeline that runs this, or text.
    Ci,
}

impl Format {
    /// The formats of a short answer.
    pub(crate) const ANSWER: &[Self] = &[Self::Text, Self::Json, Self::Jsonl];

    /// Returns true for a format that only a result has. An error is text on stderr instead. A code host that reads an empty
    /// list of findings takes those of earlier runs for mended.
    pub(crate) fn is_for_results(self) -> bool {
        !matches!(
            self,
            Self::Json
                | Self::Jsonl
                | Self::Markdown
                | Self::Junit
                | Self::Github
                | Self::AzurePipelines
        )
    }

    /// Returns true for a format that is a list of findings and nothing else.
    pub(crate) fn is_list_of_findings(self) -> bool {
        matches!(self, Self::Sarif | Self::Gitlab)
    }

    /// Returns the format of the pipeline that runs this in the place of `ci`.
    pub(crate) fn resolved(self) -> Self {
        if self != Self::Ci {
            return self;
        }
        match CiSystem::detect() {
            Some(CiSystem::Github) => Self::Github,
            Some(CiSystem::AzurePipelines) => Self::AzurePipelines,
            // What GitLab reads is in files.
            Some(CiSystem::Gitlab) | None => Self::Text,
        }
    }

    /// Returns the name that `--output` takes.
    pub(crate) fn name(self) -> String {
        let value = self.to_possible_value().expect("every format has a name");
        value.get_name().to_owned()
    }
}

/// Lists the formats of a result that people, programs and pipelines read, and those that a command has besides.
macro_rules! formats_of_result {
    ($($more:ident),*) => {
        &[
            Format::Text,
            Format::Json,
            Format::Jsonl,
            Format::Markdown,
            Format::Sarif,
            Format::Junit,
            Format::Github,
            Format::AzurePipelines,
            Format::Gitlab,
            $(Format::$more,)*
            Format::Ci,
        ]
    };
}

pub(crate) use formats_of_result;

/// `FORMAT[=FILE]`, as the user gave it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OutputArg {
    /// Not checked yet: the formats depend on the command.
    pub format: String,
    /// `None`: stdout.
    pub file: Option<PathBuf>,
}

impl OutputArg {
    /// Reads `FORMAT`, `FORMAT=FILE` or `FORMAT=-`.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let (format, file) = match text.split_once('=') {
            Some((_, "")) => return Err("expected a file after `=`".to_owned()),
            Some((format, "-")) => (format, None),
            Some((format, file)) => (format, Some(PathBuf::from(file))),
            None => (text, None),
        };
        Ok(Self {
            format: format.to_owned(),
            file,
        })
    }
}

/// A parser of `--output` that offers some formats. The command checks the format itself, with a message of its own.
#[derive(Clone, Copy)]
pub(crate) struct OutputParser(pub &'static [Format]);

impl TypedValueParser for OutputParser {
    type Value = OutputArg;

    fn parse_ref(
        &self,
        command: &clap::Command,
        arg: Option<&Arg>,
        value: &OsStr,
    ) -> Result<OutputArg, clap::Error> {
        OutputArg::parse.parse_ref(command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(self.0.iter().filter_map(ValueEnum::to_possible_value)))
    }
}

/// Gives `--output` of a command its formats: in the help, on the manual page and in completions.
pub(crate) fn with_formats(output: Arg, result: &str, formats: &'static [Format]) -> Arg {
    let names: Vec<String> = formats.iter().map(|format| format.name()).collect();
    let names = in_words(&names);
    let help = format!("Format of {result}: {names}; FORMAT=FILE writes it into that file (repeatable)");
    output.help(help).value_parser(OutputParser(formats))
}

/// Lists names as alternatives: `text, json or table`.
pub(crate) fn in_words(names: &[String]) -> String {
    match names.split_last() {
        Some((last, others)) if !others.is_empty() => format!("{} or {last}", others.join(", ")),
        _ => names.concat(),
    }
}

/// Finds `--output` among arguments that could not be parsed. Values that the flag does not take are left out.
pub(crate) fn find_outputs(args: &[OsString]) -> Vec<OutputArg> {
    let mut found = Vec::new();
    let mut words = args.iter().skip(1).map(|arg| arg.to_str().unwrap_or_default());
    while let Some(word) = words.next() {
        // Words after it belong to another command.
        if word == "--" {
            break;
        }
        let value = match word {
            "-o" | "--output" => words.next(),
            _ => word.strip_prefix("--output=").or_else(|| word.strip_prefix("-o")),
        };
        let parsed = value.map(|value| OutputArg::parse(value.trim_start_matches('=')));
        if let Some(Ok(output)) = parsed {
            found.push(output);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equals_sign_needs_a_file() {
        assert!(OutputArg::parse("azure-pipelines=x").is_ok());
        assert!(OutputArg::parse("json=").is_err());
    }

    #[test]
    fn outputs_are_found_before_parsing() {
        let rows: [(&[&str], &[&str]); 6] = [
            (&["x", "plan", "--bogus", "-o", "json"], &["json"]),
            (&["x", "--output=json=a", "-otext"], &["json", "text"]),
            (&["x", "-o=json"], &["json"]),
            (&["x", "--", "-o", "json"], &[]),
            (&["x", "-o"], &[]),
            (&["x", "-o", "json="], &[]),
        ];
        for (args, want) in rows {
            let args: Vec<OsString> = args.iter().map(OsString::from).collect();
            let found = find_outputs(&args);
            let formats: Vec<&str> = found.iter().map(|output| output.format.as_str()).collect();
            assert_eq!(formats, want, "{args:?}");
        }
    }
}
