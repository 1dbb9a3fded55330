//! Renders values as text for people and as JSON for programs. A renderer decides nothing.

mod ci;
pub mod diagnostic;
mod document;
mod error;
mod firewall;
mod fit;
mod html;
mod json_lines;
mod markdown;
mod progress;
mod rules;
mod safe;
mod schema;
mod style;
mod text;

pub use ci::Entry;
pub use document::{Document, json};
pub use error::Validated;
pub use firewall::{Firewall, firewall_rules};
pub use fit::wrap;
pub use progress::{Activity, Progress, ProgressStyle, Task};
pub use rules::RuleResult;
pub use safe::safe;
pub use schema::{PublishedSchema, schema};
pub use style::{Paint, Painted};

use json_lines::{BY_CLIENT, BY_ENTRY, BY_FINDING, BY_PART, BY_REGISTRY, BY_VERDICT, json_lines};

use crate::apply::Report;
use crate::audit::Audit;
use crate::doctor::Diagnosis;
use crate::endpoints::Endpoints;
use crate::explain::Explanation;
use crate::import::Import;
use crate::lease::AccessReport;
use crate::merge::MergedReport;
use crate::plan::Plan;
use crate::spec::edit::EditReport;
use crate::spec_diff::SpecDiff;

/// Returns the findings of a result as a SARIF log.
pub fn sarif(document: &dyn Document) -> String {
    ci::sarif(&document.entries())
}

/// Returns the findings of a result as a Code Quality report of GitLab.
pub fn gitlab(document: &dyn Document) -> String {
    ci::gitlab(&document.entries())
}

/// Returns the findings of a result as commands of GitHub Actions.
pub fn github(document: &dyn Document) -> String {
    ci::github(&document.entries(), &document.summary())
}

/// Returns the findings of a result as commands of Azure Pipelines.
pub fn azure_pipelines(document: &dyn Document) -> String {
    ci::azure_pipelines(&document.entries(), &document.summary())
}

/// The type of the last line of a result.
const SUMMARY: &str = "summary";

impl Document for Plan {
    fn text(&self, paint: Paint) -> String {
        text::plan(self, paint)
    }

    fn table(&self, paint: Paint) -> String {
        text::plan_table(self, paint)
    }

    fn html(&self) -> String {
        html::plan(self)
    }

    fn markdown(&self) -> String {
        ci::comment(&ci::Comment {
            command: Some("plan"),
            words: ci::plan_in_words(&self.summary),
            summary: &text::plan_summary(self),
            entries: &self.entries(),
            text: &self.text(Paint::PLAIN.plain()),
        })
    }

    fn entries(&self) -> Vec<Entry> {
        ci::of_plan(self)
    }

    fn summary(&self) -> String {
        text::plan_summary(self) + "\n"
    }

    fn json(&self) -> String {
        json(self)
    }

    fn jsonl(&self) -> String {
        json_lines(self, &BY_REGISTRY, SUMMARY)
    }
}

impl Document for Report {
    fn text(&self, paint: Paint) -> String {
        text::report(self, paint)
    }

    fn html(&self) -> String {
        html::report(self)
    }

    fn table(&self, paint: Paint) -> String {
        text::report_table(self, paint)
    }

    fn markdown(&self) -> String {
        ci::comment(&ci::Comment {
            command: Some("apply"),
            words: ci::report_in_words(&self.summary),
            summary: &text::report_summary(self),
            entries: &self.entries(),
            text: &self.text(Paint::PLAIN.plain()),
        })
    }

    fn entries(&self) -> Vec<Entry> {
        ci::of_report(self)
    }

    fn summary(&self) -> String {
        text::report_summary(self) + "\n"
    }

    fn json(&self) -> String {
        json(self)
    }

    fn jsonl(&self) -> String {
        json_lines(self, &BY_REGISTRY, SUMMARY)
    }
}

impl Document for SpecDiff {
    fn text(&self, paint: Paint) -> String {
        text::spec_diff(self, paint)
    }

    fn json(&self) -> String {
        json(self)
    }

    fn jsonl(&self) -> String {
        json_lines(self, &BY_REGISTRY, SUMMARY)
    }
}

impl Document for EditReport {
    fn text(&self, paint: Paint) -> String {
        text::edit(self, paint)
    }

    fn json(&self) -> String {
        json(self)
    }

    fn jsonl(&self) -> String {
        json_lines(self, &BY_ENTRY, SUMMARY)
    }
}

impl Document for Explanation {
    fn text(&self, paint: Paint) -> String {
        text::explanation(self, paint)
    }

    fn json(&self) -> String {
        json(self)
    }

    fn jsonl(&self) -> String {
        json_lines(self, &BY_CLIENT, SUMMARY)
    }
}

impl Document for Endpoints {
    fn text(&self, paint: Paint) -> String {
        text::endpoints(self, paint)
    }

    fn markdown(&self) -> String {
        markdown::endpoints(self)
    }

    fn json(&self) -> String {
        json(self)
    }

    fn jsonl(&self) -> String {
        json_lines(self, &BY_REGISTRY, SUMMARY)
    }
}

impl Document for AccessReport {
    fn text(&self, paint: Paint) -> String {
        text::access(self, paint)
    }

    fn json(&self) -> String {
        json(self)
    }

    fn jsonl(&self) -> String {
        json_lines(self, &BY_REGISTRY, SUMMARY)
    }
}

impl Document for Import {
    fn text(&self, paint: Paint) -> String {
        text::import(self, paint)
    }

    fn yaml(&self) -> String {
        self.spec.clone()
    }

    fn json(&self) -> String {
        json(self)
    }

    fn jsonl(&self) -> String {
        json_lines(self, &BY_REGISTRY, SUMMARY)
    }
}

impl Document for Diagnosis {
    fn text(&self, paint: Paint) -> String {
        text::diagnosis(self, paint)
    }

    fn markdown(&self) -> String {
        markdown::diagnosis(self)
    }

    fn json(&self) -> String {
        json(self)
    }

    fn jsonl(&self) -> String {
        json_lines(self, &BY_VERDICT, SUMMARY)
    }
}

impl Document for MergedReport {
    fn text(&self, paint: Paint) -> String {
        text::merged(self, paint)
    }

    fn markdown(&self) -> String {
        ci::comment(&ci::Comment {
            command: Some("report"),
            words: ci::shards_in_words(&self.summary),
            summary: "",
            entries: &[],
            text: &self.text(Paint::PLAIN.plain()),
        })
    }

    fn json(&self) -> String {
        json(self)
    }

    fn jsonl(&self) -> String {
        json_lines(self, &BY_PART, SUMMARY)
    }
}

impl Document for Audit {
    fn text(&self, paint: Paint) -> String {
        text::audit(self, paint)
    }

    fn table(&self, paint: Paint) -> String {
        text::audit_table(self, paint)
    }

    fn markdown(&self) -> String {
        ci::comment(&ci::Comment {
            command: Some("audit"),
            words: ci::audit_in_words(&self.summary),
            summary: &text::audit_summary(self),
            entries: &self.entries(),
            text: "",
        })
    }

    fn entries(&self) -> Vec<Entry> {
        ci::of_audit(self)
    }

    fn summary(&self) -> String {
        text::audit_summary(self) + "\n"
    }

    fn html(&self) -> String {
        html::audit(self)
    }

    fn json(&self) -> String {
        json(self)
    }

    fn jsonl(&self) -> String {
        json_lines(self, &BY_FINDING, SUMMARY)
    }
}
