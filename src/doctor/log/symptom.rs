//! A row of the table of symptoms.

use crate::doctor::cause::Cause;
use crate::doctor::types::Confidence;

/// Words that clients print, in any case. Blanks, quotes and line breaks do not count.
pub(super) struct Symptom {
    /// Any of these.
    pub words: &'static [&'static str],
    /// One of these must follow soon. None need to follow if there are none.
    pub then: &'static [&'static str],
    pub origin: Origin,
    /// The likeliest first.
    pub causes: &'static [(&'static Cause, Confidence)],
}

/// The services that use these words.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// Registries alone, or the tools that ask them.
    OnlyRegistries,
    /// Others too. A text that names no other service counts.
    Unnamed,
    /// Many others. The text, or one of the lines above it, must name a registry.
    Named,
    /// The host that the layers of a registry come from.
    Layers,
}

/// Makes a row of words that say enough on their own.
pub(super) const fn alone(
    words: &'static [&'static str],
    origin: Origin,
    causes: &'static [(&'static Cause, Confidence)],
) -> Symptom {
    followed(words, &[], origin, causes)
}

/// Makes a row of words that need others behind them.
pub(super) const fn followed(
    words: &'static [&'static str],
    then: &'static [&'static str],
    origin: Origin,
    causes: &'static [(&'static Cause, Confidence)],
) -> Symptom {
    Symptom {
        words,
        then,
        origin,
        causes,
    }
}
