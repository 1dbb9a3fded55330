//! Places in the files of a run.

use serde_saphyr::granit_parser::{Marker, Span};

/// A place in one of the files being loaded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct At {
    /// Index into [`crate::spec::load::files::FileTexts`].
    pub file: u32,
    /// Counts from 1.
    pub line: u32,
    /// Counts characters from 1.
    pub column: u32,
    /// Bytes before the place.
    pub offset: u32,
    /// Bytes of the value on its first line; 0 for lists and mappings.
    pub len: u32,
    /// Bytes before the alias that repeats the value here, in the same file; 0 without one.
    pub alias: u32,
}

impl At {
    /// Returns the first byte of a file.
    pub(crate) fn start_of(file: u32) -> Self {
        Self {
            file,
            line: 1,
            column: 1,
            ..Self::default()
        }
    }

    /// Converts a marker of the parser.
    pub(crate) fn of_marker(file: u32, marker: &Marker) -> Self {
        Self {
            file,
            line: narrow(marker.line()),
            // The parser counts columns from 0.
            column: narrow(marker.col() + 1),
            offset: narrow(marker.byte_offset().unwrap_or_default()),
            ..Self::default()
        }
    }

    /// Converts a span of the parser. A value of several lines has no length.
    pub(crate) fn of_span(file: u32, span: &Span) -> Self {
        let one_line = span.start.line() == span.end.line();
        let len = match span.byte_range() {
            Some(range) if one_line => range.len(),
            _ => 0,
        };
        Self {
            len: narrow(len),
            ..Self::of_marker(file, &span.start)
        }
    }
}

/// Converts a position. Files have some megabytes at most, so every position fits.
pub(crate) fn narrow(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}
