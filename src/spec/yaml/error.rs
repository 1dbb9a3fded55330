//! What can be wrong with the YAML itself.

use serde_saphyr::granit_parser::{ErrorKind, ScanError};

use super::node::{At, YamlNode, short};
use crate::spec::diagnostic::MOST;

/// Most values in one file, those that aliases repeat included: an alias bomb of a few lines ends here. Ten
/// thousand registries with forty values each are well below.
pub(crate) const MOST_VALUES: usize = 500_000;
/// Deepest nesting of lists and mappings. The format itself needs five levels.
pub(crate) const DEEPEST: usize = 64;

/// The faults of a file, so many as are shown.
#[derive(Default)]
pub(crate) struct YamlErrors {
    pub list: Vec<YamlError>,
    /// How many more there are.
    pub more: usize,
}

impl YamlErrors {
    pub(crate) fn push(&mut self, fault: YamlError) {
        if self.list.len() < MOST {
            self.list.push(fault);
        } else {
            self.more += 1;
        }
    }
}

/// What is wrong with the YAML itself.
pub(crate) struct YamlError {
    pub at: At,
    pub code: &'static str,
    pub message: String,
    pub help: Option<String>,
    /// Where the same key was given first.
    pub first: Option<At>,
}

pub(crate) fn fault(
    at: At,
    code: &'static str,
    message: impl Into<String>,
    help: &str,
) -> Box<YamlError> {
    Box::new(YamlError {
        at,
        code,
        message: message.into(),
        help: Some(help.to_owned()),
        first: None,
    })
}

pub(crate) fn several_documents(at: At) -> Box<YamlError> {
    let help = "put each document into a file of its own and name the folder";
    fault(
        at,
        "several-documents",
        "a second YAML document starts here",
        help,
    )
}

pub(crate) fn empty(at: At) -> Box<YamlError> {
    let help = "start with `version: 1` and `registries:`; docs/spec.md has the keys";
    fault(at, "empty-file", "the file has no content", help)
}

pub(crate) fn too_deep(at: At) -> Box<YamlError> {
    let message = format!("lists and mappings are nested more than {DEEPEST} levels deep");
    fault(
        at,
        "too-deep",
        message,
        "no key needs more than five levels; check the brackets",
    )
}

pub(crate) fn too_large(at: At) -> Box<YamlError> {
    let message = format!("more than {MOST_VALUES} values, those that aliases repeat included");
    fault(
        at,
        "too-large",
        message,
        "use fewer aliases, or split the file and name the folder",
    )
}

pub(crate) fn not_a_merge(at: At) -> YamlError {
    let message = "`<<` takes a mapping, or a list of mappings";
    *fault(
        at,
        "wrong-type",
        message,
        "write `<<: *name`, where `&name` marks a mapping",
    )
}

pub(crate) fn duplicate(at: At, name: &str, first: At) -> YamlError {
    let message = format!("the key `{}` is given twice", short(name));
    YamlError {
        first: Some(first),
        ..*fault(at, "duplicate-key", message, "keep one of the two")
    }
}

pub(crate) fn key_is_no_text(key: &YamlNode) -> YamlError {
    let message = format!("a key must be a text, found {}", key.noun());
    *fault(
        key.at,
        "wrong-type",
        message,
        "put the key in quotes, such as `\"1\"`",
    )
}

/// Says what the parser does not take.
pub(crate) fn syntax(at: At, error: &ScanError, text: &str) -> Box<YamlError> {
    if *error.kind() == ErrorKind::RecursionLimitExceeded {
        return too_deep(at);
    }
    if let Some(tab) = tab_in_indentation(text, at) {
        let help = "indent with spaces; YAML does not take tabs there";
        return fault(tab, "tab-indent", "a tab indents this line", help);
    }
    let help = "check the indentation, the quotes and the brackets here and on the line before";
    fault(at, "yaml-syntax", format!("not YAML: {}", error.info()), help)
}

/// The first tab before any content on the line at `at`, or on the one before it.
fn tab_in_indentation(text: &str, at: At) -> Option<At> {
    let offset = (at.offset as usize).min(text.len());
    let start = text.get(..offset)?.rfind('\n').map_or(0, |index| index + 1);
    let before = text
        .get(..start.saturating_sub(1))?
        .rfind('\n')
        .map_or(0, |index| index + 1);
    let rows = [(start, at.line), (before, at.line.saturating_sub(1).max(1))];
    rows.into_iter().find_map(|(start, line)| {
        let indent = text[start..].bytes().take_while(|byte| *byte == b' ').count();
        let found = text.as_bytes().get(start + indent) == Some(&b'\t');
        found.then(|| At {
            line,
            column: narrow(indent + 1),
            offset: narrow(start + indent),
            len: 1,
            ..at
        })
    })
}

/// Files are at most some megabytes, so positions fit.
pub(crate) fn narrow(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}
