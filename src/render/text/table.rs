//! Tables for people: columns of one line, and a last column that may be long.

use textwrap::core::display_width;

use super::common;
use crate::render::Paint;

/// Narrowest last column on a terminal, in characters. A narrower one goes below its row.
const NARROWEST: usize = 30;

/// Renders rows below their head. Every row has as many cells as the head.
pub(super) fn table<const N: usize>(head: [&str; N], rows: &[[String; N]], paint: Paint) -> String {
    let mut widths = head.map(display_width);
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = display_width(cell).max(*width);
        }
    }
    // The last column takes what the others leave.
    let before: usize = widths.iter().take(N - 1).map(|width| width + 2).sum();
    let is_narrow = paint.width().is_some_and(|width| width < before + NARROWEST);
    let hanging = if is_narrow { 4 } else { before };
    let mut lines = vec![paint.bold(line(&head.map(str::to_owned), &widths)).to_string()];
    for row in rows {
        let mut text = line(row, &widths);
        if is_narrow && let Some(last) = row.last() {
            let short = text.len() - last.len();
            lines.push(text[..short].trim_end().to_owned());
            text = format!("    {last}");
        }
        if !text.trim().is_empty() {
            lines.extend(common::wrap(text.trim_end(), hanging, paint));
        }
    }
    lines.join("\n") + "\n"
}

fn line<const N: usize>(cells: &[String; N], widths: &[usize; N]) -> String {
    let mut line = String::new();
    for (at, (cell, width)) in cells.iter().zip(widths).enumerate() {
        line += cell;
        if at + 1 < N {
            line += &" ".repeat(width - display_width(cell) + 2);
        }
    }
    line
}
