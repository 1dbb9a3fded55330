//! Logs on stderr, for `-v`.

use tracing_subscriber::EnvFilter;

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
        .with_ansi(colored);
    // A second start in one process, as in tests, keeps the first.
    let _ = logs.try_init();
}
