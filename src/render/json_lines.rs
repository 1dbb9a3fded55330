//! Lines of JSON: the parts of a document, one on each line, for programs that read a line at a time.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::{Map, Value};

use super::json_parts::{Parts, Walk};
use super::safe::SafeJson;

/// A list of a document whose entries become lines: its key, and the type of these lines.
pub(super) type ListOfLines = (&'static str, &'static str);

/// Lists of plans and reports.
pub(super) const BY_REGISTRY: [ListOfLines; 3] = [
    ("registries", "registry"),
    ("earlier", "earlier"),
    ("failures", "failure"),
];
/// Lists of audits.
pub(super) const BY_FINDING: [ListOfLines; 4] = [
    ("findings", "finding"),
    ("posture", "posture"),
    ("failures", "failure"),
    ("hidden", "hidden"),
];
/// Lists of merged reports.
pub(super) const BY_PART: [ListOfLines; 10] = [
    ("parts", "part"),
    ("registries", "registry"),
    ("findings", "finding"),
    ("failures", "failure"),
    ("uncompared", "uncompared"),
    ("hidden", "hidden"),
    ("posture", "posture"),
    ("unread", "unread"),
    ("unjudged", "unjudged"),
    ("impacts", "impact"),
];
/// Lists of edits.
pub(super) const BY_ENTRY: [ListOfLines; 2] = [("entries", "entry"), ("lines", "change")];
/// Lists of explanations.
pub(super) const BY_CLIENT: [ListOfLines; 1] = [("clients", "client")];
/// Lists of diagnoses.
pub(super) const BY_VERDICT: [ListOfLines; 3] =
    [("verdicts", "verdict"), ("notes", "note"), ("ladder", "step")];
/// Lists of the result of `validate`.
pub(super) const BY_DIAGNOSTIC: [ListOfLines; 2] =
    [("diagnostics", "diagnostic"), ("posture", "posture")];

/// Writes a line for each entry of these lists, and then a line of the type `last` with the rest of the document.
///
/// # Errors
/// The lines cannot be written.
pub(super) fn json_lines<T: Serialize>(
    value: &T,
    lists: &[ListOfLines],
    last: &'static str,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut lines = Lines {
        out: SafeJson(out),
        lists,
        list: last,
        rest: Map::new(),
    };
    value.serialize(Walk(&mut lines))?;
    let rest = std::mem::take(&mut lines.rest);
    Ok(lines.line(last, rest)?)
}

/// Lines that are being written. Of the document, only what the last line has is kept.
struct Lines<'a> {
    out: SafeJson<'a>,
    lists: &'a [ListOfLines],
    /// The type of the lines of the list that is being written.
    list: &'static str,
    rest: Map<String, Value>,
}

impl Lines<'_> {
    /// Writes one line, with its type before all other fields.
    fn line(&mut self, kind: &str, fields: Map<String, Value>) -> serde_json::Result<()> {
        let mut object = Map::new();
        object.insert("type".to_owned(), Value::from(kind));
        object.extend(fields);
        serde_json::to_writer(&mut self.out, &object)?;
        self.out.newline().map_err(serde_json::Error::io)
    }
}

impl Parts for Lines<'_> {
    fn field<T: ?Sized + Serialize>(&mut self, name: &'static str, value: &T) -> serde_json::Result<()> {
        match self.lists.iter().find(|(key, _)| *key == name) {
            Some((_, kind)) => {
                self.list = kind;
                value.serialize(Walk(self))
            }
            None => {
                self.rest.insert(name.to_owned(), serde_json::to_value(value)?);
                Ok(())
            }
        }
    }

    fn element<T: ?Sized + Serialize>(&mut self, value: &T) -> serde_json::Result<()> {
        match serde_json::to_value(value)? {
            Value::Object(fields) => self.line(self.list, fields),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::Document;
    use crate::render::text::samples;

    /// Puts the lines of a document together again.
    fn joined(lines: &str, lists: &[ListOfLines]) -> Value {
        let mut entries: Vec<Vec<Value>> = vec![Vec::new(); lists.len()];
        let mut document = Value::Null;
        for text in lines.lines() {
            let mut value: Value = serde_json::from_str(text).unwrap();
            let kind = value.as_object_mut().unwrap().remove("type").unwrap();
            match lists.iter().position(|(_, name)| kind == *name) {
                Some(list) => entries[list].push(value),
                None => document = value,
            }
        }
        for ((key, _), entries) in lists.iter().zip(entries) {
            // Empty lists may be left out of the document.
            if !entries.is_empty() || !["hidden", "earlier"].contains(key) {
                document[*key] = entries.into();
            }
        }
        document
    }

    fn same(document: &dyn Document, lists: &[ListOfLines], lines: usize) {
        let text = document.jsonl();
        assert_eq!(text.lines().count(), lines, "{text}");
        let whole: Value = serde_json::from_str(&document.json()).unwrap();
        assert_eq!(joined(&text, lists), whole);
        let last: Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
        assert_eq!(last["type"], "summary");
    }

    #[test]
    fn lines_put_together_are_the_document() {
        let (plan, report, audit) = (samples::plan(), samples::report(), samples::audit());
        let lines = |registries: usize, failures: usize| registries + failures + 1;
        same(
            &plan,
            &BY_REGISTRY,
            lines(plan.registries.len(), plan.failures.len()),
        );
        same(
            &report,
            &BY_REGISTRY,
            lines(report.registries.len(), report.failures.len()),
        );
        same(
            &audit,
            &BY_FINDING,
            lines(audit.findings.len() + audit.hidden.len(), audit.failures.len()),
        );
    }

    #[test]
    fn hostile_text_stays_on_its_line() {
        let mut plan = samples::plan();
        plan.registries[0].notes.push(crate::plan::Note {
            code: "note".into(),
            message: "a\r\nb\u{2028}c\u{85}d\u{1b}[2J ##vso[task.complete]".to_owned(),
        });
        let before = samples::plan().jsonl().lines().count();
        let text = plan.jsonl();
        assert_eq!(text.lines().count(), before);
        for hazard in ['\u{2028}', '\u{85}', '\u{1b}', '\r'] {
            assert!(!text.contains(hazard), "{hazard:?}");
        }
        assert!(!text.contains("##vso["), "{text}");
        same(&plan, &BY_REGISTRY, before);
    }
}
