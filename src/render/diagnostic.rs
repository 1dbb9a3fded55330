//! Diagnostics of a spec for a terminal: place, line, label, help.

use std::fmt;

use miette::{
    GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents,
    Severity as Level, SourceCode, SourceSpan, SpanContents, ThemeCharacters, ThemeStyles,
};

use super::safe::{safe, same_width};
use crate::spec::{Diagnostic, Place, RelatedPlace, Severity};

/// The look of diagnostics on a terminal or in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// True for escape sequences of colours.
    pub color: bool,
    /// True for lines drawn with Unicode characters, false for ASCII.
    pub unicode: bool,
    /// Characters in a line.
    pub width: usize,
}

/// Renders diagnostics one after the other, then how many there are.
pub fn text(diagnostics: &[Diagnostic], look: Look) -> String {
    let handler = handler(look);
    let mut out = String::new();
    for diagnostic in diagnostics {
        let report = MietteReport::from(diagnostic);
        handler
            .render_report(&mut out, &report)
            .expect("a String takes any text");
        out.push('\n');
    }
    out.push_str(&count(diagnostics));
    out
}

/// Counts the diagnostics: `2 errors, 1 warning`, with a line break. Returns an empty text if there are none.
fn count(diagnostics: &[Diagnostic]) -> String {
    let (mut errors, mut warnings) = (0, 0);
    for diagnostic in diagnostics {
        match diagnostic.severity {
            Severity::Error => errors += 1,
            Severity::Warning => warnings += 1,
        }
    }
    let mut parts = Vec::new();
    for (number, noun) in [(errors, "error"), (warnings, "warning")] {
        let plural = if number == 1 { "" } else { "s" };
        if number > 0 {
            parts.push(format!("{number} {noun}{plural}"));
        }
    }
    if parts.is_empty() {
        String::new()
    } else {
        parts.join(", ") + "\n"
    }
}

fn handler(look: Look) -> GraphicalReportHandler {
    let theme = GraphicalTheme {
        characters: if look.unicode {
            ThemeCharacters::unicode()
        } else {
            ThemeCharacters::ascii()
        },
        styles: if look.color {
            ThemeStyles::ansi()
        } else {
            ThemeStyles::none()
        },
    };
    // A diagnostic holds only its own line, so there is no context to show.
    GraphicalReportHandler::new_themed(theme)
        .with_width(look.width)
        .with_links(false)
        .with_context_lines(0)
        .with_show_related_as_nested(true)
        .without_syntax_highlighting()
}

/// A [`Diagnostic`] in the form that miette renders. Its texts are safe to print.
#[derive(Debug)]
struct MietteReport {
    level: Level,
    code: Option<&'static str>,
    message: String,
    help: Option<String>,
    line: Option<SourceLine>,
    related: Vec<MietteReport>,
}

impl From<&Diagnostic> for MietteReport {
    fn from(diagnostic: &Diagnostic) -> Self {
        // Destructured, so that a new field is not forgotten here.
        let Diagnostic {
            severity,
            code,
            message,
            help,
            place,
            also,
        } = diagnostic;
        Self {
            level: match severity {
                Severity::Error => Level::Error,
                Severity::Warning => Level::Warning,
            },
            code: Some(code.as_str()),
            message: safe(message).into_owned(),
            help: help.as_deref().map(|help| safe(help).into_owned()),
            line: place.as_ref().map(SourceLine::from),
            related: also.iter().map(Self::from).collect(),
        }
    }
}

impl From<&RelatedPlace> for MietteReport {
    fn from(also: &RelatedPlace) -> Self {
        Self {
            level: Level::Advice,
            code: None,
            message: safe(&also.note).into_owned(),
            help: None,
            line: Some(SourceLine::from(&also.place)),
            related: Vec::new(),
        }
    }
}

impl fmt::Display for MietteReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for MietteReport {}

