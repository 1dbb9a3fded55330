//! Causes: one row for each thing that can be wrong.

/// A thing that can be wrong, with its remedy.
#[derive(Debug, PartialEq, Eq)]
pub struct Cause {
    /// The row of the articles, or the error code of Azure or of `az acr check-health` where no row fits.
    pub id: &'static str,
    /// Other rows of the articles that are the same thing.
    pub also: &'static [&'static str],
    /// The way in which doctor finds it.
    pub found_by: FoundBy,
    /// The problem, in one sentence.
    pub title: &'static str,
    /// How that comes about.
    pub why: &'static str,
    /// Ways to mend it, each enough to go on. `{registry}`, `{name}`, `{subscription_flag}` and `{client}`
    /// stand for what was seen, and `{with_access}`, `{add_address}` and `{add_subnet}` for commands. A remedy whose command would
    /// be refused is left out.
    pub remedies: &'static [&'static str],
    /// Page that says more.
    pub link: &'static str,
}

/// The way in which doctor finds a cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FoundBy {
    /// By probes alone: `doctor REGISTRY`, with the flag that adds the probe.
    Probes(&'static str),
    /// By probes where they can tell, and by what a client printed.
    InPart(&'static str),
    /// By what a client printed: `doctor --log`.
    Log,
    /// By no program. The remedy is advice.
    Advice,
}
