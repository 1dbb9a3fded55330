//! Colours. They only add to signs and words and never replace them.

use std::fmt::{self, Display};

use anstyle::{AnsiColor, Style};

use super::diagnostic::Look;

/// Characters in a line of a file or a pipe. A reader of those can scroll, so nothing is cut.
const UNLIMITED: usize = 1000;

/// Abilities of the place that text goes to (colours, Unicode, width), and how much the reader wants to see.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Paint {
    on: bool,
    unicode: bool,
    /// Characters in a line; `None` if it is not a terminal.
    width: Option<usize>,
    /// True to show each registry, unchanged ones too.
    all: bool,
    /// True to show whole resource ids.
    ids: bool,
    /// True if the reader has seen nothing before this text.
    alone: bool,
}

/// A text in one style.
pub struct Painted<T> {
    text: T,
    style: Style,
}

impl Paint {
    /// Writes no escape sequences at all: for files and pipes.
    pub const PLAIN: Self = Self {
        on: false,
        unicode: false,
        width: None,
        all: false,
        ids: false,
        alone: false,
    };

    /// Returns a paint with or without colours, and without Unicode lines.
    pub fn new(on: bool) -> Self {
        Self { on, ..Self::PLAIN }
    }

    /// Draws lines with Unicode characters if `unicode` is true, otherwise with ASCII.
    #[must_use]
    pub fn with_unicode(self, unicode: bool) -> Self {
        Self { unicode, ..self }
    }

    /// Fits text into the width of a terminal.
    #[must_use]
    pub fn with_width(self, width: Option<usize>) -> Self {
        Self { width, ..self }
    }

    /// Shows each registry, also those that do not change and each of those that change alike.
    #[must_use]
    pub fn with_all(self, all: bool) -> Self {
        Self { all, ..self }
    }

    /// Shows whole resource ids.
    #[must_use]
    pub fn with_ids(self, ids: bool) -> Self {
        Self { ids, ..self }
    }

    /// Returns this paint for a file: with the same content, and without colours and width. A file has nothing but this
    /// text.
    #[must_use]
    pub fn plain(self) -> Self {
        let Self { all, ids, .. } = self;
        Self {
            all,
            ids,
            alone: true,
            ..Self::PLAIN
        }
    }

    /// Returns true if the reader has seen nothing before this text, such as the plan before a report.
    pub fn stands_alone(self) -> bool {
        self.alone
    }

    /// Returns true if each registry is shown.
    pub fn shows_all(self) -> bool {
        self.all
    }

    /// Returns true if whole resource ids are shown.
    pub fn shows_ids(self) -> bool {
        self.ids
    }

    /// Returns the look of diagnostics in this paint.
    pub fn look(self) -> Look {
        Look {
            color: self.on,
            unicode: self.unicode,
            width: self.width.unwrap_or(UNLIMITED),
        }
    }

    /// Returns the width of the terminal; `None` if it is not a terminal.
    pub fn width(self) -> Option<usize> {
        self.width
    }

    /// Returns this paint for text that is indented by a number of blanks.
    #[must_use]
    pub fn indented(self, by: usize) -> Self {
        let width = self.width.map(|width| width.saturating_sub(by));
        Self { width, ..self }
    }

    /// Marks text about an addition or a success.
    pub fn good<T: Display>(self, text: T) -> Painted<T> {
        self.style(text, AnsiColor::Green.on_default())
    }

    /// Marks text about a removal or a failure.
    pub fn bad<T: Display>(self, text: T) -> Painted<T> {
        self.style(text, AnsiColor::Red.on_default())
    }

    /// Marks the head of an error, as findings have it.
    pub fn error<T: Display>(self, text: T) -> Painted<T> {
        self.style(text, AnsiColor::BrightRed.on_default().bold())
    }

    /// Marks text about a change, or something that deserves a look.
    pub fn warn<T: Display>(self, text: T) -> Painted<T> {
        self.style(text, AnsiColor::Yellow.on_default())
    }

    /// Marks the next step.
    pub fn help<T: Display>(self, text: T) -> Painted<T> {
        self.style(text, AnsiColor::Cyan.on_default())
    }

    /// Marks a name or a summary.
    pub fn bold<T: Display>(self, text: T) -> Painted<T> {
        self.style(text, Style::new().bold())
    }

    /// Marks context that can be skipped.
    pub fn dim<T: Display>(self, text: T) -> Painted<T> {
        self.style(text, Style::new().dimmed())
    }

    fn style<T: Display>(self, text: T, style: Style) -> Painted<T> {
        // An empty style writes no escape sequences.
        let style = if self.on { style } else { Style::new() };
        Painted { text, style }
    }
}

impl<T: Display> Display for Painted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The text keeps the width and the fill of the format string; the sequences around it do not count.
        write!(f, "{}", self.style)?;
        self.text.fmt(f)?;
        write!(f, "{:#}", self.style)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_has_no_escape_sequences() {
        assert_eq!(Paint::PLAIN.bad("x").to_string(), "x");
        assert_eq!(Paint::new(true).bad("x").to_string(), "\u{1b}[31mx\u{1b}[0m");
    }

    #[test]
    fn widths_do_not_count_escape_sequences() {
        assert_eq!(
            format!("{:<4}|", Paint::new(true).good("ok")),
            "\u{1b}[32mok  \u{1b}[0m|"
        );
    }
}
