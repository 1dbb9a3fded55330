//! Reads what a client printed, and finds the causes that it speaks of.
//!
//! A log is read in blocks of lines, so memory does not grow with it. Each block is squeezed: lower case, without blanks,
//! quotes and line breaks. A symptom is then found whatever broke, quoted or escaped its text, and a span of the block
//! leads back to the line and the words.

mod address;
mod block;
mod clean;
mod collect;
mod scan;
mod speaker;
mod symptom;
mod symptoms;

use std::io::{self, BufRead};
use std::sync::LazyLock;

use super::remedies::Known;
use super::types::{Diagnosis, FORMAT};
use crate::model::as_utf8;
use block::Blocks;
pub(crate) use clean::without_secrets;
use collect::Findings;
use scan::Scanner;

/// The compiled table.
static SCANNER: LazyLock<Scanner> = LazyLock::new(Scanner::new);

/// The findings of a log. They lead to causes, alone or together with what probes saw.
pub struct LogReading {
    findings: Findings,
    lines: u64,
}

/// Reads a log to its end.
///
/// # Errors
/// Any error of the reader.
pub fn read_log(log: impl BufRead) -> io::Result<LogReading> {
    let mut findings = Findings::default();
    let mut blocks = Blocks::of(as_utf8(log)?);
    while let Some(block) = blocks.next()? {
        SCANNER.scan(block, &mut findings);
    }
    Ok(LogReading {
        findings,
        lines: blocks.lines(),
    })
}

impl LogReading {
    /// Returns the causes that the log speaks of.
    pub fn diagnosis(self) -> Diagnosis {
        self.beside(&Known::default())
    }

    /// Returns the causes that the log speaks of, where a registry was probed too: it is the one that is meant where the log names
    /// none.
    pub(super) fn beside(self, probed: &Known<'_>) -> Diagnosis {
        Diagnosis {
            unjudged: Vec::new(),
            format: FORMAT.to_owned(),
            registry: None,
            lines: Some(self.lines),
            verdicts: self.findings.verdicts(probed),
            notes: Vec::new(),
            ladder: Vec::new(),
        }
    }
}
