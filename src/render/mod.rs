//! Renders values as text for people and as JSON for programs. A renderer decides nothing.

pub mod diagnostic;
mod document;
mod error;
mod progress;
mod safe;
mod schema;
mod style;
mod text;

pub use document::{Document, json};
pub use error::Validated;
pub use progress::{Activity, Progress, ProgressStyle, Task};
pub use safe::safe;
pub use schema::{PublishedSchema, schema};
pub use style::{Paint, Painted};

use crate::apply::Report;
use crate::audit::Audit;
use crate::explain::Explanation;
use crate::plan::Plan;

impl Document for Plan {
    fn text(&self, paint: Paint) -> String {
        text::plan(self, paint)
    }

    fn table(&self, paint: Paint) -> String {
        text::plan_table(self, paint)
    }

    fn json(&self) -> String {
        json(self)
    }
}

impl Document for Report {
    fn text(&self, paint: Paint) -> String {
        text::report(self, paint)
    }

    fn json(&self) -> String {
        json(self)
    }
}

impl Document for Explanation {
    fn text(&self, paint: Paint) -> String {
        text::explanation(self, paint)
    }

    fn json(&self) -> String {
        json(self)
    }
}

impl Document for Audit {
    fn text(&self, paint: Paint) -> String {
        text::audit(self, paint)
    }

    fn table(&self, paint: Paint) -> String {
        text::audit_table(self, paint)
    }

    fn json(&self) -> String {
        json(self)
    }
}
