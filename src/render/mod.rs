//! Renders values as text for people and as JSON for programs. A renderer decides nothing.

mod ci;
pub mod diagnostic;
mod document;
mod error;
mod firewall;
mod fit;
mod html;
mod json_lines;
mod json_parts;
mod markdown;
mod progress;
mod results;
mod rules;
mod safe;
mod schema;
mod style;
mod text;
mod validated;

pub use ci::{Entry, Places, Subject};
pub use document::{Document, json};
pub use firewall::{Firewall, firewall_rules};
pub use fit::wrap;
pub use progress::{Activity, FEW, Progress, ProgressStyle, Task, Throttled};
pub use rules::RuleResult;
pub use safe::safe;
pub(crate) use safe::safe_json;
pub use schema::{PublishedSchema, schema};
pub use style::{Paint, Painted};
pub use validated::Validated;

use std::io::{self, Write};

use document::write_json;
use json_lines::{BY_CLIENT, BY_ENTRY, BY_REGISTRY, BY_VERDICT, json_lines};

use crate::doctor::Diagnosis;
use crate::endpoints::Endpoints;
use crate::explain::Explanation;
use crate::import::Import;
use crate::lease::AccessReport;
use crate::spec::edit::EditReport;
use crate::spec_diff::SpecDiff;

/// Largest comment on a pull request, in bytes: GitHub takes 65,536 characters.
pub const LARGEST_COMMENT: usize = 65_000;

/// Returns the findings of a result as a SARIF log.
pub fn sarif(document: &dyn Document, places: &Places) -> String {
    ci::sarif(&placed(document, places), &places.home(document.spec_file()))
}

/// Returns the findings of a result as JUnit XML.
pub fn junit(document: &dyn Document) -> String {
    ci::junit(&document.subjects(), &document.entries())
}

/// Returns the findings of a result as a Code Quality report of GitLab.
pub fn gitlab(document: &dyn Document, places: &Places) -> String {
    ci::gitlab(&placed(document, places))
}

/// Returns the numbers of changes as a Terraform report of GitLab.
pub fn gitlab_terraform(document: &dyn Document) -> String {
    ci::terraform(document.changes().unwrap_or_default())
}

/// Returns the findings of a result as commands of GitHub Actions.
pub fn github(document: &dyn Document, places: &Places) -> String {
    ci::github(&placed(document, places), &document.summary())
}

/// Returns the findings of a result as commands of Azure Pipelines.
pub fn azure_pipelines(document: &dyn Document, places: &Places) -> String {
    ci::azure_pipelines(&placed(document, places), &document.summary())
}

/// Returns the commands of Azure Pipelines that set the variables of a result, and show a page on the summary of the run.
pub fn azure_summary(document: &dyn Document, page: Option<&str>) -> String {
    ci::azure_summary(&document.variables(), page)
}

/// Returns the entries of a result, each with its file as a code host knows it.
fn placed(document: &dyn Document, places: &Places) -> Vec<Entry> {
    let mut entries = document.entries();
    places.put(&mut entries);
    entries
}

/// The type of the last line of a result.
const SUMMARY: &str = "summary";

impl Document for SpecDiff {
    fn text(&self, paint: Paint) -> String {
        text::spec_diff(self, paint)
    }

    fn write_json(&self, out: &mut dyn Write) -> io::Result<()> {
        write_json(self, out)
    }

    fn write_jsonl(&self, out: &mut dyn Write) -> io::Result<()> {
        json_lines(self, &BY_REGISTRY, SUMMARY, out)
    }
}

impl Document for EditReport {
    fn text(&self, paint: Paint) -> String {
        text::edit(self, paint)
    }

    fn write_json(&self, out: &mut dyn Write) -> io::Result<()> {
        write_json(self, out)
    }

    fn write_jsonl(&self, out: &mut dyn Write) -> io::Result<()> {
        json_lines(self, &BY_ENTRY, SUMMARY, out)
    }
}

impl Document for Explanation {
    fn text(&self, paint: Paint) -> String {
        text::explanation(self, paint)
    }

    fn write_json(&self, out: &mut dyn Write) -> io::Result<()> {
        write_json(self, out)
    }

    fn write_jsonl(&self, out: &mut dyn Write) -> io::Result<()> {
        json_lines(self, &BY_CLIENT, SUMMARY, out)
    }
}

impl Document for Endpoints {
    fn text(&self, paint: Paint) -> String {
        text::endpoints(self, paint)
    }

    fn markdown(&self, _: usize) -> String {
        markdown::endpoints(self)
    }

    fn write_json(&self, out: &mut dyn Write) -> io::Result<()> {
        write_json(self, out)
    }

    fn write_jsonl(&self, out: &mut dyn Write) -> io::Result<()> {
        json_lines(self, &BY_REGISTRY, SUMMARY, out)
    }
}

impl Document for AccessReport {
    fn text(&self, paint: Paint) -> String {
        text::access(self, paint)
    }

    fn write_json(&self, out: &mut dyn Write) -> io::Result<()> {
        write_json(self, out)
    }

    fn write_jsonl(&self, out: &mut dyn Write) -> io::Result<()> {
        json_lines(self, &BY_REGISTRY, SUMMARY, out)
    }
}

impl Document for Import {
    fn text(&self, paint: Paint) -> String {
        text::import(self, paint)
    }

    fn yaml(&self) -> String {
        self.spec.clone()
    }

    fn write_json(&self, out: &mut dyn Write) -> io::Result<()> {
        write_json(self, out)
    }

    fn write_jsonl(&self, out: &mut dyn Write) -> io::Result<()> {
        json_lines(self, &BY_REGISTRY, SUMMARY, out)
    }
}

impl Document for Diagnosis {
    fn text(&self, paint: Paint) -> String {
        text::diagnosis(self, paint)
    }

    fn markdown(&self, _: usize) -> String {
        markdown::diagnosis(self)
    }

    fn write_json(&self, out: &mut dyn Write) -> io::Result<()> {
        write_json(self, out)
    }

    fn write_jsonl(&self, out: &mut dyn Write) -> io::Result<()> {
        json_lines(self, &BY_VERDICT, SUMMARY, out)
    }
}
