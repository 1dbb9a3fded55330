//! The `ringfence` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    ringfence::cli::main(std::env::args_os()).into()
}
