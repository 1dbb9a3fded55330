//! The sandbox over real HTTPS, as a library and as a process.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends there")]

mod arm_requests;
mod authority;
#[cfg(unix)]
mod command;
mod data_plane;
mod decisions;
mod facts;
mod fault_operations;
mod faults;
mod recorded_steps;
#[path = "../support/recording_files.rs"]
mod recording_files;
mod recordings;
mod replay;
#[path = "../support/sandbox_client.rs"]
mod sandbox_client;
mod stored;
mod terraform;
mod throttle;
mod truth;
