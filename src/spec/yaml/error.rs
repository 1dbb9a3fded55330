//! Errors in the YAML itself.

use std::borrow::Cow;

use serde_saphyr::granit_parser::{ErrorKind, ScanError};

use super::node::{YamlNode, short};
use super::place::At;
use super::syntax::{self, SyntaxMistake};
use crate::spec::diagnostic_code::DiagnosticCode;
use crate::spec::diagnostics::MOST;

/// Most values in one file. Values repeated by aliases count too, so an alias bomb of a few lines ends here. Ten
/// thousand registries with forty values each are below it.
pub(crate) const MOST_VALUES: usize = 500_000;
/// Deepest nesting of lists and mappings. The format needs five levels.
pub(crate) const DEEPEST: usize = 64;

/// The errors of one file, up to the number that is shown.
#[derive(Default)]
pub(crate) struct YamlErrors {
    pub list: Vec<YamlError>,
    /// Number of errors that are not in `list`.
    pub more: usize,
}

impl YamlErrors {
    /// Keeps an error, or counts it if there are too many.
    pub(crate) fn push(&mut self, error: YamlError) {
        if self.list.len() < MOST {
            self.list.push(error);
        } else {
            self.more += 1;
        }
    }
}

/// One error in the YAML itself.
pub(crate) struct YamlError {
    pub at: At,
    pub code: DiagnosticCode,
    pub message: String,
    pub help: Cow<'static, str>,
    /// The first use of a duplicate key.
    pub first: Option<At>,
}

impl YamlError {
    fn new(
        at: At,
        code: DiagnosticCode,
        message: impl Into<String>,
        help: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            at,
            code,
            message: message.into(),
            help: help.into(),
            first: None,
        }
    }

    /// Reports the start of a second document.
    pub(crate) fn several_documents(at: At) -> Self {
        let message = "a second YAML document starts here";
        let help = "put each document into its own file and pass the folder";
        Self::new(at, DiagnosticCode::SeveralDocuments, message, help)
    }

    /// Reports a file without a value.
    pub(crate) fn empty(at: At) -> Self {
        let message = "the file has no content";
        let help = "start with `version: 1` and `registries:`; docs/spec.md has the keys";
        Self::new(at, DiagnosticCode::EmptyFile, message, help)
    }

    /// Reports nesting over [`DEEPEST`].
    pub(crate) fn too_deep(at: At) -> Self {
        let message = format!("lists and mappings are nested more than {DEEPEST} levels deep");
        let help = "no key needs more than five levels; check the brackets";
        Self::new(at, DiagnosticCode::TooDeep, message, help)
    }

    /// Reports more values than [`MOST_VALUES`].
    pub(crate) fn too_large(at: At) -> Self {
        let message =
            format!("the file has more than {MOST_VALUES} values, counting those repeated by aliases");
        let help = "use fewer aliases, or split the file and pass the folder";
        Self::new(at, DiagnosticCode::TooLarge, message, help)
    }

    /// Reports an alias inside the value that it refers to.
    pub(crate) fn recursive_alias(at: At) -> Self {
        let message = "the alias refers to a value that contains the alias";
        Self::new(at, DiagnosticCode::YamlSyntax, message, "write the value itself")
    }

    /// Reports a tag.
    pub(crate) fn unsupported_tag(at: At, tag: &str) -> Self {
        let message = format!("the YAML tag `{}` is not supported", short(tag));
        Self::new(at, DiagnosticCode::UnsupportedTag, message, "remove the tag")
    }

    /// Reports a value of `<<` that cannot be merged.
    pub(crate) fn not_a_merge(at: At) -> Self {
        let message = "invalid value for `<<`: expected a mapping, or a list of mappings";
        let help = "write `<<: *name`, where `&name` marks a mapping";
        Self::new(at, DiagnosticCode::WrongType, message, help)
    }

    /// Reports the second use of a key.
    pub(crate) fn duplicate_key(at: At, name: &str, first: At) -> Self {
        let message = format!("duplicate key `{}`", short(name));
        Self {
            first: Some(first),
            ..Self::new(at, DiagnosticCode::DuplicateKey, message, "remove one of the two")
        }
    }

    /// Reports a key that is not a string.
    pub(crate) fn wrong_key(key: &YamlNode) -> Self {
        let message = format!("invalid key: expected a string, found {}", key.noun());
        let help = "put the key in quotes, such as `\"1\"`";
        Self::new(key.at, DiagnosticCode::WrongType, message, help)
    }

    /// Reports an error of the parser.
    pub(crate) fn syntax(at: At, error: &ScanError, text: &str) -> Self {
        if *error.kind() == ErrorKind::RecursionLimitExceeded {
            return Self::too_deep(at);
        }
        if let Some(SyntaxMistake {
            at,
            code,
            message,
            help,
        }) = syntax::find(error.kind(), text, at)
        {
            return Self::new(at, code, message, help);
        }
        let message = format!("invalid YAML: {}", error.info());
        let help = "check the indentation, the quotes and the brackets here and on the line before";
        Self::new(at, DiagnosticCode::YamlSyntax, message, help)
    }
}
