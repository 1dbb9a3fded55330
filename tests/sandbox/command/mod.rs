//! `ringfence sandbox` by the real binary: its line, its environment, its signals, its end.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

#[path = "sandbox_command/conditions.rs"]
mod conditions;
#[path = "sandbox_command/inside.rs"]
mod inside;
#[path = "sandbox_command/process.rs"]
mod process;
#[path = "sandbox_command/serving.rs"]
mod serving;
#[path = "sandbox_command/state.rs"]
mod state;
