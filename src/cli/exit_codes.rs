//! The exit codes, as the help and the manual pages list them.

use crate::render::wrap;

/// Each exit code and its meaning.
pub(crate) const EXIT_CODES: [(&str, &str); 9] = [
    ("0", "done, nothing to do, in sync"),
    ("1", "error"),
    (
        "2",
        "plan --detailed-exitcode: changes; diff, fmt --check: differences; audit: drift",
    ),
    (
        "3",
        "refused: a guard, a broken `expect`, no confirmation; nothing was written",
    ),
    ("4", "written, but not verified or only in part"),
    ("64", "usage error"),
    ("65", "invalid spec"),
    ("130", "interrupted; while writing, after the report"),
    ("143", "terminated; while writing, after the report"),
];

/// Width of a help text without a terminal.
const WIDTH: usize = 80;
/// Column of the meanings.
const INDENT: usize = 6;

/// Returns the list for a help text.
pub(crate) fn exit_codes() -> String {
    let mut lines = vec!["Exit codes:".to_owned()];
    for (code, meaning) in EXIT_CODES {
        for (at, part) in wrap(meaning, WIDTH - INDENT, 0).iter().enumerate() {
            let code = if at == 0 { code } else { "" };
            lines.push(format!("  {code:<3} {part}"));
        }
    }
    lines.join("\n")
}
