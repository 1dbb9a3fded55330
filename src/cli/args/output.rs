//! The flag `--output`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::ValueEnum;

use super::values::WithNames;

/// A format of results. Each command has some of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Text,
    Table,
    Json,
    Jsonl,
}

impl Format {
    /// Returns true for a format that people read.
    pub(crate) fn is_for_people(self) -> bool {
        matches!(self, Self::Text | Self::Table)
    }

    /// Returns the name that `--output` takes.
    pub(crate) fn name(self) -> String {
        let value = self.to_possible_value().expect("every format has a name");
        value.get_name().to_owned()
    }
}

/// `FORMAT[=FILE]`, as the user gave it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OutputArg {
    /// Not checked yet: the formats depend on the command.
    pub format: String,
    /// `None`: stdout.
    pub file: Option<PathBuf>,
}

impl OutputArg {
    /// Takes `FORMAT[=FILE]`, and offers the formats that most commands have.
    pub(crate) fn values() -> WithNames<Self> {
        let names = &["text", "json", "jsonl"];
        WithNames {
            parse: Self::parse,
            names,
        }
    }

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
