//! `ringfence sandbox` by the real binary: its line, its environment, its signals, its end.

mod conditions;
mod inside;
mod sandbox_process;
mod serving;
mod state;
