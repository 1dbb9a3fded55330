//! Writes to stderr.

use std::io::{self, Write};

/// Writes to stderr, as it is. Use [`super::context::Context::tell`] while there may be progress on the screen.
pub(crate) fn tell(text: &str) {
    // A closed stderr leaves no place to report it.
    let _ = io::stderr().lock().write_all(text.as_bytes());
}
