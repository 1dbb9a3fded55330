//! Logs on stderr, for `-v`.

use std::fmt;

use tracing::field::Field;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::field::MakeExt as _;
use tracing_subscriber::fmt::format::{Writer, debug_fn};

use crate::render::safe;

/// Starts logging: warnings by default, nothing with `quiet`, more with each `-v`.
///
/// Libraries log one level less than ringfence itself.
pub(crate) fn start(verbose: u8, quiet: bool, colored: bool) {
    let filter = match (verbose, quiet) {
        (0, true) => return,
        (0, false) => "error,ringfence=warn",
        (1, _) => "warn,ringfence=info",
        (2, _) => "info,ringfence=debug",
        _ => "debug,ringfence=trace",
    };
    let logs = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(filter))
        .with_writer(std::io::stderr)
        .fmt_fields(debug_fn(write_field).delimited(" "))
        .with_ansi(colored);
    // A second start in one process, as in tests, keeps the first.
    let _ = logs.try_init();
}

/// Writes one field, or the message. Every text that can come from elsewhere is in one of them, so it is made safe here.
fn write_field(writer: &mut Writer<'_>, field: &Field, value: &dyn fmt::Debug) -> fmt::Result {
    let text = format!("{value:?}");
    match field.name() {
        "message" => write!(writer, "{}", safe(&text)),
        name => write!(writer, "{name}={}", safe(&text)),
    }
}
