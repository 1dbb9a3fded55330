//! The documents of plans, applies, audits and merged reports in every format.

use std::io::{self, Write};

use super::document::write_json;
use super::json_lines::{BY_FINDING, BY_PART, BY_REGISTRY, json_lines};
use super::{Document, Entry, Paint, SUMMARY, Subject, ci, html, text};
use crate::apply::Report;
use crate::audit::Audit;
use crate::merge::MergedReport;
use crate::plan::{ChangeCount, Plan};

impl Document for Plan {
    fn text(&self, paint: Paint) -> String {
        text::plan(self, paint)
    }

    fn table(&self, paint: Paint) -> String {
        text::plan_table(self, paint)
    }

    fn markdown(&self, largest: usize) -> String {
        ci::comment(&ci::Comment {
            largest,
            command: Some("plan"),
            words: ci::plan_in_words(&self.summary),
            summary: &text::plan_summary(self),
            next: None,
            entries: &self.entries(),
            text: &self.text(Paint::PLAIN.plain()),
        })
    }

    fn entries(&self) -> Vec<Entry> {
        ci::of_plan(self)
    }

    fn spec_file(&self) -> Option<&str> {
        let sources = self.registries.iter().map(|registry| registry.source.as_ref());
        ci::spec_file(sources, &self.specs)
    }

    fn subjects(&self) -> Vec<Subject> {
        let (mut subjects, is_stopped) = (Vec::new(), self.is_stopped());
        for registry in &self.registries {
            let held_back = is_stopped && registry.writes();
            subjects.push(Subject {
                registry: registry.id.clone(),
                state: text::state_of_plan(registry, is_stopped).to_owned(),
                skipped: held_back.then_some("a broken guard stops the whole run"),
            });
        }
        subjects
    }

    fn variables(&self) -> Vec<(&'static str, String)> {
        ci::variables_of_plan(&self.summary)
    }

    fn changes(&self) -> Option<ChangeCount> {
        Some(ChangeCount {
            add: self.summary.add,
            change: self.summary.change,
            remove: self.summary.remove,
        })
    }

    fn summary(&self) -> String {
        text::plan_summary(self) + "\n"
    }

    fn html(&self) -> String {
        html::plan(self)
    }

    fn write_json(&self, out: &mut dyn Write) -> io::Result<()> {
        write_json(self, out)
    }

    fn write_jsonl(&self, out: &mut dyn Write) -> io::Result<()> {
        json_lines(self, &BY_REGISTRY, SUMMARY, out)
    }
}

impl Document for Report {
    fn text(&self, paint: Paint) -> String {
        text::report(self, paint)
    }

    fn table(&self, paint: Paint) -> String {
        text::report_table(self, paint)
    }

    fn markdown(&self, largest: usize) -> String {
        ci::comment(&ci::Comment {
            largest,
            command: Some(self.command.name()),
            words: ci::report_in_words(&self.summary),
            summary: &text::report_summary(self),
            next: None,
            entries: &self.entries(),
            text: &self.text(Paint::PLAIN.plain()),
        })
    }

    fn entries(&self) -> Vec<Entry> {
        ci::of_report(self)
    }

    fn spec_file(&self) -> Option<&str> {
        let sources = self.registries.iter().map(|registry| registry.source.as_ref());
        ci::spec_file(sources, &self.specs)
    }

    fn subjects(&self) -> Vec<Subject> {
        let mut subjects = Vec::new();
        for registry in &self.registries {
            subjects.push(Subject {
                registry: registry.id.clone(),
                state: text::state_of_report(registry.outcome).to_owned(),
                skipped: None,
            });
        }
        subjects
    }

    fn variables(&self) -> Vec<(&'static str, String)> {
        ci::variables_of_report(&self.summary)
    }

    fn summary(&self) -> String {
        text::report_summary(self) + "\n"
    }

    fn html(&self) -> String {
        html::report(self)
    }

    fn write_json(&self, out: &mut dyn Write) -> io::Result<()> {
        write_json(self, out)
    }

    fn write_jsonl(&self, out: &mut dyn Write) -> io::Result<()> {
        json_lines(self, &BY_REGISTRY, SUMMARY, out)
    }
}

impl Document for Audit {
    fn text(&self, paint: Paint) -> String {
        text::audit(self, paint)
    }

    fn table(&self, paint: Paint) -> String {
        text::audit_table(self, paint)
    }

    fn markdown(&self, largest: usize) -> String {
        ci::comment(&ci::Comment {
            largest,
            command: Some("audit"),
            words: ci::audit_in_words(&self.summary),
            summary: &text::audit_summary(self),
            next: self
                .next
                .as_deref()
                .map(|command| (command, "what apply would change")),
            entries: &self.entries(),
            text: "",
        })
    }

    fn entries(&self) -> Vec<Entry> {
        ci::of_audit(self)
    }

    fn spec_file(&self) -> Option<&str> {
        let sources = self.registries.iter().map(|registry| registry.source.as_ref());
        ci::spec_file(sources, &self.specs)
    }

    fn subjects(&self) -> Vec<Subject> {
        let mut subjects = Vec::new();
        for registry in &self.registries {
            subjects.push(Subject {
                registry: registry.id.clone(),
                state: text::state_of_audit(registry.state, &self.since).to_owned(),
                skipped: None,
            });
        }
        subjects
    }

    fn variables(&self) -> Vec<(&'static str, String)> {
        ci::variables_of_audit(&self.summary)
    }

    fn summary(&self) -> String {
        text::audit_summary(self) + "\n"
    }

    fn html(&self) -> String {
        html::audit(self)
    }

    fn write_json(&self, out: &mut dyn Write) -> io::Result<()> {
        write_json(self, out)
    }

    fn write_jsonl(&self, out: &mut dyn Write) -> io::Result<()> {
        json_lines(self, &BY_FINDING, SUMMARY, out)
    }
}

impl Document for MergedReport {
    fn text(&self, paint: Paint) -> String {
        text::merged(self, paint)
    }

    fn markdown(&self, largest: usize) -> String {
        ci::comment(&ci::Comment {
            largest,
            command: Some("report"),
            words: &ci::shards_in_words(self),
            summary: "",
            next: None,
            entries: &[],
            text: &self.text(Paint::PLAIN.plain()),
        })
    }

    fn variables(&self) -> Vec<(&'static str, String)> {
        ci::variables_of_shards(&self.summary)
    }

    fn write_json(&self, out: &mut dyn Write) -> io::Result<()> {
        write_json(self, out)
    }

    fn write_jsonl(&self, out: &mut dyn Write) -> io::Result<()> {
        json_lines(self, &BY_PART, SUMMARY, out)
    }
}