impl miette::Diagnostic for MietteReport {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.code.map(|code| Box::new(code) as Box<dyn fmt::Display>)
    }

    fn severity(&self) -> Option<Level> {
        Some(self.level)
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help
            .as_ref()
            .map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.line.as_ref().map(|line| line as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let line = self.line.as_ref()?;
        let label = LabeledSpan::new_primary_with_span(None, line.span);
        Some(Box::new(std::iter::once(label)))
    }

    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn miette::Diagnostic> + 'a>> {
        let related = self
            .related
            .iter()
            .map(|report| report as &dyn miette::Diagnostic);
        (!self.related.is_empty()).then(|| Box::new(related) as Box<dyn Iterator<Item = _>>)
    }
}

/// One line of a file as a source for miette. Line and column count from 0.
#[derive(Debug)]
struct SourceLine {
    name: String,
    text: String,
    span: SourceSpan,
    line: usize,
    column: usize,
}

impl From<&Place> for SourceLine {
    fn from(place: &Place) -> Self {
        let Place { source, line } = place;
        let (before, rest) = line.text.split_at(line.start);
        let (marked, after) = rest.split_at(line.len);
        let [before, marked, after] = [before, marked, after].map(same_width);
        // An empty mark is drawn below the character that follows it.
        let len = match after.chars().next() {
            Some(next) if marked.is_empty() => next.len_utf8(),
            _ => marked.len(),
        };
        Self {
            name: safe(&source.file).into_owned(),
            span: (before.len(), len).into(),
            text: format!("{before}{marked}{after}"),
            line: (source.line as usize).saturating_sub(1),
            column: (source.column as usize).saturating_sub(1),
        }
    }
}

impl SourceCode for SourceLine {
    /// Returns the one line that there is, at its true place in the file.
    fn read_span<'a>(
        &'a self,
        _: &SourceSpan,
        _: usize,
        _: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        // The span that miette asks for does not matter: the line is the whole source.
        let whole = SourceSpan::from((0, self.text.len()));
        let (name, text) = (self.name.clone(), self.text.as_bytes());
        let contents = MietteSpanContents::new_named(name, text, whole, self.line, self.column, 1);
        Ok(Box::new(contents))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{InvalidSpec, load_str};

    fn invalid() -> InvalidSpec {
        let yaml = "version: 1\nregistries: []\nregistries: []\n";
        load_str("specs/a.yaml", yaml, jiff::civil::date(2026, 11, 21)).unwrap_err()
    }

    #[test]
    fn plain_text_shows_place_line_and_help() {
        let look = Look {
            color: false,
            unicode: false,
            width: 80,
        };
        let lines: Vec<String> = text(&invalid().diagnostics, look)
            .lines()
            .map(|line| line.trim_end().to_owned())
            .collect();
        let expected = [
            "duplicate-key",
            "",
            "  x duplicate key `registries`",
            "   ,-[specs/a.yaml:3:1]",
            " 3 | registries: []",
            "   : ^^^^^^^^^^",
            "   `----",
            "  help: remove one of the two",
            "  `->   > first used here",
            "         ,-[specs/a.yaml:2:1]",
            "       2 | registries: []",
            "         : ^^^^^^^^^^",
            "         `----",
            "",
            "1 error",
        ];
        assert_eq!(lines, expected);
    }

    #[test]
    fn colors_and_unicode_need_to_be_asked_for() {
        for (color, unicode) in [(true, true), (true, false), (false, true), (false, false)] {
            let look = Look {
                color,
                unicode,
                width: 80,
            };
            let rendered = text(&invalid().diagnostics, look);
            assert_eq!(rendered.contains('\u{1b}'), color);
            assert_eq!(!rendered.is_ascii(), unicode);
        }
    }

    #[test]
    fn no_diagnostics_print_nothing() {
        let look = Look {
            color: true,
            unicode: true,
            width: 80,
        };
        assert_eq!(text(&[], look), "");
    }
}
