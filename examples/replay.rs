//! Replays recordings of Azure's traffic against a sandbox: `cargo run --example replay -- FILE…`.
//!
//! A file is `{source, interactions[{method, uri, request_body, status, headers, response_body, command?, index?}]}`.
//! Prints a line per interaction (`ok`, `FAIL` with the differences, `skip` with the reason), then
//! `N passed, N failed`. Exits with 1 if an interaction failed or a file could not be read. `tests/sandbox/replay/`
//! describes how interactions are replayed and compared.

#![expect(clippy::unwrap_used, reason = "shared with tests, which may panic")]

#[path = "../tests/sandbox/replay/mod.rs"]
mod replay;
#[path = "../tests/support/sandbox_client.rs"]
mod sandbox_client;

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use replay::Outcome;

#[tokio::main]
async fn main() -> ExitCode {
    let files: Vec<String> = std::env::args().skip(1).collect();
    let mut out = std::io::stdout().lock();
    let (mut passed, mut failed, mut skipped) = (0, 0, 0);
    for file in &files {
        writeln!(out, "{file}").unwrap();
        let lines = match replay::run(Path::new(file)).await {
            Ok(lines) => lines,
            Err(reason) => {
                writeln!(out, "FAIL it could not be played: {reason}").unwrap();
                failed += 1;
                continue;
            }
        };
        for line in lines {
            match &line.outcome {
                Outcome::Same => passed += 1,
                Outcome::Different(_) => failed += 1,
                Outcome::Skipped(_) => skipped += 1,
            }
            writeln!(out, "{line}").unwrap();
        }
    }
    writeln!(out, "{skipped} skipped").unwrap();
    writeln!(out, "{passed} passed, {failed} failed").unwrap();
    ExitCode::from(u8::from(failed > 0 || files.is_empty()))
}
