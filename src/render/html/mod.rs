//! The result as one page that needs nothing else: for people who would rather look than read.
//!
//! A document becomes a [`view::PageView`] first, which holds everything that the page says: one [`view::Card`] for each
//! registry, with who gets in before and after, its changes and its findings. The other files turn that into HTML and decide
//! nothing. `maud` escapes each text, and `safe` makes invisible characters visible, so no text can become markup.
//!
//! The page sends no request. Its policy allows the one style and the one script that it contains, by their hashes. All
//! content is there without the script, which only filters and copies.

mod anchor;
mod card;
mod clients;
mod filters;
mod fleet;
mod page;
mod prose;
mod strip;
#[cfg(test)]
mod tests;
mod view;

use super::Document;
use crate::apply::Report;
use crate::audit::Audit;
use crate::plan::Plan;

/// Renders a plan.
pub(super) fn plan(plan: &Plan) -> String {
    page::page(view::plan::view(plan, plan.entries(), plan.summary()))
}

/// Renders the report of an apply.
pub(super) fn report(report: &Report) -> String {
    page::page(view::report::view(report, report.entries(), report.summary()))
}

/// Renders an audit.
pub(super) fn audit(audit: &Audit) -> String {
    page::page(view::audit::view(audit, audit.entries(), audit.summary()))
}
