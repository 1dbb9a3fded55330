//! Diagnostics of a spec: `error[code]: message`, the place, the line with a label, and the next step.
//!
//! The renderer is the one of rustc. It never breaks a line, so ids stay whole for copying and for `grep`.

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Element, Group, Level, Origin, Renderer, Snippet};

use super::fit::{self, display_width};
use super::safe::{safe, same_width};
use crate::model::Failure;
use crate::spec::{Diagnostic, Place, RelatedPlace, Severity, Source};

/// The look of diagnostics on a terminal or in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// True for escape sequences of colours.
    pub color: bool,
    /// True for lines drawn with Unicode characters, false for ASCII.
    pub unicode: bool,
    /// Characters in a line. Long lines of a file are cut to it, and long help goes below the line.
    pub width: usize,
}

/// Longest line with a label behind the marked part, in characters. Longer help is easier to read below.
const WIDEST_LABEL: usize = 100;
/// Columns before the text of a help, with a number of five digits in the margin.
const HELP: usize = "      = help: ".len();
/// Longest part of a line before an excerpt, in characters.
const MOST_CUT_OFF: usize = 10_000;

/// Renders diagnostics one after the other, then how many there are.
pub fn text(diagnostics: &[Diagnostic], look: Look) -> String {
    let renderer = renderer(look);
    let mut out = String::new();
    for diagnostic in diagnostics {
        out += &renderer.render(&[group(diagnostic, look)]);
        out.push_str("\n\n");
    }
    out.push_str(&count(diagnostics));
    out
}

/// Renders a failure of a registry like a diagnostic of its place in the spec.
pub fn failure(failure: &Failure, source: Option<&Source>, look: Look) -> String {
    let Failure {
        code,
        message,
        request_id,
        help,
        kind: _,
        retry_after: _,
    } = failure;
    let width = look.width.saturating_sub("error[]: ".len() + code.len());
    let title = Level::ERROR.primary_title(wrapped(message, width));
    let mut group = Group::with_title(title.id(safe(code).into_owned()));
    if let Some(source) = source {
        let origin = Origin::path(safe(&source.file).into_owned());
        let (line, column) = (source.line as usize, source.column as usize);
        group = group.element(origin.line(line).char_column(column));
    }
    if let Some(id) = request_id {
        group = group.element(Level::NOTE.message(format!("request id {}", safe(id))));
    }
    if let Some(help) = help {
        let width = look.width.saturating_sub(HELP);
        group = group.element(Level::HELP.message(wrapped(help, width)));
    }
    renderer(look).render(&[group])
}

/// Breaks a text between words.
fn wrapped(text: &str, width: usize) -> String {
    fit::wrap(&safe(text), width, 0).join("\n")
}

/// Counts the diagnostics: `2 errors, 1 warning`, with a line break. Returns an empty text if there are none.
fn count(diagnostics: &[Diagnostic]) -> String {
    let (mut errors, mut warnings) = (0, 0);
    for diagnostic in diagnostics {
        match diagnostic.severity {
            Severity::Error => errors += 1,
            Severity::Warning | Severity::Note => warnings += 1,
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
        return String::new();
    }
    let correctable = diagnostics.iter().filter(|it| it.correction.is_some()).count();
    if correctable > 0 {
        parts.push(format!("`ringfence validate --fix` corrects {correctable}"));
    }
    parts.join(", ") + "\n"
}

fn renderer(look: Look) -> Renderer {
    let renderer = match look.color {
        true => Renderer::styled(),
        false => Renderer::plain(),
    };
    let decor = match look.unicode {
        true => DecorStyle::Unicode,
        false => DecorStyle::Ascii,
    };
    renderer.decor_style(decor).term_width(look.width)
}

/// Returns a diagnostic in the form that the renderer takes. Its texts are safe to print.
fn group(diagnostic: &Diagnostic, look: Look) -> Group<'static> {
    // Destructured, so that a new field is not forgotten here.
    let Diagnostic {
        severity,
        code,
        message,
        help,
        place,
        // The help names it.
        correction: _,
        also,
    } = diagnostic;
    let (level, head) = match severity {
        Severity::Error => (Level::ERROR, "error"),
        Severity::Warning => (Level::WARNING, "warning"),
        Severity::Note => (Level::NOTE, "note"),
    };
    let before = head.len() + "[]: ".len() + code.as_str().len();
    let message = wrapped(message, look.width.saturating_sub(before));
    let title = level.primary_title(message).id(code.as_str());
    let mut help = help.as_deref();
    let mut group = Group::with_title(title);
    if let Some(place) = place {
        // A short help is the label of the marked part.
        let label = help.take_if(|help| fits(&safe(help), place, look.width));
        let label = label.map(|label| safe(label).into_owned());
        group = group.element(excerpt(place, AnnotationKind::Primary, label));
    }
    for RelatedPlace { note, place } in also {
        let note = safe(note).into_owned();
        group = group.element(excerpt(place, AnnotationKind::Context, Some(note)));
    }
    let width = look.width.saturating_sub(HELP);
    match help {
        Some(help) => group.element(Level::HELP.message(wrapped(help, width))),
        None => group,
    }
}

