//! `ringfence sandbox` of the built binary: ready line, environment, signals and exit.

mod announced;
mod conditions;
mod inside;
mod sandbox_process;
mod serving;
mod state;
