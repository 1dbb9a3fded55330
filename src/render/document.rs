//! The forms that a result can be written in.

use std::io::{self, Write};

use serde::Serialize;

use super::Paint;
use super::ci::{Entry, Subject};
use super::safe::SafeJson;
use crate::plan::ChangeCount;

/// A result that can be written in every format that suits it.
pub trait Document {
    /// Returns the result for people. Ends with a newline.
    fn text(&self, paint: Paint) -> String;
    /// Returns the result as a table, a row for each registry. A result without registries is its text.
    fn table(&self, paint: Paint) -> String {
        self.text(paint)
    }
    /// Returns the result as Markdown, as a page of at most this many bytes where it is one for a code host. A result without that
    /// form is its text.
    fn markdown(&self, _largest: usize) -> String {
        self.text(Paint::PLAIN)
    }
    /// Returns the result as a page for a browser. A result without that form is its text.
    fn html(&self) -> String {
        self.text(Paint::PLAIN)
    }
    /// Returns the result as a spec. A result that is none is its text.
    fn yaml(&self) -> String {
        self.text(Paint::PLAIN)
    }
    /// Returns the findings of the result, for the formats that pipelines read.
    fn entries(&self) -> Vec<Entry> {
        Vec::new()
    }
    /// Returns a file of the spec that the result is about, for findings without a line of their own. It is the same from run to
    /// run.
    fn spec_file(&self) -> Option<&str> {
        None
    }
    /// Returns the registries that the result is about, for formats that have passed checks too.
    fn subjects(&self) -> Vec<Subject> {
        Vec::new()
    }
    /// Returns what later steps of a pipeline ask for, by name.
    fn variables(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }
    /// Returns the numbers of changes of a plan.
    fn changes(&self) -> Option<ChangeCount> {
        None
    }
    /// Returns the line that sums the result up. Ends with a newline.
    fn summary(&self) -> String {
        String::new()
    }
    /// Writes the result for programs. Ends with a newline. It is not kept as a text: that of a fleet is larger than the fleet.
    ///
    /// # Errors
    /// The result cannot be written.
    fn write_json(&self, out: &mut dyn Write) -> io::Result<()>;
    /// Writes the parts of the result for programs, one on each line.
    ///
    /// # Errors
    /// The result cannot be written.
    fn write_jsonl(&self, out: &mut dyn Write) -> io::Result<()>;
    /// Returns the result for programs.
    fn json(&self) -> String {
        text(|out| self.write_json(out))
    }
    /// Returns the parts of the result for programs.
    fn jsonl(&self) -> String {
        text(|out| self.write_jsonl(out))
    }
}

/// Returns the value as an indented JSON document with a newline at the end. Hazardous characters are escaped.
pub fn json<T: Serialize>(value: &T) -> String {
    text(|out| write_json(value, out))
}

/// Writes the value as [`json`] returns it.
///
/// # Errors
/// The document cannot be written.
pub(super) fn write_json<T: Serialize>(value: &T, out: &mut dyn Write) -> io::Result<()> {
    let mut out = SafeJson(out);
    serde_json::to_writer_pretty(&mut out, value)?;
    out.newline()
}

fn text(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> String {
    let mut bytes = Vec::new();
    write(&mut bytes).expect("memory takes anything, and string keys always serialise");
    String::from_utf8(bytes).expect("JSON is UTF-8")
}