/// Returns true if a label fits behind the marked part of its line.
fn fits(label: &str, place: &Place, width: usize) -> bool {
    let Place { source, line } = place;
    let marked = line
        .text
        .get(line.start..line.start + line.len)
        .unwrap_or_default();
    let before = source.column as usize + display_width(marked);
    // The number of the line and the frame take some columns.
    let frame = source.line.to_string().len() + 3;
    frame + before + display_width(label) <= width.min(WIDEST_LABEL)
}

/// Returns the place and its line. A place far inside a long line is shown without the line.
fn excerpt(place: &Place, kind: AnnotationKind, label: Option<String>) -> Element<'static> {
    let Place { source, line } = place;
    let file = safe(&source.file).into_owned();
    let (line_number, column) = (source.line as usize, source.column as usize);
    let (before, rest) = line.text.split_at(line.start);
    let (marked, after) = rest.split_at(line.len);
    let [before, marked, after] = [before, marked, after].map(printable);
    // The renderer counts the columns. Blanks stand for the part of a long line that was cut off.
    let cut_off = column.saturating_sub(1 + before.chars().count());
    if cut_off > MOST_CUT_OFF {
        return Origin::path(file).line(line_number).char_column(column).into();
    }
    let before = " ".repeat(cut_off) + &before;
    let span = before.len()..before.len() + marked.len();
    Snippet::source(format!("{before}{marked}{after}"))
        .path(file)
        .line_start(line_number)
        .annotation(kind.span(span).label(label))
        .into()
}

/// Returns a part of a line without hazardous characters. The renderer draws a tab as blanks.
fn printable(text: &str) -> String {
    let parts: Vec<String> = text.split('\t').map(same_width).collect();
    parts.join("\t")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{InvalidSpec, load_str};

    fn invalid(yaml: &str) -> InvalidSpec {
        load_str("specs/a.yaml", yaml, jiff::civil::date(2026, 11, 21)).unwrap_err()
    }

    const TWICE: &str = "version: 1\nregistries: []\nregistries: []\n";

    fn plain(yaml: &str, width: usize) -> String {
        let look = Look {
            color: false,
            unicode: false,
            width,
        };
        text(&invalid(yaml).diagnostics, look)
    }

    #[test]
    fn plain_text_shows_place_line_and_label() {
        insta::assert_snapshot!(plain(TWICE, 80), @r"
        error[duplicate-key]: duplicate key `registries`
         --> specs/a.yaml:3:1
          |
        3 | registries: []
          | ^^^^^^^^^^ remove one of the two
          |
         ::: specs/a.yaml:2:1
          |
        2 | registries: []
          | ---------- first used here

        1 error
        ");
    }

    #[test]
    fn long_help_is_below_the_line() {
        insta::assert_snapshot!(plain("version: 1\nregistries:\n  - id: x\n    defaultAction: deny\n", 50), @r"
        error[bad-id]: `x` is not an ARM resource id; it
                       must start with `/subscriptions/`
         --> specs/a.yaml:3:9
          |
        3 |   - id: x
          |         ^
          |
          = help: copy the id from `az acr show
                  --query id`

        error[unknown-value]: invalid value `deny` for
                              `defaultAction`: expected
                              `Allow` or `Deny`
         --> specs/a.yaml:4:20
          |
        4 |     defaultAction: deny
          |                    ^^^^ did you mean `Deny`?

        2 errors, `ringfence validate --fix` corrects 1
        ");
    }

    #[test]
    fn place_in_a_long_line_keeps_its_column() {
        for (padding, has_line) in [(500, true), (20_000, false)] {
            let blanks = " ".repeat(padding);
            let rendered = plain(&format!("{{version: 1, {blanks}bogus: 2}}"), 80);
            let place = format!("--> specs/a.yaml:1:{}\n", 14 + padding);
            assert!(rendered.contains(&place), "{rendered}");
            assert_eq!(rendered.contains("bogus: 2}"), has_line, "{rendered}");
            let excerpt = rendered.lines().nth(3).unwrap_or_default();
            assert!(!has_line || excerpt.len() <= 80, "{rendered}");
        }
    }

    #[test]
    fn colors_and_unicode_need_to_be_asked_for() {
        for (color, unicode) in [(true, true), (true, false), (false, true), (false, false)] {
            let look = Look {
                color,
                unicode,
                width: 80,
            };
            let rendered = text(&invalid(TWICE).diagnostics, look);
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
