//! Rendering: the same values as text for people and as JSON for programs. A renderer decides nothing.

pub mod diagnostic;
mod error;
mod json;
mod progress;
mod safe;
mod schema;
mod style;
mod text;

pub use error::Validated;
pub use json::json;
pub use progress::{Line, Progress, ProgressStyle};
pub use safe::safe;
pub use schema::{Kind, schema};
pub use style::{Paint, Painted};

use crate::apply::Report;
use crate::audit::Audit;
use crate::plan::Plan;

/// A result that can be written in every format that suits it.
pub trait Document {
    /// For people. Ends with a newline.
    fn text(&self, paint: Paint) -> String;
    /// For programs. Ends with a newline.
    fn json(&self) -> String;
}

impl Document for Plan {
    fn text(&self, paint: Paint) -> String {
        text::plan(self, paint)
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

impl Document for Audit {
    fn text(&self, paint: Paint) -> String {
        text::audit(self, paint)
    }

    fn json(&self) -> String {
        json(self)
    }
}
