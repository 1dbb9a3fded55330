//! Errors and the result of `validate`, for people and for programs.

use std::error::Error as _;
use std::io::{self, Write};

use schemars::JsonSchema;
use serde::Serialize;

use super::document::write_json;
use super::json_lines::{BY_DIAGNOSTIC, json_lines};
use super::{Document, Entry, Paint, SUMMARY, ci, diagnostic, safe};
use crate::error::{Error, Exit};
use crate::model::Failure;
use crate::posture::PostureFinding;
use crate::spec::Diagnostic;

/// Name and version of the JSON form of an error.
pub(super) const ERROR: &str = "ringfence.error/1";
/// Name and version of the JSON form of the result of `validate`.
pub(super) const VALIDATE: &str = "ringfence.validate/1";

/// The document in place of a result, when there is none.
#[derive(Serialize, JsonSchema)]
pub(super) struct ErrorDocument {
    /// Always `ringfence.error/1`.
    format: &'static str,
    error: Failure,
}

/// The result of `validate`. It also takes the place of any other result if the spec is invalid.
#[derive(Serialize, JsonSchema)]
pub(super) struct ValidateDocument<'a> {
    /// Always `ringfence.validate/1`.
    pub(super) format: &'static str,
    /// Registries of the spec; absent where it is invalid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) registries: Option<usize>,
    /// Errors and warnings, by file, line and column.
    pub(super) diagnostics: &'a [Diagnostic],
    /// What posture rules find in the spec, by registry, then by rule. Absent where they were not asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) posture: Option<&'a [PostureFinding]>,
}

impl Document for Error {
    /// Writes `error[code]: …`, then the request id, then `help: …`.
    fn text(&self, paint: Paint) -> String {
        let mut text = String::new();
        if let Self::InvalidSpec(diagnostics) = self {
            // The diagnostics come first: the last lines on a terminal are the ones that are read.
            text += diagnostic::text(diagnostics, paint.look()).trim_end();
            text += "\n\n";
        }
        let head = paint.error(format!("error[{}]", safe(self.code())));
        // A line is not broken: a help can have a command to copy.
        let mut lines = vec![format!("{head}: {}", safe(&with_sources(self)))];
        if let Some(id) = self.request_id() {
            lines.push(format!("  request id {}", safe(id)));
        }
        if let Some(help) = self.help() {
            lines.push(format!("{} {}", paint.help("help:"), safe(&help)));
        }
        for line in lines {
            text += &line;
            text.push('\n');
        }
        text
    }

    fn markdown(&self, largest: usize) -> String {
        let words = match self {
            Self::InvalidSpec(_) => "the spec is invalid",
            _ if self.exit() == Exit::Refused => "refused, nothing was written",
            _ => "failed",
        };
        ci::comment(&ci::Comment {
            largest,
            command: None,
            words,
            summary: "",
            next: None,
            entries: &[],
            text: &self.text(Paint::PLAIN.plain()),
        })
    }

    fn entries(&self) -> Vec<Entry> {
        match self {
            Self::InvalidSpec(diagnostics) => ci::of_diagnostics(diagnostics),
            _ => vec![Entry::of_error(self.code(), &with_sources(self), self.help())],
        }
    }

    fn write_json(&self, out: &mut dyn Write) -> io::Result<()> {
        match self {
            Self::InvalidSpec(diagnostics) => write_json(&invalid(diagnostics), out),
            _ => write_json(&error_document(self), out),
        }
    }

    fn write_jsonl(&self, out: &mut dyn Write) -> io::Result<()> {
        match self {
            Self::InvalidSpec(diagnostics) => {
                json_lines(&invalid(diagnostics), &BY_DIAGNOSTIC, SUMMARY, out)
            }
            _ => json_lines(&error_document(self), &[], "error", out),
        }
    }
}

fn invalid(diagnostics: &[Diagnostic]) -> ValidateDocument<'_> {
    ValidateDocument {
        format: VALIDATE,
        registries: None,
        diagnostics,
        posture: None,
    }
}

/// Gives an error the shape of a failure of one registry, so that programs read both alike.
fn error_document(error: &Error) -> ErrorDocument {
    ErrorDocument {
        format: ERROR,
        error: Failure {
            request_id: error.request_id().map(str::to_owned),
            help: error.help(),
            ..Failure::new(error.code(), with_sources(error))
        },
    }
}

/// Returns the message of the error and of its sources, each once.
fn with_sources(error: &Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let message = cause.to_string();
        // Some errors of other crates repeat the message of their source.
        if !text.ends_with(&message) {
            text += &format!(": {message}");
        }
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::load_str;

    fn failed() -> Error {
        Error::Failed(Failure {
            request_id: Some("1234".into()),
            ..Failure::new("AuthorizationFailed", "no\u{1b}[2J rights").with_help("ask for Reader")
        })
    }

    #[test]
    fn errors_name_the_next_step() {
        insta::assert_snapshot!(failed().text(Paint::PLAIN), @r"
        error[AuthorizationFailed]: no\u{1b}[2J rights
          request id 1234
        help: ask for Reader
        ");
    }

    #[test]
    fn json_errors_keep_the_code_of_the_service() {
        insta::assert_snapshot!(failed().json(), @r#"
        {
          "format": "ringfence.error/1",
          "error": {
            "code": "AuthorizationFailed",
            "message": "no\u001b[2J rights",
            "requestId": "1234",
            "help": "ask for Reader"
          }
        }
        "#);
    }

    #[test]
    fn sources_are_told_once() {
        let source = std::io::Error::other("disk full");
        let error = Error::File {
            action: "write",
            path: "a/b.json".into(),
            source,
        };
        assert_eq!(
            error.text(Paint::PLAIN),
            "error[io]: cannot write `a/b.json`: disk full\n"
        );
    }

    #[test]
    fn invalid_specs_have_their_own_format() {
        let invalid = load_str("a.yaml", "version: 2\n", jiff::civil::date(2026, 11, 21)).unwrap_err();
        let error = Error::from(invalid);
        let text = error.text(Paint::PLAIN);
        assert!(text.contains("a.yaml:1"), "{text}");
        assert!(
            text.ends_with("\n\nerror[invalid-spec]: the spec is invalid\n"),
            "{text}"
        );
        assert!(
            error
                .json()
                .starts_with("{\n  \"format\": \"ringfence.validate/1\",")
        );
    }
}
