//! The flag `--output`.

use std::path::PathBuf;

use clap::ValueEnum;

/// A format of results. Each command has some of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Text,
    Json,
    Markdown,
    Html,
    Sarif,
    Junit,
    Github,
    AzurePipelines,
    Gitlab,
}

impl Format {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equals_sign_needs_a_file() {
        assert!(OutputArg::parse("azure-pipelines=x").is_ok());
        assert!(OutputArg::parse("json=").is_err());
    }
}
