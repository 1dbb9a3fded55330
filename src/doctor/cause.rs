//! Causes: one row for each thing that can be wrong.

/// A thing that can be wrong, with its remedy.
#[derive(Debug, PartialEq, Eq)]
pub struct Cause {
    /// The row of the articles, or the error code of Azure or of `az acr check-health` where no row fits.
    pub id: &'static str,
    /// The problem, in one sentence.
    pub title: &'static str,
    /// How that comes about.
    pub why: &'static str,
    /// Ways to mend it, each enough to go on. `{registry}` and `{address}` stand for what was seen.
    pub remedies: &'static [&'static str],
    /// Page that says more.
    pub link: &'static str,
}
