//! A row of the tables.

use crate::doctor::lab::Lab;

/// The id of a cause, what it is for this machine, how it comes about, and what breaks the lab.
pub(super) type Row = (&'static str, Kind, &'static str, fn(&mut Lab));

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The likeliest cause.
    First,
    /// A cause beside a likelier one.
    Beside,
    Note,
}
