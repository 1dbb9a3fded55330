//! Blocks of a log: many lines at a time, readable and squeezed.

use std::io::{self, BufRead, Read};

use super::clean::{push_squeezed, without_colours, without_prefix};

/// Bytes of one block, above which the next block begins.
const BLOCK: usize = 64 * 1024;
/// Bytes at the end of a block that the next one starts with, so that a text across the border is found.
const OVERLAP: usize = 4 * 1024;
/// Longest line. A longer one is read in pieces.
const LONGEST_LINE: u64 = 16 * 1024;

/// A line break in a string of JSON.
const ESCAPED_BREAK: &str = r"\n";

/// Reads a log block by block.
pub(super) struct Blocks<R> {
    log: R,
    block: Block,
    /// Lines that were begun.
    lines: u64,
    /// True if the last read ended inside a line.
    inside_a_line: bool,
}

/// Some lines in a row.
#[derive(Default)]
pub(super) struct Block {
    /// The lines without prefixes and escapes, with a line break after each.
    readable: String,
    /// The same in lower case, without blanks, quotes and line breaks.
    squeezed: String,
    /// For each byte of `squeezed`, the byte of `readable` that it comes from.
    origins: Vec<u32>,
    lines: Vec<Line>,
    /// Bytes of `squeezed` that were part of the block before.
    seen: usize,
}

/// The start of a line.
#[derive(Clone, Copy)]
struct Line {
    number: u64,
    readable: usize,
    squeezed: usize,
}

impl<R: BufRead> Blocks<R> {
    /// Returns the blocks of a log.
    pub(super) fn of(log: R) -> Self {
        Self {
            log,
            block: Block::default(),
            lines: 0,
            inside_a_line: false,
        }
    }

    /// Reads the next block. Returns `None` at the end of the log.
    pub(super) fn next(&mut self) -> io::Result<Option<&Block>> {
        self.block.keep_the_end();
        let mut added = false;
        while self.block.squeezed.len() < BLOCK && self.block.readable.len() < 2 * BLOCK {
            if !self.read_line()? {
                break;
            }
            added = true;
        }
        Ok(added.then_some(&self.block))
    }

    /// Returns the number of lines read so far.
    pub(super) fn lines(&self) -> u64 {
        self.lines
    }

    /// Reads a line, or a piece of a long one. Returns false at the end of the log.
    fn read_line(&mut self) -> io::Result<bool> {
        let mut bytes = Vec::new();
        (&mut self.log).take(LONGEST_LINE).read_until(b'\n', &mut bytes)?;
        if bytes.is_empty() {
            return Ok(false);
        }
        let text = String::from_utf8_lossy(&bytes);
        let text = without_colours(&text);
        if self.inside_a_line {
            self.block.push(self.lines, &text);
        } else {
            self.lines += 1;
            self.block.push(self.lines, without_prefix(&text));
        }
        self.inside_a_line = !bytes.ends_with(b"\n");
        Ok(true)
    }
}

impl Block {
    /// Adds a line.
    fn push(&mut self, number: u64, line: &str) {
        self.lines.push(Line {
            number,
            readable: self.readable.len(),
            squeezed: self.squeezed.len(),
        });
        let start = self.readable.len();
        self.readable.push_str(line.trim_end_matches(['\n', '\r']));
        push_squeezed(
            &self.readable[start..],
            start,
            &mut self.squeezed,
            &mut self.origins,
        );
        self.readable.push('\n');
    }

    /// Drops all lines but the last ones, which the next block starts with.
    fn keep_the_end(&mut self) {
        let from = self.squeezed.len().saturating_sub(OVERLAP);
        let first = self.lines.partition_point(|line| line.squeezed < from);
        let (readable, squeezed) = match self.lines.get(first) {
            Some(line) => (line.readable, line.squeezed),
            None => (self.readable.len(), self.squeezed.len()),
        };
        self.lines.drain(..first);
        for line in &mut self.lines {
            line.readable -= readable;
            line.squeezed -= squeezed;
        }
        self.readable.drain(..readable);
        self.squeezed.drain(..squeezed);
        self.origins.drain(..squeezed);
        for origin in &mut self.origins {
            // A block has less than 4 GiB.
            *origin -= u32::try_from(readable).unwrap_or(u32::MAX);
        }
        self.seen = self.squeezed.len();
    }

    /// Returns the text that symptoms are looked for in.
    pub(super) fn squeezed(&self) -> &str {
        &self.squeezed
    }

    /// Returns true if a span that ends here was part of the block before.
    pub(super) fn was_seen(&self, end: usize) -> bool {
        end <= self.seen
    }

    /// Returns the number of the line that a byte of the squeezed text stands in.
    pub(super) fn line_number(&self, at: usize) -> u64 {
        self.lines[self.line_of(at)].number
    }

    /// Returns the words of a span of the squeezed text.
    pub(super) fn words(&self, start: usize, end: usize) -> &str {
        let last = self.origin(end.saturating_sub(1));
        let last = last + self.readable[last..].chars().next().map_or(0, char::len_utf8);
        &self.readable[self.origin(start)..last]
    }

    /// Returns the readable lines that a span of the squeezed text stands in, and where its last byte is in them. The line breaks in a
    /// string of JSON count too.
    pub(super) fn whole_lines(&self, start: usize, end: usize) -> (&str, usize) {
        let last = end.saturating_sub(1);
        let from = self.line_start(start);
        (
            &self.readable[from..self.line_end(last)],
            self.origin(last) - from,
        )
    }

    /// Returns the readable lines before the one that this byte of the squeezed text stands in, up to some bytes of them, and after the
    /// line of the byte before `after`.
    pub(super) fn lines_before(&self, at: usize, bytes: usize, after: Option<usize>) -> &str {
        let end = self.line_start(at);
        let mut start = end.saturating_sub(bytes);
        if let Some(after) = after {
            start = start.max(self.line_end(after.saturating_sub(1)));
        }
        while !self.readable.is_char_boundary(start) {
            start += 1;
        }
        self.readable.get(start..end).unwrap_or_default()
    }

    /// Returns the start of the readable line that a byte of the squeezed text stands in.
    fn line_start(&self, at: usize) -> usize {
        let line = self.lines[self.line_of(at)].readable;
        let before = &self.readable[line..self.origin(at)];
        before
            .rfind(ESCAPED_BREAK)
            .map_or(line, |found| line + found + ESCAPED_BREAK.len())
    }

    /// Returns the end of the readable line that a byte of the squeezed text stands in.
    fn line_end(&self, at: usize) -> usize {
        let (from, end) = (self.origin(at), self.start_of_line(self.line_of(at) + 1));
        let found = self.readable[from..end].find(ESCAPED_BREAK);
        found.map_or(end, |found| from + found)
    }

    fn line_of(&self, at: usize) -> usize {
        self.lines
            .partition_point(|line| line.squeezed <= at)
            .saturating_sub(1)
    }

    fn start_of_line(&self, line: usize) -> usize {
        self.lines
            .get(line)
            .map_or(self.readable.len(), |line| line.readable)
    }

    fn origin(&self, at: usize) -> usize {
        self.origins
            .get(at)
            .map_or(self.readable.len(), |origin| *origin as usize)
    }
}
