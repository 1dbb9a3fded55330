//! Tables for people: columns of one line, and a last column that may be long.

use super::common;
use crate::render::Paint;
use crate::render::fit::{NARROWEST, display_width, padded};

/// Renders rows below their head. Every row has as many cells as the head. In a pipe each row is a line; on a terminal
/// a row is as many lines as fit its width.
pub(super) fn table<const N: usize>(head: [&str; N], rows: &[[String; N]], paint: Paint) -> String {
    let layout = Layout::of(head, rows, paint);
    let mut lines = Vec::new();
    for line in layout.row(&head.map(str::to_owned), false, paint) {
        lines.push(paint.bold(line).to_string());
    }
    for row in rows {
        lines.extend(layout.row(row, layout.last_alone, paint));
    }
    lines.join("\n") + "\n"
}

/// Place of the columns.
struct Layout<const N: usize> {
    widths: [usize; N],
    /// True if the first column has a line of its own, because a name is too long to stand beside the others.
    first_alone: bool,
    /// True if the last column has a line of its own, because the others leave it no room.
    last_alone: bool,
}

/// Blanks between two columns.
const GAP: usize = 2;
/// Blanks before a line that continues a row.
const INDENT: usize = 4;

impl<const N: usize> Layout<N> {
    fn of(head: [&str; N], rows: &[[String; N]], paint: Paint) -> Self {
        let mut widths = head.map(display_width);
        for row in rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = display_width(cell).max(*width);
            }
        }
        let mut layout = Self {
            widths,
            first_alone: false,
            last_alone: false,
        };
        let Some(terminal) = paint.width() else {
            return layout;
        };
        // The head of the last column stays beside the others.
        let least = head[N - 1].len();
        layout.first_alone = layout.before_last() + least > terminal;
        layout.last_alone = layout.before_last() + NARROWEST.min(widths[N - 1]) > terminal;
        layout
    }

    /// Returns the width before the last column.
    fn before_last(&self) -> usize {
        let (skipped, indent) = if self.first_alone { (1, INDENT) } else { (0, 0) };
        let columns = &self.widths[skipped..N - 1];
        indent + columns.iter().map(|width| width + GAP).sum::<usize>()
    }

    /// Writes the lines of a row, with the last column on its own line or not.
    fn row(&self, cells: &[String; N], last_alone: bool, paint: Paint) -> Vec<String> {
        let (mut lines, mut line) = (Vec::new(), String::new());
        for (at, (cell, width)) in cells.iter().zip(self.widths).enumerate() {
            if at == 0 && self.first_alone {
                lines.push(paint.bold(cell).to_string());
                line = " ".repeat(INDENT);
            } else if at + 1 < N {
                line += &padded(cell, width + GAP);
            } else if last_alone {
                lines.push(line.trim_end().to_owned());
                line = format!("{}{cell}", " ".repeat(INDENT));
            } else {
                line += cell;
            }
        }
        let hanging = if last_alone { INDENT } else { self.before_last() };
        if !line.trim().is_empty() {
            lines.extend(common::wrap(line.trim_end(), hanging, paint));
        }
        lines
    }
}
